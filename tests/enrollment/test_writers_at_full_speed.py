"""Fifty processes of five groups, while others add all kinds of rows to the families as fast as they can."""

import itertools
import json
import random
import re
import threading
import time

import pytest
from django.db import connections

from enrollment.models import (
    DisenrollLog,
    EnrollmentChange,
    MemEnrollmentPlan,
    Reason,
    SubEnrollment,
    SubEnrollmentPlan,
)
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Authorization, Member, Subscriber
from processes.models import VBAProcess, VBAProcessLog
from processes.process_run import ENDED, ProcessRun
from tables.context import databases
from tables.files.loading import load
from tables.files.readers import open_reader
from tables.files.source import Source
from tables.write.engine import write
from tables.write.json_reading import JsonReader
from tests.api.families import AUTH, ENROLLMENT, ENROLLMENT_PLAN, MEMBER, MEMBER_PLAN, SUBSCRIBER
from tests.api.server import RawProgram, running_server
from tests.enrollment.invariants import check_spans, live_after
from tests.enrollment.seen import Answered, missed
from tests.enrollment.world import JAN_1, Q, R, day, make
from tests.waiting import wait_until
from tests.work.workers import Worker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True, databases="__all__")]

GROUPS = [f"W{number}" for number in range(5)]
FAMILIES = 8
BASE = "/vbasoftware"
AGAIN = {"resetAuth": True, "disenroll_Date": R["disenroll_Date"]}
END = ("disenroll", R | {"terminateAuth": True})
UNDO, NEW_COVER = ("reenroll", Q | AGAIN), ("reenroll", Q | AGAIN | {"start_Date": "2024-09-01"})
# The last one is for the time when no one writes any more.
LIFE = [END, UNDO, END, UNDO, END, NEW_COVER, END, UNDO, END]


@pytest.fixture
def groups(asking):
    """Five employers with two divisions, and families in the first of them; the last has plans by members."""
    for group in GROUPS:
        make(Group, group_id=group, original_date=day("2020-01-01"))
        at_member = "Y" if group == GROUPS[-1] else "N"
        for division in "AB":
            key = {"group_id": group, "division_id": division}
            make(GroupDivision, **key)
            make(GroupContract, **key, coverage_start=JAN_1, benefit_at_member=at_member)
            make(GroupContractPlan, **key, coverage_start=JAN_1, plan_id="MED")
        for number in range(FAMILIES):
            family = {"subscriber_id": f"{group}F{number}"}
            cover = {**family, "group_id": group, "division_id": "A", "group_coverage_start": JAN_1}
            make(Subscriber, **family)
            make(Member, **family, member_seq="01")
            make(SubEnrollment, **cover, start_date=JAN_1)
            make(SubEnrollmentPlan, **cover, start_date=JAN_1, plan_id="MED", plan_start=JAN_1)


class Busy(threading.Thread):
    """Does something again and again until it is told to stop; ``problem`` is what went wrong."""

    def __init__(self, port, headers, answered, stop):
        super().__init__()
        self.program, self.answered, self.stop = RawProgram(port, headers), answered, stop
        # Not of chance: each run does the same, as far as the order in which threads take turns allows.
        self.chance, self.problem, self.done = random.Random(type(self).__name__), None, 0

    def run(self):
        try:
            for number in itertools.count():
                if self.stop.is_set():
                    break
                self.once(number)
                self.done += 1
        except Exception as error:
            self.problem = error
        finally:
            self.program.close()
            connections.close_all()

    def once(self, number):
        raise NotImplementedError

    def family(self):
        group = self.chance.choice(GROUPS)
        return group, f"{group}F{self.chance.randrange(FAMILIES)}"

    def families(self):
        return [self.family() for _ in range(6)]

    def send(self, method, path, body, model, *keys):
        """Send what must be stored; note its rows as answered."""
        answer = self.program.call(method, BASE + path, body)
        assert answer.status in (200, 207), (path, answer.content)
        if answer.status == 207:
            assert {each["status"] for each in answer.data} <= {200, 201}, answer.content
        self.answered.note(model, *keys)

    def write(self, model, records):
        """Write through the engine, as a batch by REST does: so there are many more a second."""
        with databases.using("VBA_Demo"):
            read = JsonReader(model, {}).read_array(json.dumps(records).encode())
            outcome = write(model, read.accepted)
        assert (read.refused, outcome.refused) == ({}, {})
        assert outcome.created == set(range(len(records)))
        self.answered.note(model, *read.keys.values())


class Planner(Busy):
    """Adds plans to enrollments, one by one and in batches over many families."""

    def once(self, number):
        if number % 10:
            records = [
                ENROLLMENT_PLAN.record(subscriber_ID=family, group_ID=group, plan_ID=f"P{number}-{place}")
                for place, (group, family) in enumerate(self.families())
            ]
            self.write(SubEnrollmentPlan, records)
            return
        group, family = self.family()
        path = f"/subscribers/{family}/enrollments/{group}/A/2024-01-01/2024-01-01/plans"
        key = {"subscriber_ID": family, "group_ID": group}
        self.send(
            "POST",
            path,
            ENROLLMENT_PLAN.record(**key, plan_ID=f"P{number}"),
            SubEnrollmentPlan,
            (family, group, "A", JAN_1, JAN_1, f"P{number}", JAN_1),
        )


class MemberPlanner(Busy):
    """Adds plans of the insured, and authorizations of many families in one batch."""

    def once(self, number):
        if number % 10 == 0:
            group, family = self.family()
            path = f"/subscribers/{family}/members/01/groups/{group}/divisions/A/enrollments"
            record = MEMBER_PLAN.record(subscriber_ID=family, group_ID=group, plan_ID=f"P{number}")
            key = (family, "01", group, "A", JAN_1, JAN_1, f"P{number}", JAN_1)
            self.send("POST", path, record, MemEnrollmentPlan, key)
            return
        names = {f"{number}-{place}": family for place, (_, family) in enumerate(self.families())}
        if number % 2:
            plans = [
                MEMBER_PLAN.record(subscriber_ID=family, group_ID=family[:2], plan_ID=name)
                for name, family in names.items()
            ]
            self.write(MemEnrollmentPlan, plans)
            return
        more = {"member_Seq": "01", "approved_From": "2024-03-01"}
        records = [
            AUTH.record(auth_Number=name, subscriber_ID=family, **more) for name, family in names.items()
        ]
        self.send("PUT", "/auths", records, Authorization, *((name,) for name in names))


class People(Busy):
    """Adds members, whose numbers it gives itself."""

    def once(self, number):
        place, seq = number % (len(GROUPS) * FAMILIES), 2 + number // (len(GROUPS) * FAMILIES)
        if seq > 99:
            time.sleep(0.1)
            return
        family = f"{GROUPS[place % len(GROUPS)]}F{place // len(GROUPS)}"
        record = MEMBER.record(subscriber_ID=family, member_Seq=f"{seq:02}")
        self.send("POST", f"/subscribers/{family}/members", record, Member, (family, f"{seq:02}"))


class Enroller(Busy):
    """Adds families with their enrollment and a plan, and enrolls them in the other division as well."""

    def once(self, number):
        group, family = GROUPS[number % len(GROUPS)], f"N{number}"
        self.send("POST", "/subscribers", SUBSCRIBER.record(subscriber_ID=family), Subscriber)
        record = MEMBER.record(subscriber_ID=family)
        self.send("POST", f"/subscribers/{family}/members", record, Member, (family, "01"))
        for division in "AB":
            names = {"subscriber_ID": family, "group_ID": group, "division_ID": division}
            key = (family, group, division, JAN_1, JAN_1)
            path = f"/subscribers/{family}/enrollments"
            self.send("POST", path, ENROLLMENT.record(**names), SubEnrollment, key)
            path += f"/{group}/{division}/2024-01-01/2024-01-01/plans"
            plan = (*key, "MED", JAN_1)
            self.send("POST", path, ENROLLMENT_PLAN.record(**names), SubEnrollmentPlan, plan)


class Loader(Busy):
    """Loads files of plans of families of all groups."""

    folder = None

    def once(self, number):
        keys = [(*self.family()[::-1], "A", JAN_1, JAN_1, f"L{number}-{place}", JAN_1) for place in range(5)]
        header = "Subscriber_ID,Group_ID,Division_ID,Group_Coverage_Start,Start_Date,Plan_ID,Plan_Start"
        path = self.folder / "plans.csv"
        lines = (",".join(map(str, [*key, "false"])) for key in keys)
        path.write_text("\n".join([f"{header},Use_Volume_Scale", *lines, ""]))
        with databases.using("VBA_Demo"), Source(str(path)) as source:
            loaded = load(SubEnrollmentPlan, source, open_reader(SubEnrollmentPlan, source))
        assert (loaded.read, loaded.refused) == (5, 0)
        self.answered.note(SubEnrollmentPlan, *keys)


class Asker(threading.Thread):
    """Asks for the processes of a group, each when the one before has ended."""

    def __init__(self, port, headers, group, life=LIFE):
        super().__init__()
        self.program, self.group, self.life, self.problem = RawProgram(port, headers), group, life, None

    def run(self):
        try:
            for what, body in self.life:
                path = f"{BASE}/groups/{self.group}/{what}"
                while (
                    answer := self.program.call("POST", path, {**body, "group_ID": self.group})
                ).status == 409:
                    assert "is unfinished" in answer.detail, answer.detail
                    time.sleep(0.05)
                assert answer.status == 200, answer.content
        except Exception as error:
            self.problem = error
        finally:
            self.program.close()


def test_fifty_processes_see_whatever_others_have_written_before_them(groups, asking, tmp_path):
    make(Reason, reason_id=9)
    answered, stop = Answered(), threading.Event()
    Loader.folder = tmp_path
    worker = Worker(concurrency=3).start()
    with running_server() as port:
        kinds = (Planner, MemberPlanner, People, Enroller, Loader)
        busy = [kind(port, asking.headers, answered, stop) for kind in kinds]
        askers = [Asker(port, asking.headers, group) for group in GROUPS]
        for each in (*busy, *askers):
            each.start()
        for each in askers:
            each.join(300)
        wait_until(lambda: not ProcessRun.objects.exclude(state=ENDED).exists(), what="the end of all")
        stop.set()
        for each in busy:
            each.join(60)
        last = [Asker(port, asking.headers, group, [END]) for group in GROUPS]
        for each in last:
            each.run()
        wait_until(lambda: not ProcessRun.objects.exclude(state=ENDED).exists(), what="the end of the last")
    printed = worker.end()
    assert [repr(each.problem) for each in (*busy, *askers, *last) if each.problem] == []
    assert "Traceback" not in printed, printed
    assert min(each.done for each in busy) > 5
    _must_have_ended_well()
    assert missed(answered) == []
    assert [row for group in GROUPS for row in live_after(day("06-30"), None, group)] == []
    check_spans(edited=False, groups=GROUPS)


def _must_have_ended_well():
    """All fifty are done, and journal and DisenrollLog hold what they say that they did."""
    results = set(VBAProcess.objects.values_list("process_result", flat=True))
    assert VBAProcess.objects.count() == 50
    assert results <= {"COMPLETED", "COMPLETED WITH WARNINGS"}
    ended = VBAProcessLog.objects.filter(log_type="END").values_list("log_message", flat=True)
    for name, rows in (
        ("log row", DisenrollLog.objects.all()),
        ("enrollment", EnrollmentChange.objects.filter(table_name="subenrollment")),
        ("plan", EnrollmentChange.objects.filter(table_name="subenrollmentplan")),
    ):
        told = [re.search(rf"([\d,]+) {name}s?\b", line) for line in ended]
        assert sum(int(each[1].replace(",", "")) for each in told if each) == rows.count() > 0, name
