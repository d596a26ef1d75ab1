"""Whoever writes below a family waits for the process that has it, or is seen by it, at every door."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections, transaction

from enrollment.models import EnrollmentChange, MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from members.models import Authorization, Member, Subscriber
from processes.process_run import ENDED, ProcessRun
from tables.context import databases
from tables.write.engine import write
from tables.write.json_reading import JsonReader
from tests.admin.pages import Clerk, address
from tests.api.families import AUTH, BASE, ENROLLMENT
from tests.enrollment import world
from tests.enrollment.cutting import end_of
from tests.enrollment.doors import BELOW, DOORS, Doors
from tests.enrollment.world import JAN_1, Q, R, day
from tests.locks import Other, wait_for_waiting, waiting, waits_for
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.usefixtures("worker"),
]

HELD = "Someone else is changing these records"
OF_S1 = {"subscriber_id": "S1"}
IN_A = {"group_id": "G1", "division_id": "A", "group_coverage_start": JAN_1}
AND_AUTHS = R | {"terminateAuth": True}
every_table = pytest.mark.parametrize("below", BELOW, ids=str)


@pytest.fixture
def old_rows(f):
    """Rows of S1 that ended long before, to the tables of BELOW."""
    world.make(Member, **OF_S1, member_seq="03", disenroll_date=day("04-30"))
    world.enroll("S1", "B", "01-01", end="03-31", plans=())
    MemEnrollmentPlan.objects.filter(**OF_S1, member_seq="03").delete()  # nothing but the lock is in the way
    ended = {"plan_id": "OLD", "plan_start": JAN_1, "plan_end": day("02-28")}
    world.make(SubEnrollmentPlan, **OF_S1, **IN_A, start_date=JAN_1, **ended)
    world.make(MemEnrollmentPlan, **OF_S1, **IN_A, sub_start_date=JAN_1, member_seq="01", **ended)
    world.authorization("AU1", "03")


@pytest.fixture
def held(f, old_rows):
    """A disenrollment that has written all but the date of the division, for which it waits; and its key."""
    with Other() as other:
        other.hold("SELECT FROM groupdivision WHERE division_id = 'A' FOR UPDATE")
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        waits_for(other)
        yield key, other


@contextmanager
def short_waits():
    """Let this connection wait for locks as a web server does, only shorter."""
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


def counts():
    with databases.using("VBA_Demo"):
        return [(str(each), list(each.model.objects.order_by("pk").values())) for each in BELOW]


def test_no_door_writes_below_a_family_that_a_process_has(f, alice, held):
    key, other = held
    before = counts()
    doors = {str(below): Doors(f, alice, below) for below in BELOW}
    with short_waits():
        answers = {(table, door): getattr(each, door)() for table, each in doors.items() for door in DOORS}
    passed = [place for place, answer in answers.items() if HELD not in answer.content.decode()]
    assert passed == []
    databases.choose("VBA_Demo")
    assert counts() == before
    other.let_go()
    assert end_of(key).process_result == "COMPLETED"
    answers = {(table, door): doors[table].rest_post().status_code for table in doors for door in ["new"]}
    assert set(answers.values()) == {200}


@every_table
def test_what_is_written_before_a_process_takes_the_family_is_seen_by_it(f, old_rows, below):
    written, go, pids = threading.Event(), threading.Event(), []

    def work():
        try:
            with databases.using("VBA_Demo"), transaction.atomic(using="VBA_Demo"):
                pids.append(connections["VBA_Demo"].connection.info.backend_pid)
                record = below.kept.record(**below.new)
                read = JsonReader(below.model, {}).read_array(json.dumps([record]).encode())
                assert write(below.model, read.accepted).created == {0}
                written.set()
                assert go.wait(60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        assert written.wait(60)
        key = int(f.queue("disenroll", AND_AUTHS)["vbaProcess_Key"])
        ended = ProcessRun.objects.filter(vbaprocess_key=key, state=ENDED)
        wait_until(
            lambda: waiting(holder=pids[0]) or ended.exists(), what="a process that waits or has ended"
        )
        go.set()
        done.result(60)
    assert end_of(key).process_result == "COMPLETED"
    row = below.model.objects.get(**below.by_column(below.new))
    changed = EnrollmentChange.objects.filter(process_key=key, table_name=below.model._meta.db_table)
    assert str(row.pk) in changed.values_list("row_key", flat=True)


# --- in one order: first the family, then the row ---

ON_A_ROW = [door for door in DOORS if door not in ("rest_post", "rest_batch", "form_add")]


@pytest.mark.parametrize("door", ON_A_ROW)
def test_a_door_does_not_hold_the_row_while_it_waits_for_the_family(f, alice, old_rows, door):
    plans = Doors(f, alice, BELOW[2])
    with Other() as other, ThreadPoolExecutor(1) as pool:
        other.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR NO KEY UPDATE")
        answer = pool.submit(lambda: (getattr(plans, door)(), connections.close_all())[0])
        databases.choose("VBA_Demo")
        waits_for(other)
        other.hold("SELECT FROM subenrollmentplan WHERE subscriber_id = 'S1' FOR UPDATE NOWAIT")
        other.let_go()
        assert answer.result(60).status_code in (200, 204, 302)


# --- authorizations, which may go to another family ---


@pytest.mark.parametrize("family", ["S1", "S2"])
def test_an_authorization_leaves_and_enters_only_families_that_no_one_has(f, alice, old_rows, family):
    moved = AUTH.record(subscriber_ID="S2", member_Seq="01")
    page = address(Authorization, "change", "AU1")
    with Other() as other, short_waits():
        other.hold(f"SELECT FROM subscribers WHERE subscriber_id = '{family}' FOR NO KEY UPDATE")
        by_rest = f.client.put(f"{BASE}/auths/AU1", moved, content_type="application/json", headers=f.headers)
        by_form = Clerk.of(alice).send(page, subscriber_id="S2")
    assert [HELD in each.content.decode() for each in (by_rest, by_form)] == [True, True]
    assert Clerk.of(alice).send(page, subscriber_id="S2").status_code == 302
    databases.choose("VBA_Demo")
    assert Authorization.objects.get(auth_number="AU1").subscriber_id == "S2"


def test_an_authorization_that_moves_while_its_family_is_waited_for_waits_for_the_next_one(f, old_rows):
    def change():
        try:
            with databases.using("VBA_Demo"):
                record = AUTH.record(subscriber_ID="S1", status="9")
                return write(
                    Authorization,
                    JsonReader(Authorization, {}).read_array(json.dumps([record]).encode()).accepted,
                )
        finally:
            connections.close_all()

    with Other() as mover, Other() as holder, ThreadPoolExecutor(1) as pool:
        holder.hold("SELECT FROM subscribers WHERE subscriber_id = 'S2' FOR NO KEY UPDATE")
        mover.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR NO KEY UPDATE")
        changing = pool.submit(change)
        waits_for(mover)
        mover.hold("UPDATE auth SET subscriber_id = 'S2' WHERE auth_number = 'AU1'").let_go()
        waits_for(holder)
        holder.let_go()
        assert changing.result(60).updated == {0}


# --- the process's side: nothing that decides is read before the family is held ---


@contextmanager
def waiting_process(f, what, body, family="S1"):
    """A process that waits for a family; then the block; then its end, which the value gets as ``key``."""
    with Other() as other:
        other.hold(f"SELECT FROM subscribers WHERE subscriber_id = '{family}' FOR NO KEY UPDATE")
        key = int(f.queue(what, body)["vbaProcess_Key"])
        waits_for(other)
        yield key, other
        other.let_go()
        end_of(key)


def test_an_undo_sees_that_the_insured_has_died_while_it_waited_for_the_family(f):
    f.disenroll()
    died = "UPDATE members SET date_of_death = '2024-06-01' WHERE subscriber_id = 'S1' AND member_seq = '01'"
    with waiting_process(f, "reenroll", Q) as (key, other):
        other.hold(died)
    assert any("died" in line for line in f.lines(key, "WARNING"))
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01.."}


def test_a_reenroll_of_chosen_members_sees_who_is_the_insured_when_it_holds_the_family(f):
    f.disenroll()
    body = Q | {
        "groupReenroll": False,
        "resetGroupDisenroll": False,
        "subscriber_ID": "S1",
        "reenrollFamily": 4,
    }
    body |= {"memberSeqCriterias": ["01"]}
    MemEnrollmentPlan.objects.filter(**OF_S1, member_seq="02").delete()
    lowest = "UPDATE members SET member_seq = '00' WHERE subscriber_id = 'S1' AND member_seq = '02'"
    with waiting_process(f, "reenroll", body) as (key, other):
        other.hold(lowest)
    assert world.spans()["S1/A"] == "01-01..06-30", f.lines(key)


def _enroll_s9(f):
    record = ENROLLMENT.record(subscriber_ID="S9")
    path = f"{BASE}/subscribers/S9/enrollments"
    answer = f.client.post(path, record, content_type="application/json", headers=f.headers)
    assert answer.status_code == 200, answer.content
    databases.choose("VBA_Demo")


def test_a_family_that_is_enrolled_while_a_disenroll_waits_for_others_is_ended_with_them(f):
    world.make(Subscriber, subscriber_id="S9")
    with waiting_process(f, "disenroll", R) as (key, _):
        _enroll_s9(f)
    assert world.spans()["S9/A"] == "01-01..06-30"
    assert f.lines(key, "WARNING") == []


def test_a_new_family_that_someone_is_changing_stays_and_a_warning_names_it(f):
    world.make(Subscriber, subscriber_id="S9")
    with Other() as busy, waiting_process(f, "disenroll", R) as (key, _):
        _enroll_s9(f)
        busy.hold("SELECT FROM subscribers WHERE subscriber_id = 'S9' FOR NO KEY UPDATE")
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30", "S9/A": "01-01.."}
    assert f.lines(key, "WARNING") == [
        "Added while the process was running, and not ended; disenroll again: 1 (S9 A 2024-01-01)."
    ]
    assert not EnrollmentChange.objects.filter(subscriber_id="S9").exists()
    f.disenroll()
    assert world.spans()["S9/A"] == "01-01..06-30"


def test_an_enrollment_that_has_waited_for_a_disenroll_counts_as_entered_after_it(f, held):
    key, other = held

    def enroll():
        try:
            with databases.using("VBA_Demo"):
                record = ENROLLMENT.record(division_ID="B", start_Date="2024-08-01")
                read = JsonReader(SubEnrollment, {}).read_array(json.dumps([record]).encode())
                return write(SubEnrollment, read.accepted)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        enrolling = pool.submit(enroll)
        wait_for_waiting(2, kinds=["transactionid", "tuple"])
        other.let_go()
        assert enrolling.result(60).created == {0}
    end_of(key)
    f.reenroll(expect="COMPLETED WITH WARNINGS")
    assert world.spans()["S1/A"] == "01-01..06-30"
