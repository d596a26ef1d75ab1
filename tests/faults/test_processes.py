"""Processes with real workers: queued, run, canceled, drained, swept; and every way they can fail."""

import signal
import threading

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from processes.cancelling import NotUnfinished, cancel
from processes.models import VBAProcessLog, VBAProcessParameter
from processes.process_run import ProcessRun
from processes.running import run as run_process
from processes.starting import Unfinished
from tables.context import databases
from tests.enrollment.cutting import snapshot
from tests.locks import Other, waits_for
from tests.waiting import wait_until
from tests.work.kinds import KIND
from tests.work.workers import (
    SHORT_LEASE,
    Worker,
    ask,
    ended,
    log_types,
    make_group,
    process,
    run_of,
    running,
    strokes,
)

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases="__all__", transaction=True)]


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo is chosen, and the queue is empty."""
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    with databases.using("VBA_Demo"):
        yield
    while Worker.alive:
        Worker.alive.pop().kill()


@pytest.fixture
def worker():
    worker = Worker().start()
    yield worker
    worker.end()


# --- from the queue to the result ---


def test_a_process_waits_for_a_worker_then_runs():
    make_group()
    key = ask(steps=3)
    waiting = process(key)
    assert (waiting.process_start, waiting.process_end, waiting.process_result) == (None, None, None)
    assert waiting.process_user == "bob"
    worker = Worker().start()
    done = ended(key)
    printed = worker.end()
    assert (done.process_result, strokes(), log_types(key)) == ("COMPLETED", 3, ["START"]), printed
    assert waiting.entry_date < done.process_start <= done.process_end <= timezone.now()
    run = run_of(key)
    assert (run.state, run.result, run.attempts, run.done, run.total) == ("ended", "COMPLETED", 1, 3, 3)
    parameter = VBAProcessParameter.objects.get(vbaprocess_key=key)
    assert (parameter.parameter_name, parameter.parameter_value1, parameter.process_automation) == (
        "steps",
        "3",
        False,
    )


def test_results_and_reasons_are_told(worker):
    make_group("G1")
    make_group("G2")
    make_group("G3")
    warned, failed, crashed = (
        ask("G1", after="warn"),
        ask("G2", after="fail"),
        ask("G3", after="crash", said="Ann Example"),
    )
    results = [ended(key).process_result for key in (warned, failed, crashed)]
    assert results == ["COMPLETED WITH WARNINGS", "FAILED", "FAILED"]
    assert (strokes("G1"), strokes("G2"), strokes("G3")) == (3, 0, 0)
    errors = VBAProcessLog.objects.filter(log_type="ERROR").order_by("vbaprocess_key")
    wait_until(lambda: errors.count() == 2)
    assert errors[0].log_message == "The group cannot be marked."
    assert "Ann" not in errors[1].log_message
    assert "Ann" not in worker.end()


def test_what_others_changed_meanwhile_is_run_again_but_not_for_ever(worker):
    make_group("G1")
    make_group("G2")
    last = settings.PROCESS_ATTEMPTS
    at_last, never = ask("G1", after="again", until=last), ask("G2", after="again", until=last + 1)
    assert (ended(at_last).process_result, strokes("G1")) == ("COMPLETED", 3)
    assert (ended(never).process_result, strokes("G2")) == ("FAILED", 0)
    assert [run_of(key).attempts for key in (at_last, never)] == [last, last]
    assert [log_types(key).count("RETRY") for key in (at_last, never)] == [last - 1, last - 1]


def test_a_process_that_loses_its_worker_each_time_is_given_up_after_the_last_attempt():
    keys = {}
    for group, lost in (("G1", settings.PROCESS_ATTEMPTS - 1), ("G2", settings.PROCESS_ATTEMPTS)):
        make_group(group)
        keys[group] = ask(group)
        # As their killed workers left them, one after the other.
        left = {"state": "running", "attempts": lost, "lease_until": timezone.now()}
        ProcessRun.objects.filter(vbaprocess_key=keys[group]).update(**left)
    worker = Worker().start()
    assert (ended(keys["G1"]).process_result, strokes("G1")) == ("COMPLETED", 3)
    assert (ended(keys["G2"]).process_result, strokes("G2")) == ("FAILED", 0)
    worker.end()
    assert log_types(keys["G1"]) == ["RETRY", "START"]
    (line,) = VBAProcessLog.objects.filter(vbaprocess_key=keys["G2"]).values_list("log_message", flat=True)
    assert line == "The worker was lost in every attempt. Nothing was changed."


def test_a_process_of_an_unknown_kind_fails_honestly(worker, monkeypatch):
    make_group()
    monkeypatch.setattr("tests.work.workers.KIND", "NOSUCHKIND")
    key = ask()
    assert ended(key).process_result == "FAILED"


# --- one at a time ---


def test_a_group_has_one_unfinished_process():
    make_group()
    key = ask()
    with pytest.raises(Unfinished) as refused:
        ask()
    assert refused.value.process_key == key
    assert ProcessRun.objects.count() == 1
    assert VBAProcessParameter.objects.count() == 1


def test_a_process_that_a_living_worker_runs_is_taken_by_no_other(worker):
    make_group()
    with Other() as other:
        other.hold("SELECT pg_advisory_xact_lock(7)")
        key = ask(steps=1, gate=7)
        waits_for(other)
        before = run_of(key)
        run_process("VBA_Demo", key, KIND)  # as another worker does whose job is the same
        after = run_of(key)
        assert (after.state, after.attempts) == (before.state, before.attempts) == ("running", 1)
        other.let_go()
        done = ended(key)
    assert (done.process_result, strokes(), run_of(key).attempts) == ("COMPLETED", 1, 1), worker.end()
    assert log_types(key) == ["START"]


# --- cancel ---


def test_a_waiting_process_is_canceled_at_once_and_never_runs():
    make_group()
    key = ask()
    assert cancel(key, KIND) is True
    done = process(key)
    assert (done.process_result, done.process_start) == ("CANCELLED", None)
    other = ask(steps=1)
    worker = Worker().start()
    ended(other)
    worker.end()
    assert (strokes(), process(key).process_start) == (1, None)
    with pytest.raises(NotUnfinished):
        cancel(key, KIND)


@pytest.mark.parametrize("arguments", [{"sleep": 600}, {"steps": 10_000, "pause": 0.05}])
def test_a_running_process_stops_soon_and_leaves_nothing(worker, arguments):
    make_group()
    key = ask(**arguments)
    running(key)
    assert cancel(key, KIND) is False
    assert ended(key).process_result == "CANCELLED"  # The whole process would take minutes.
    assert strokes() == 0
    other = ask(steps=1)
    assert ended(other).process_result == "COMPLETED"


def test_a_log_line_that_a_client_adds_at_the_same_moment_costs_the_process_none_of_its_own():
    make_group()
    key = ask(steps=1)
    with Other() as other:
        other.hold(
            "INSERT INTO vbaprocesslog (vbaprocess_key, vbaprocess_type, vbaprocesslog_key, log_type,"
            f" entry_date, update_date) VALUES ({key}, '{KIND}', 1, 'NOTE', now(), now())"
        )
        worker = Worker().start()
        waits_for(other)
        other.let_go()
        done = ended(key)
        printed = worker.end()
    assert (done.process_result, log_types(key)) == ("COMPLETED", ["NOTE", "START"]), printed


def test_a_client_who_adds_a_log_line_while_a_process_ends_does_not_start_it_over():
    """A writer of log lines locks the row of the process first."""
    make_group()
    key = ask(steps=1, gate=7, says="It is done.")
    with Other() as gate, Other() as client:
        gate.hold("SELECT pg_advisory_xact_lock(7)")
        worker = Worker().start()
        running(key)
        client.hold(f"SELECT FROM vbaprocess WHERE vbaprocess_key = {key} FOR NO KEY UPDATE")
        gate.let_go()
        waits_for(client)
        client.hold(
            "INSERT INTO vbaprocesslog (vbaprocess_key, vbaprocess_type, vbaprocesslog_key, log_type,"
            f" entry_date, update_date) VALUES ({key}, '{KIND}', 2, 'NOTE', now(), now())"
        )
        client.let_go()
        done = ended(key)
        printed = worker.end()
    assert (done.process_result, log_types(key)) == ("COMPLETED", ["START", "NOTE", "END"]), printed


def test_a_client_who_takes_the_last_number_of_a_log_stops_no_process():
    make_group()
    key = ask(steps=1)
    numbers = (2, 2**31 - 1)
    for number in numbers:
        VBAProcessLog(
            vbaprocess_key=key, vbaprocess_type=KIND, vbaprocesslog_key=number, log_type="NOTE"
        ).save()
    worker = Worker().start()
    done = ended(key)
    printed = worker.end()
    lines = VBAProcessLog.objects.filter(vbaprocess_key=key, log_type="START")
    assert done.process_result == "COMPLETED", printed
    assert set(lines.values_list("vbaprocesslog_key", flat=True)) == {1}


def test_a_worker_runs_as_many_at_once_and_leases_them_for_as_long_as_its_environment_says():
    worker = Worker(concurrency=None, lease=3000, VBA_PROCESS_CONCURRENCY="3").start()
    with Other() as other:
        other.hold("SELECT pg_advisory_xact_lock(7)")
        keys = [ask(make_group(f"G{n}").group_id, gate=7) for n in range(3)]
        for key in keys:
            running(key)
            assert (run_of(key).lease_until - timezone.now()).total_seconds() > 2000
        other.let_go()
        assert [ended(key).process_result for key in keys] == ["COMPLETED"] * 3, worker.printed()


# --- the worker stops or is killed ---


def test_sigterm_ends_the_worker_when_it_is_done_with_what_it_runs():
    make_group("G1")
    make_group("G2")
    worker = Worker(concurrency=1).start()
    with Other() as other:
        other.hold("SELECT pg_advisory_xact_lock(7)")
        key = ask("G1", gate=7)
        waits_for(other)
        waiting = ask("G2")
        worker.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "takes nothing new" in worker.printed(), what="its last word")
        other.let_go()
        printed = worker.end()
    assert worker.process.returncode == 0, printed
    assert (process(key).process_result, strokes("G1")) == ("COMPLETED", 3)
    assert process(waiting).process_start is None


def test_a_killed_worker_leaves_nothing_and_another_does_it_once():
    make_group()
    worker = Worker(lease=SHORT_LEASE).start()
    key = ask(at_first={"sleep": 600})
    running(key)
    worker.kill()
    assert strokes() == 0
    other = Worker(lease=SHORT_LEASE).start()
    done = ended(key)
    assert (done.process_result, strokes(), run_of(key).attempts) == ("COMPLETED", 3, 2)
    assert log_types(key) == ["START", "RETRY", "START"]
    wait_until(lambda: jobs() == 0, what="the end of the killed worker's job")
    other.end()


def jobs():
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


def test_a_worker_that_stood_still_writes_nothing_when_it_wakes_up():
    make_group()
    sleeper = Worker(lease=SHORT_LEASE).start()
    key = ask(steps=15, at_first={"pause": 3})
    running(key)
    sleeper.process.send_signal(signal.SIGSTOP)
    other = Worker(lease=SHORT_LEASE).start()
    wait_until(lambda: run_of(key).attempts == 2, what="another worker")
    sleeper.process.send_signal(signal.SIGCONT)
    assert (ended(key).process_result, strokes(), run_of(key).attempts) == ("COMPLETED", 15, 2)
    other.end()
    sleeper.end()


def test_kills_at_any_moment_end_complete_or_unchanged_and_never_twice():
    groups = [f"G{number}" for number in range(5)]
    keys = {}
    for group in groups:
        make_group(group)
    for number, group in enumerate(groups):
        # It runs one at a time: the killed ones that wait for their turn again are not killed once more.
        worker = Worker(concurrency=1, lease=SHORT_LEASE).start()
        keys[group] = ask(group, steps=20, pause=0.02)
        wait_until(lambda key=keys[group]: process(key).process_start)
        threading.Event().wait(number * 0.1)
        worker.kill()
        with snapshot():  # What was sent before the kill may be committed just now.
            assert strokes(group) == (20 if process(keys[group]).process_end else 0)
    worker = Worker(concurrency=6, lease=SHORT_LEASE).start()
    results = {group: ended(keys[group]).process_result for group in groups}
    worker.end()
    assert set(results.values()) == {"COMPLETED"}
    assert [strokes(group) for group in groups] == [20] * 5


def test_a_cut_connection_in_the_middle_is_run_again(worker):
    make_group()
    key = ask(steps=10, at_first={"sleep": 600})
    running(key)
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 2
    done = ended(key)
    assert (done.process_result, strokes(), run_of(key).attempts) == ("COMPLETED", 10, 2)


def test_a_worker_outlives_a_control_database_that_hangs_up(worker):
    make_group("G1")
    make_group("G2")
    with Other() as other:
        other.hold("SELECT pg_advisory_xact_lock(7)")
        key = ask("G1", gate=7)
        waits_for(other)
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    assert ended(key).process_result == "COMPLETED"
    assert ended(ask("G2")).process_result == "COMPLETED"
    assert (strokes("G1"), strokes("G2")) == (3, 3)


def test_a_process_that_could_not_be_queued_is_found_by_the_sweeper(monkeypatch, worker):
    make_group()
    monkeypatch.setattr("processes.starting.queue", lambda *process: None)
    key = ask()
    assert ended(key).process_result == "COMPLETED"
