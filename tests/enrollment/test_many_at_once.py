"""Fifty programs that ask for disenrollments and reenrollments of five groups at once, and two workers."""

import itertools
import re
import threading
import time

import pytest

from enrollment.models import DisenrollLog, EnrollmentChange, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupDivision
from members.models import Member, Subscriber
from processes.models import VBAProcess, VBAProcessLog
from processes.process_run import ProcessRun
from tests.api.server import RawProgram, running_server
from tests.enrollment.world import JAN_1, Q, R, day, make
from tests.waiting import wait_until
from tests.work.workers import Worker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True, databases="__all__")]

GROUPS = [f"E{number}" for number in range(5)]
FAMILIES = 20
UNFINISHED = r"Process (\d+) of group '(E\d)' is unfinished\."


@pytest.fixture
def groups(asking):
    """Five employers with a division and some families each."""
    for group in GROUPS:
        division = {"group_id": group, "division_id": "A"}
        make(Group, group_id=group, original_date=day("2020-01-01"))
        make(GroupDivision, **division)
        make(GroupContract, **division, coverage_start=JAN_1, benefit_at_member="N")
        for number in range(FAMILIES):
            family = {"subscriber_id": f"{group}{number}"}
            cover = {**family, **division, "group_coverage_start": JAN_1, "start_date": JAN_1}
            make(Subscriber, **family)
            make(Member, **family, member_seq="01")
            make(SubEnrollment, **cover)
            make(SubEnrollmentPlan, **cover, plan_id="MED", plan_start=JAN_1)


class Client(threading.Thread):
    """A program that asks for one process of its group, until it is let."""

    def __init__(self, port, headers, number):
        super().__init__()
        self.program, self.group = RawProgram(port, headers), GROUPS[number % 5]
        self.what, body = (("disenroll", R), ("reenroll", Q))[number // 5 % 2]
        self.body = {**body, "group_ID": self.group}
        self.key, self.problem, self.refused = None, None, []

    def run(self):
        try:
            path = f"/vbasoftware/groups/{self.group}/{self.what}"
            while (answer := self.program.call("POST", path, self.body)).status == 409:
                self.refused.append(answer.detail)
                time.sleep(0.1)
            self.key = answer.data["vbaProcess_Key"]
        except Exception as error:
            self.problem = error
        finally:
            self.program.close()


def test_fifty_programs_five_groups_two_workers_none_lost_one_at_a_time(groups, asking):
    workers = [Worker().start(), Worker().start()]
    with running_server() as port:
        clients = [Client(port, asking.headers, number) for number in range(50)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(300)
        wait_until(lambda: not ProcessRun.objects.exclude(state="ended").exists(), what="the end of all")
    printed = [worker.end() for worker in workers]
    assert [client.problem for client in clients if client.problem] == []
    assert not any("Traceback" in each for each in printed), printed
    # Each was let once, and each refusal named a process of that group.
    keys = {client.key: client for client in clients}
    assert len(keys) == 50 == VBAProcess.objects.count()
    assert set(VBAProcess.objects.values_list("process_result", flat=True)) == {"COMPLETED"}
    refusals = [(client, re.fullmatch(UNFINISHED, text)) for client in clients for text in client.refused]
    assert refusals
    assert all(named and named[2] == client.group == keys[int(named[1])].group for client, named in refusals)
    for group in GROUPS:
        runs = sorted(_span(key) for key, client in keys.items() if client.group == group)
        assert len(runs) == 10
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(runs))
        last = keys[runs[-1][2]]
        ends = set(SubEnrollment.objects.filter(group_id=group).values_list("end_date", flat=True))
        assert ends == ({day("06-30")} if last.what == "disenroll" else {None})
    assert {ProcessRun.objects.get(vbaprocess_key=key).attempts for key in keys} == {1}
    _must_have_been_written_once()


def _span(key):
    row = VBAProcess.objects.get(vbaprocess_key=key)
    return row.process_start, row.process_end, key


def _must_have_been_written_once():
    """What the journal and DisenrollLog hold is what the processes say that they did."""
    ended = VBAProcessLog.objects.filter(log_type="END").values_list("log_message", flat=True)
    assert len(ended) == 50
    said = [int(found[1]) for line in ended if (found := re.search(r"(\d+) log rows", line))]
    assert sum(said) == DisenrollLog.objects.count() > 0
    changes = EnrollmentChange.objects.filter(table_name="subenrollment")
    told = [int(found[1]) for line in ended if (found := re.search(r"(\d+) enrollments", line))]
    assert sum(told) == changes.count()
    assert changes.values("process_key", "row_key").distinct().count() == changes.count()
