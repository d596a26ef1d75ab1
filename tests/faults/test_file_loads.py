"""Files loaded by real workers: a worker is killed, a load is canceled, or a file is incomplete."""

import gzip
import io

import psycopg
import pytest

from groups.models import Group
from loads.models import FILE, FileLoad
from loads.running import begin, settle
from loads.storing import keep
from members.models import Member, Subscriber
from processes.cancelling import cancel
from processes.models import VBAProcessLog
from processes.process_run import ProcessRun
from tables.context import databases
from tables.history.models import HistoryEntry
from tables.write.sql.locks import wait_for_other_loads
from tests.enrollment.world import make
from tests.made_up import least
from tests.roles import give_rights
from tests.waiting import wait_until
from tests.work.workers import SHORT_LEASE, Worker, environment

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True, databases="__all__")]

CONTENT = b"Group_ID,Name\nG1,After\n"


@pytest.fixture(autouse=True)
def _demo(monkeypatch):
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 0)
    with databases.using("VBA_Demo"):
        Group.objects.create(**{**least(Group), "group_id": "G1", "name": "Before"})
        yield
    while Worker.alive:
        Worker.alive.pop().kill()


@pytest.fixture
def another_load():
    """Another user's load of groups. Ours waits until it ends."""
    urls = dict(each.split("=", 1) for each in environment()["VBA_DATABASES"].split(","))
    with psycopg.connect(urls["VBA_Demo"]) as connection:
        connection.execute(wait_for_other_loads(Group))
        yield connection


def checked(content=CONTENT, name="groups.csv", state="checked"):
    file = FileLoad.objects.create(
        table_name="groups", file_name=name, file_bytes=len(content), sent_by="bob", state=state
    )
    keep(file, FILE, io.BytesIO(content))
    return file


def now(file):
    settle()
    return FileLoad.objects.get(pk=file.pk)


def ended(file):
    return wait_until(lambda: not (found := now(file)).is_running and found, what="the end of the load")


def waits(file, attempt=1):
    wait_until(
        lambda: ProcessRun.objects.filter(state="running", attempts=attempt).exists(),
        what=f"attempt {attempt} at file {file.pk}",
    )


def test_another_worker_finishes_the_load_of_a_killed_worker_once(another_load):
    file = checked()
    begin(file.pk, dry_run=False, user="bob the clerk with quite a long name")
    first = Worker(lease=SHORT_LEASE).start()
    waits(file)
    first.kill()
    Worker(lease=SHORT_LEASE).start()
    waits(file, attempt=2)
    assert now(file).state == "loading"
    another_load.rollback()
    assert ended(file).state == "loaded"
    assert Group.objects.get().name == "After"
    entry = HistoryEntry.objects.get(table_name="groups", action="updated")
    assert (entry.actor, entry.source) == ("bob the clerk with quite a long name", "file")


def test_a_load_canceled_in_the_middle_stores_nothing(another_load):
    file = checked()
    begin(file.pk, dry_run=False, user="bob")
    Worker().start()
    waits(file)
    cancel(now(file).process_key, "LOADFILE")
    assert ended(file).state == "cancelled"
    assert Group.objects.get().name == "Before"


def test_an_incomplete_file_fails_in_the_background_and_says_why():
    file = checked(gzip.compress(CONTENT * 1000)[:-10], "groups.csv.gz", state="sent")
    begin(file.pk, dry_run=True, user="bob")
    Worker().start()
    found = ended(file)
    assert found.state == "failed"
    assert "truncated" in found.problem


def test_the_log_of_the_process_has_warnings_without_values():
    file = checked(b"Group_ID,Name\nG1,1.23E+11\n,\n", state="sent")
    begin(file.pk, dry_run=True, user="bob")
    Worker().start()
    found = ended(file)
    assert found.state == "checked"
    rounded = "Name: 1 value is a number that was rounded by a spreadsheet (line 2: '{}')."
    assert found.notes == [rounded.format("1.23E+11"), "1 empty line was skipped."]
    lines = VBAProcessLog.objects.filter(vbaprocess_key=found.process_key, log_type="WARNING")
    assert [line.log_message for line in lines.order_by("vbaprocesslog_key")] == [
        rounded.format("•••••"),
        "1 empty line was skipped.",
    ]


def test_a_worker_keeps_numbers_that_the_user_may_not_see(carol):
    make(Subscriber, subscriber_id="S1")
    make(Member, subscriber_id="S1", member_seq="01", ssn="900-12-3456")
    lines = b"Subscriber_ID,Member_Seq,Last_Name,SSN\nS1,01,Reyes,\nS1,01,Rivera,900-99-9999\n"
    rights = ("members.add_member", "members.change_member")
    Worker().start()
    for given, refused, ssn in (
        (rights, 1, "900-12-3456"),
        ((*rights, "members.view_ssn"), 0, "900-99-9999"),
    ):
        give_rights(carol, *given)
        file = FileLoad.objects.create(
            table_name="members", file_name="m.csv", file_bytes=len(lines), sent_by="carol", state="checked"
        )
        keep(file, FILE, io.BytesIO(lines))
        begin(file.pk, dry_run=False, user="carol")
        assert (ended(file).state, now(file).rows_refused) == ("loaded", refused)
        assert Member.objects.get().ssn == ssn
