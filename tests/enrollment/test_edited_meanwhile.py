"""What somebody changes after a process has read it, before it writes, is not overwritten but read again."""

import pytest

from enrollment.models import EnrollmentChange
from processes.process_run import ProcessRun
from tests.enrollment import world
from tests.enrollment.cutting import end_of, rows
from tests.enrollment.holding import Other, waits_for
from tests.enrollment.world import Q, R
from tests.work.workers import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True, databases="__all__")]

HOLD = "SELECT FROM subenrollment WHERE subscriber_id = 'S1' FOR UPDATE"
# The transaction that has done the work comes to its end, and waits for somebody.
ENDING = (
    """SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid)) AND query LIKE '%%ended%%'"""
)
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


def test_what_is_cancelled_at_the_last_moment_does_not_tell_that_it_was_done(f):
    before = world.everything()
    with Other() as holder, Other() as canceller:
        holder.hold(HOLD)
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        waits_for(holder)
        canceller.hold(f"UPDATE processrun SET cancel_requested = true WHERE vbaprocess_key = {key}")
        holder.let_go()
        wait_until(lambda: rows(ENDING, [canceller.connection.info.backend_pid]), what="the end, which waits")
        canceller.let_go()
        assert end_of(key).process_result == "CANCELLED"
    assert world.everything() == before
    assert f.lines(key) == ["Group 'G1', disenroll date 2024-06-30."]


def test_new_cover_leaves_an_authorization_that_was_edited_meanwhile(f):
    world.authorization("AU1", "01", approved_from="10-05")
    f.disenroll(terminateAuth=True)
    hold = "SELECT FROM members WHERE subscriber_id = 'S1' FOR UPDATE"
    body = NEW_COVER | {"resetAuth": True}
    edit = "UPDATE auth SET auth_code = 'DONE'"
    assert run_with_an_edit(f, "reenroll", body, edit, hold=hold)[1] == 2
    assert world.authorizations() == {"AU1": "DONE 10-05.."}
