"""Processes in the API: records of clients, and processes of the worker, which clients can only cancel."""

import datetime

import pytest

from processes import kinds
from processes.models import VBAProcess, VBAProcessParameter
from processes.process_run import ProcessRun
from processes.starting import start
from tables.context import databases
from tables.context.hooks import Hook
from tests.work.kinds import KIND, mark_group

pytestmark = pytest.mark.django_db(databases="__all__")
PATH = "/vbasoftware/vbaprocesses"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """This server runs processes of one kind."""
    monkeypatch.setattr(kinds, "RUNNERS", Hook((KIND, mark_group)))


@pytest.fixture
def started():
    """A waiting process of the worker, and its address."""
    with databases.using("VBA_Demo"):
        process = start(
            kind=KIND,
            group_id="G1",
            user="bob",
            description="Mark G1",
            arguments={"steps": 1},
            parameters=[("steps", "int32", "1", None)],
        )
    return f"{PATH}/{process.vbaprocess_key}/types/{KIND}"


def body(path, **values):
    key = int(path.split("/")[3])
    return {"vbaProcess_Key": key, "vbaProcess_Type": KIND, **values}


def detail(response):
    return response.json()["error"]["detail"]


def end(result="COMPLETED"):
    with databases.using("VBA_Demo"):
        ProcessRun.objects.update(state="ended", result=result)
        VBAProcess.objects.update(process_result=result)


def test_a_waiting_process_is_answered_as_stored(program, started):
    data = program.get(started).json()["data"]
    assert (data["process_User"], data["description"]) == ("bob", "Mark G1")
    assert (data["process_Start"], data["process_End"], data["process_Result"]) == (None, None, None)


def test_a_record_of_a_client_is_stored_and_never_run(program):
    answer = program.post(PATH, {"vbaProcess_Type": "PAYROLL", "process_Result": "FINE"})
    assert answer.status_code == 200
    with databases.using("VBA_Demo"):
        assert not ProcessRun.objects.exists()


def test_a_type_that_the_worker_runs_cannot_be_posted(program):
    answer = program.post(PATH, {"vbaProcess_Type": KIND})
    assert answer.status_code == 400
    assert detail(answer) == f"vbaProcess_Type '{KIND}' cannot be created here, because the server runs it."


def test_a_put_cancels_a_waiting_process(program, started):
    answer = program.put(started, body(started, process_Result="CANCELLED"))
    data = answer.json()["data"]
    assert (answer.status_code, data["process_Result"]) == (200, "CANCELLED")
    assert data["process_End"].endswith("Z")
    assert data["description"] == "Mark G1"
    assert program.put(started, body(started, process_Result="CANCELLED")).status_code == 200


def test_a_running_process_is_asked_to_stop(program, started):
    with databases.using("VBA_Demo"):
        ProcessRun.objects.update(state="running")
    answer = program.put(started, body(started, process_Result="CANCELLED"))
    assert (answer.status_code, answer.json()["data"]["process_Result"]) == (200, None)
    with databases.using("VBA_Demo"):
        assert ProcessRun.objects.get().cancel_requested


def test_an_ended_process_cannot_be_cancelled(program, started):
    end()
    answer = program.put(started, body(started, process_Result="CANCELLED"))
    assert (answer.status_code, detail(answer).split()[-1]) == (409, "COMPLETED.")


def stored_process():
    with databases.using("VBA_Demo"):
        return VBAProcess.objects.values().get()


OTHERS = {
    "process_User": "mallory",
    "process_Start": "2024-01-01T00:00:00Z",
    "process_End": "2024-01-01T00:00:00Z",
    "process_Result": "FAILED",
}


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_clients_cannot_write_what_only_the_worker_writes(program, started, name, ended):
    if ended:
        end()
    before = stored_process()
    for more in ({}, {"description": "Other"}):
        answer = program.put(started, body(started, **{name: OTHERS[name]}, **more))
        assert answer.status_code == 409
        key = before["vbaprocess_key"]
        assert detail(answer) == (
            f"{name} of process {key} cannot be changed: the server runs it. "
            "Change its description, or set process_Result to CANCELLED while it is unfinished."
        )
    assert stored_process() == before


def test_a_cancellation_that_changes_anything_else_is_refused(program, started):
    sent = body(started, process_Result="CANCELLED", process_User="mallory", process_End="2024-01-01")
    answer = program.put(started, sent)
    assert answer.status_code == 409
    assert detail(answer).startswith("process_User and process_End of process ")
    with databases.using("VBA_Demo"):
        assert not ProcessRun.objects.get().cancel_requested


@pytest.mark.parametrize("result", ["COMPLETED", "CANCELLED", None])
def test_a_record_can_be_put_back_with_another_description(program, started, result):
    if result:
        end(result)
        with databases.using("VBA_Demo"):
            begun = datetime.datetime(2026, 11, 30, 9, 8, 7, 654321, tzinfo=datetime.UTC)
            VBAProcess.objects.update(process_start=begun, process_end=begun)
    read = program.get(started).json()["data"]
    told = program.put(started, read | {"description": "Other"})
    assert told.status_code == 200, told.content
    stamps = ("update_Date", "update_User")
    changed = {name: value for name, value in told.json()["data"].items() if value != read[name]}
    assert changed.keys() - set(stamps) == {"description"}
    assert program.put(started, read | {"description": "Other"}).status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("2026-11-30T09:08:07.654321Z", 200),
        ("2026-11-30T09:08:07.654Z", 200),
        ("2026-11-30 09:08:07 UTC", 200),
        ("2026-11-30t10:08:07.654321+01:00", 200),
        ("2026-11-30T09:08:06Z", 409),
        ("2026-11-30T09:08:09Z", 409),
        ("2026-11-30", 409),
    ],
)
def test_a_moment_is_the_same_in_any_form_and_without_its_fraction(program, started, form, status):
    end()
    with databases.using("VBA_Demo"):
        begun = datetime.datetime(2026, 11, 30, 9, 8, 7, 654321, tzinfo=datetime.UTC)
        VBAProcess.objects.update(process_start=begun)
    answer = program.put(started, body(started, process_Start=form))
    assert answer.status_code == status, answer.content
    assert stored_process()["process_start"] == begun


@pytest.mark.parametrize("absent", [{}, {"description": None}, {"description": ""}])
def test_absent_and_null_values_stay_unchanged(program, started, absent):
    end()
    before = stored_process()
    nulls = dict.fromkeys(OTHERS)
    for sent in (absent, absent | nulls):
        assert program.put(started, body(started, **sent)).status_code == 200
    assert stored_process() == before


def test_an_ended_process_is_deleted_with_its_parameters_and_an_unfinished_one_is_not(program, started):
    answer = program.delete(started)
    assert answer.status_code == 409
    assert "is unfinished" in detail(answer)
    end()
    assert program.delete(started).status_code == 204
    assert program.get(started).status_code == 404
    with databases.using("VBA_Demo"):
        assert not VBAProcessParameter.objects.exists()


def test_errors_of_the_body_are_reported_as_elsewhere(program, started):
    assert program.put(started, b"{").status_code == 400
    assert program.put(started, body(started, vbaProcess_Type="OTHER")).status_code == 400
