"""Processes by REST: records of clients, and processes of the worker, which clients can only end."""

import pytest

from processes import kinds
from processes.models import VBAProcess, VBAProcessParameter
from processes.process_run import ProcessRun
from processes.starting import start
from tests.work.kinds import KIND, mark_group
from vbaadmin import databases

pytestmark = pytest.mark.django_db(databases="__all__")
PATH = "/vbasoftware/vbaprocesses"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """This server runs processes of one kind."""
    monkeypatch.setattr(kinds, "_runners", {KIND: mark_group})


@pytest.fixture
def started():
    """A process of the worker that waits, and its address."""
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


def test_a_waiting_process_is_told_as_it_is(program, started):
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
    assert detail(answer) == f"vbaProcess_Type '{KIND}' is run by the server; it cannot be created here."


def test_a_waiting_process_is_cancelled_by_put(program, started):
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


def test_of_a_process_of_the_worker_clients_write_the_description_alone(program, started):
    sent = body(started, description="Other", process_Result="COMPLETED", process_User="mallory")
    data = program.put(started, sent).json()["data"]
    assert (data["description"], data["process_Result"], data["process_User"]) == ("Other", None, "bob")


def test_an_unfinished_process_is_not_deleted_an_ended_one_goes_with_its_parameters(program, started):
    answer = program.delete(started)
    assert answer.status_code == 409
    assert "is unfinished" in detail(answer)
    end()
    assert program.delete(started).status_code == 204
    assert program.get(started).status_code == 404
    with databases.using("VBA_Demo"):
        assert not VBAProcessParameter.objects.exists()


def test_errors_of_the_body_are_told_as_elsewhere(program, started):
    assert program.put(started, b"{").status_code == 400
    assert program.put(started, body(started, vbaProcess_Type="OTHER")).status_code == 400
