"""What someone changes after a process has read it, before it writes, is not overwritten but read again."""

import contextlib

import psycopg
import pytest
from django.db import transaction

from enrollment.models import EnrollmentChange
from processes.process_run import ProcessRun
from tests.enrollment import world
from tests.enrollment.cutting import end_of, rows
from tests.enrollment.world import Q, R
from tests.locks import Other, waiting, waits_for
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.usefixtures("worker"),
]

HOLD = "SELECT FROM subenrollment WHERE subscriber_id = 'S1' FOR UPDATE"
# The transaction that has done the work comes to its end, and waits for someone.
ENDING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND %s = ANY(pg_blocking_pids(pid)) AND query LIKE '%%ended%%'"""
ONE = {"division_ID": "A", "groupDisenroll": False}
NEW_COVER = Q | {"start_Date": "2024-09-01"}


def run_with_an_edit(f, what, body, edit, *, hold=HOLD):
    """Run a process; make the edit when it has read everything and waits for the first row that it writes."""
    with Other() as holder, Other() as editor:
        holder.hold(hold)
        key = int(f.queue(what, body)["vbaProcess_Key"])
        waits_for(holder)
        editor.hold(edit).let_go()
        holder.let_go()
        ended = end_of(key)
    return ended.process_result, ProcessRun.objects.get(vbaprocess_key=key).attempts


def test_an_undo_leaves_a_plan_that_was_edited_meanwhile(f):
    f.disenroll()
    edit = (
        "UPDATE subenrollmentplan SET plan_end = '2024-05-31' WHERE subscriber_id = 'S1' AND plan_id = 'DEN'"
    )
    assert run_with_an_edit(f, "reenroll", Q, edit) == ("COMPLETED WITH WARNINGS", 2)
    assert world.plans()["S1/A DEN"] == "01-01..05-31 (1)"
    assert world.plans()["S1/A MED"] == "01-01.."


def test_an_undo_leaves_a_member_who_was_edited_meanwhile(f):
    f.disenroll()
    edit = "UPDATE members SET disenroll_date = '2024-04-30' WHERE subscriber_id = 'S1' AND member_seq = '02'"
    assert run_with_an_edit(f, "reenroll", Q, edit) == ("COMPLETED WITH WARNINGS", 2)
    assert world.dates() == {"S1/02": "04-30"}


def test_an_undo_leaves_an_authorization_that_was_edited_meanwhile(f):
    world.authorization("AU1", "01", approved_from="07-05")
    f.disenroll(terminateAuth=True)
    edit = "UPDATE auth SET auth_code = 'DONE'"
    assert run_with_an_edit(f, "reenroll", Q | {"resetAuth": True}, edit) == ("COMPLETED WITH WARNINGS", 2)
    assert world.authorizations() == {"AU1": "DONE 07-05.."}


@pytest.mark.parametrize("table", ["groups", "groupdivision"])
def test_a_date_that_was_put_on_group_or_division_meanwhile_stays(f, table):
    f.disenroll()
    edit = f"UPDATE {table} SET disenroll_date = '2024-05-31'"
    assert run_with_an_edit(f, "reenroll", Q, edit) == ("COMPLETED WITH WARNINGS", 2)
    assert "05-31" in world.dates().values()
    changes = EnrollmentChange.objects.filter(table_name=table).values_list("after", flat=True)
    assert {"disenroll_date": None} not in changes


def test_a_disenroll_does_not_postpone_a_date_that_was_put_meanwhile(f):
    edit = "UPDATE groupdivision SET disenroll_date = '2024-05-31' WHERE division_id = 'B'"
    assert run_with_an_edit(f, "disenroll", R, edit) == ("COMPLETED", 2)
    assert world.dates()["B"] == "05-31"


def test_a_process_canceled_at_the_last_moment_does_not_log_that_it_is_done(f):
    before = world.everything()
    with Other() as holder, Other() as canceller:
        holder.hold(HOLD)
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        waits_for(holder)
        canceller.hold(f"UPDATE processrun SET cancel_requested = true WHERE vbaprocess_key = {key}")
        holder.let_go()
        wait_until(lambda: rows(ENDING, [canceller.pid]), what="the end, which waits")
        canceller.let_go()
        assert end_of(key).process_result == "CANCELLED"
    assert world.everything() == before
    assert f.lines(key) == ["Group 'G1', disenroll date 2024-06-30."]


def test_new_coverage_leaves_an_authorization_that_was_edited_meanwhile(f):
    world.authorization("AU1", "01", approved_from="10-05")
    f.disenroll(terminateAuth=True)
    hold = "SELECT FROM members WHERE subscriber_id = 'S1' FOR UPDATE"
    body = NEW_COVER | {"resetAuth": True}
    edit = "UPDATE auth SET auth_code = 'DONE'"
    assert run_with_an_edit(f, "reenroll", body, edit, hold=hold)[1] == 2
    assert world.authorizations() == {"AU1": "DONE 10-05.."}


# --- every row that a process writes ---

# One column of a row that the process has read and is about to write. Three at a time: each makes it begin
# again, and it does so three times at most.
S1_A = "subscriber_id = 'S1' AND group_id = 'G1' AND division_id = 'A'"
DEN, MED_OF_02 = f"{S1_A} AND plan_id = 'DEN'", f"{S1_A} AND member_seq = '02'"
EDITS = (
    # Without its enrollment nothing below is ended: this one goes with none of them.
    (
        ("subenrollment", S1_A, "end_date", "2024-05-31"),
        ("subscribers", "subscriber_id = 'S1'", "disenroll_date", "2024-04-30"),
    ),
    (
        ("subenrollment", S1_A, "term_date", "2024-06-01"),
        ("subenrollmentplan", DEN, "plan_end", "2024-05-31"),
        ("memenrollmentplan", MED_OF_02, "plan_end", "2024-05-31"),
    ),
    (
        ("subenrollmentplan", DEN, "reason_id", "2"),
        ("memenrollmentplan", MED_OF_02, "reason_id", "2"),
        ("members", "subscriber_id = 'S1' AND member_seq = '02'", "disenroll_date", "2024-04-30"),
    ),
    (
        ("auth", "auth_number = 'AU1'", "auth_code", "DONE"),
        ("auth", "auth_number = 'AU2'", "approved_thru", "2024-06-25"),
        ("auth", "auth_number = 'AU3'", "requested_thru", "2024-06-25"),
    ),
    (
        ("groups", "group_id = 'G1'", "disenroll_date", "2024-05-31"),
        ("groupdivision", "group_id = 'G1' AND division_id = 'A'", "disenroll_date", "2024-05-31"),
    ),
)


def statement(edit):
    table, where, column, value = edit
    return f"UPDATE {table} SET {column} = '{value}' WHERE {where}"


def value_of(edit):
    """Return what stands in the column that was edited."""
    table, where, column, _ = edit
    ((value,),) = rows(f"SELECT {column}::text FROM {table} WHERE {where}")
    return value


def run_with_edits(f, what, body, edits):
    """Run a process while someone has edited each of these rows and not yet committed it; each commits when
    the process waits for it. Return the process's key."""
    with contextlib.ExitStack() as all_of_them:
        editors = [all_of_them.enter_context(Other()) for _ in edits]
        for editor, edit in zip(editors, edits, strict=True):
            editor.hold(statement(edit))
        key = int(f.queue(what, body)["vbaProcess_Key"])
        while editors:
            editor = wait_until(lambda: first_waited_for(editors), what="the process, which waits")
            editor.let_go()
            editors.remove(editor)
        ended = end_of(key)
    assert ended.process_result.startswith("COMPLETED"), f.lines(key)
    return key


def first_waited_for(editors):
    return next((each for each in editors if waiting(holder=each.pid)), None)


@pytest.fixture
def with_everything(f):
    """S1 has rows of every kind that a process writes."""
    for seq in ("01", "02"):
        world.member_plan("S1", seq, "A", "MED")
    world.authorization("AU1", "01", approved_from="07-05")
    world.authorization("AU2", "01", approved_from="06-20", approved_thru="07-20")
    world.authorization("AU3", "01", requested_from="06-20", requested_thru="07-20")
    return f


def edit_names(edits):
    return "-".join(f"{table}.{column}" for table, _, column, _ in edits)


@pytest.mark.parametrize("edits", EDITS, ids=edit_names)
def test_a_disenroll_overwrites_no_edit_and_its_undo_returns_to_it(with_everything, edits):
    f = with_everything
    with transaction.atomic(using="VBA_Demo"):
        for edit in edits:
            rows(statement(edit))
        edited = world.everything()
        transaction.set_rollback(True, using="VBA_Demo")
    run_with_edits(f, "disenroll", R | {"terminateAuth": True}, edits)
    end_of(int(f.queue("reenroll", Q | {"resetAuth": True})["vbaProcess_Key"]))
    assert world.everything() == edited


@pytest.mark.parametrize("edits", EDITS, ids=edit_names)
def test_an_undo_overwrites_no_edit(with_everything, edits):
    f = with_everything
    f.disenroll(terminateAuth=True)
    run_with_edits(f, "reenroll", Q | {"resetAuth": True}, edits)
    assert [value_of(edit) for edit in edits] == [value for *_, value in edits]


S3_A = "subscriber_id = 'S3' AND group_id = 'G1'"
LATER = "2024-10-31"
MEMBER_EDITED = ("members", "subscriber_id = 'S1' AND member_seq = '02'", "disenroll_date", LATER)
COBRA = {"reenrollCOBRA": True, "resetGroupDisenroll": False, "cobraDivision": "C", "cobraReason": 2}
NEW_EDITS = {
    "members, division, group": (
        NEW_COVER,
        MEMBER_EDITED,
        ("groupdivision", "group_id = 'G1' AND division_id = 'A'", "disenroll_date", LATER),
        ("groups", "group_id = 'G1'", "disenroll_date", LATER),
    ),
    "subscriber, authorization": (
        NEW_COVER | {"resetAuth": True},
        ("subscribers", "subscriber_id = 'S1'", "disenroll_date", LATER),
        ("auth", "auth_number = 'AU1'", "auth_code", "DONE"),
    ),
    "a void enrollment": (NEW_COVER, ("subenrollment", S3_A, "end_date", LATER)),
    "its day of leaving": (NEW_COVER, ("subenrollment", S3_A, "term_date", "2024-06-01")),
    "plans of it": (
        NEW_COVER,
        ("subenrollmentplan", f"{S3_A} AND plan_id = 'MED'", "plan_end", LATER),
        ("memenrollmentplan", f"{S3_A} AND plan_id = 'MED'", "reason_id", "2"),
    ),
    "member, under COBRA": (COBRA, MEMBER_EDITED),
}


def was_known(edit, key):
    """Return whether an edited value still stands, or is what the process has changed by its own journal."""
    table, _, column, value = edit
    changes = EnrollmentChange.objects.filter(process_key=key, table_name=table)
    return value_of(edit) == value or value in {str((each.before or {}).get(column)) for each in changes}


@pytest.mark.parametrize("asked", NEW_EDITS.values(), ids=NEW_EDITS)
def test_new_coverage_and_cobra_know_what_was_edited(f, asked):
    body, *edits = asked
    world.make_family("S3", "A", "09-01", plans=("MED", "DEN"))
    world.member_plan("S3", "01", "A", "MED", "09-01")
    world.authorization("AU1", "01", approved_from="10-05")
    # COBRA is refused where the group has dropped the plans.
    f.disenroll(terminateAuth=True, **(ONE if "reenrollCOBRA" in body else {}))
    key = run_with_edits(f, "reenroll", Q | body, edits)
    assert [edit for edit in edits if not was_known(edit, key)] == []


# --- the families' locks ---


@pytest.mark.parametrize("what", ["disenroll", "reenroll"])
def test_families_are_locked_in_their_order_before_anything_is_written(f, what):
    world.make_family("S0", "B", "02-01")  # the first of them, and the last to be stored
    if what == "reenroll":
        f.disenroll()
    with Other() as holder, Other() as other:
        holder.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR UPDATE")
        key = int(f.queue(what, R if what == "disenroll" else Q)["vbaProcess_Key"])
        waits_for(holder)
        other.hold("SELECT FROM subscribers WHERE subscriber_id = 'S2' FOR UPDATE NOWAIT").let_go()
        other.hold(f"SELECT FROM subenrollment WHERE {S1_A} FOR UPDATE NOWAIT").let_go()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.hold("SELECT FROM subscribers WHERE subscriber_id = 'S0' FOR NO KEY UPDATE NOWAIT")
        holder.let_go()
        assert end_of(key).process_result == "COMPLETED"


def test_a_family_that_enrolls_and_is_edited_while_a_disenroll_waits_stays_as_edited(f):
    with Other() as holder, Other() as editor:
        holder.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR UPDATE")
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        waits_for(holder)
        world.make_family("S9", "A", "02-01")
        editor.hold("UPDATE subscribers SET disenroll_date = '2024-05-31' WHERE subscriber_id = 'S9'")
        holder.let_go()
        assert end_of(key).process_result == "COMPLETED WITH WARNINGS"
        editor.let_go()
    assert (world.spans()["S9/A"], world.dates()["S9"]) == ("02-01..", "05-31")
