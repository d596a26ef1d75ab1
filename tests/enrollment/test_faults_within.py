"""A fault when part of a disenrollment's rows are written: it fails or runs again, and is never half-done."""

import threading

import pytest
from django.db import connections

from enrollment.models import EnrollmentChange, EnrollmentRun
from processes.models import VBAProcess
from processes.process_run import ProcessRun
from tests.enrollment import world
from tests.enrollment.cutting import end_of, rows
from tests.enrollment.world import R
from tests.locks import Other, waiting, waits_for
from tests.waiting import wait_until
from tests.work.workers import WORKER

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.usefixtures("worker"),
]

INNER = "An internal error occurred; the server's log has the details. Nothing was changed."


def disenroll(f):
    """Run R to its end; return its row and the log's lines by type."""
    key = int(f.queue("disenroll", R)["vbaProcess_Key"])
    return end_of(key)


def attempts():
    return ProcessRun.objects.latest("vbaprocess_key").attempts


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("P0001", INNER),
        ("23514", INNER),
        ("53100", "The disk of the database is full. Nothing was changed."),
        (
            "53400",
            "The database is out of memory, or has reached another limit of its server. Nothing was changed.",
        ),
        ("25006", "The database is read-only at the moment. Nothing was changed."),
    ],
)
def test_26_a_fault_after_rows_are_written_leaves_all_as_it_was(f, breaking, code, said):
    before = world.everything()
    breaking.come(code)
    failed = disenroll(f)
    assert failed.process_result == "FAILED"
    wait_until(lambda: f.lines(failed.vbaprocess_key, "ERROR") == [said], what="its ERROR line")
    assert f.lines(failed.vbaprocess_key, "END") == []
    assert (world.everything(), world.logged()) == (before, 0)
    assert not EnrollmentChange.objects.exists()
    assert not EnrollmentRun.objects.exists()
    breaking.go()
    f.disenroll()
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
    assert world.logged() == 5


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03", "57P01"])
def test_after_a_temporary_error_the_process_runs_again_and_writes_once(f, breaking, code):
    breaking.come(code, times=2)
    done = disenroll(f)
    assert (done.process_result, attempts(), world.logged()) == ("COMPLETED", 3, 5)
    assert len(f.lines(done.vbaprocess_key, "RETRY")) == 2
    changes = EnrollmentChange.objects.filter(process_key=done.vbaprocess_key)
    assert changes.count() == changes.values("table_name", "row_key").distinct().count() > 0


def test_an_error_in_every_attempt_fails_the_process_and_says_so(f, breaking):
    before = world.everything()
    breaking.come("40001")
    failed = disenroll(f)
    assert (failed.process_result, world.everything(), world.logged()) == ("FAILED", before, 0)
    (line,) = f.lines(failed.vbaprocess_key, "ERROR")
    assert "every attempt" in line
    breaking.go()
    f.disenroll()


def test_a_deadlock_ends_one_of_both_and_the_process_runs_again(f):
    with Other() as crosswise, Other() as holder:
        # The process holds the families when it comes to the division; then it is let go on, to the group.
        crosswise.hold("SET LOCAL deadlock_timeout = '1min'")
        crosswise.hold("SELECT FROM groups WHERE group_id = 'G1' FOR UPDATE")
        holder.hold("SELECT FROM groupdivision WHERE division_id = 'A' FOR UPDATE")
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        waits_for(holder)
        wanting = threading.Thread(
            target=crosswise.hold, args=["UPDATE subscribers SET city = 'Salem' WHERE subscriber_id = 'S1'"]
        )
        wanting.start()
        wait_until(lambda: crosswise.pid in waiting(), what="the wait of the other")
        holder.connection.commit()
        wanting.join(60)
        crosswise.connection.commit()
    assert end_of(key).process_result == "COMPLETED"
    assert (attempts(), world.logged()) == (2, 5)
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
    assert world.Subscriber.objects.get(subscriber_id="S1").city == "Salem"


def test_a_database_of_stricter_isolation_changes_nothing(f):
    name = connections["VBA_Demo"].settings_dict["NAME"]
    rows(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'repeatable read'")
    try:
        rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [WORKER])
        f.disenroll()  # now the worker's connections are new ones
        f.reenroll()
        with Other() as other:
            other.hold("UPDATE groupdivision SET name = 'Plant' WHERE division_id = 'A'")
            key = int(f.queue("disenroll", R)["vbaProcess_Key"])
            waits_for(other)
            other.connection.commit()
        assert end_of(key).process_result == "COMPLETED"
    finally:
        rows(f'ALTER DATABASE "{name}" RESET default_transaction_isolation')
    assert (attempts(), world.logged()) == (1, 10)
    assert world.GroupDivision.objects.get(group_id="G1", division_id="A").name == "Plant"


def test_an_error_does_not_log_personal_data(f, breaking, worker):
    breaking.come("P0001")
    key = disenroll(f).vbaprocess_key
    told = " ".join(f.lines(key))
    assert "Harbor" not in told
    assert VBAProcess.objects.get(vbaprocess_key=key).process_result == "FAILED"
