"""The history names the user of every change in every interface. Only an outsider's changes are plain SQL."""

import io
import json

import psycopg
import pytest
from django.core.management import call_command
from django.urls import reverse

from groups.models import Group
from loads.models import FILE, FileLoad
from loads.running import begin
from loads.storing import keep
from processes.cancelling import cancel
from processes.models import VBAProcess
from tables.context import databases
from tables.history.models import HistoryEntry
from tests.admin.pages import Clerk
from tests.api.programs import Program
from tests.enrollment import world
from tests.made_up import least
from tests.waiting import wait_until
from tests.work.kinds import KIND
from tests.work.workers import Worker, ask, ended, environment, make_group, running

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True, databases="__all__")]
OF_PROCESSES = ("vbaprocess", "vbaprocesslog", "vbaprocessparameter")


@pytest.fixture(autouse=True)
def _demo():
    with databases.using("VBA_Demo"):
        yield
    while Worker.alive:
        Worker.alive.pop().kill()


@pytest.fixture
def worker():
    return Worker().start()


def sources(*tables):
    """Return who has acted on tables, and from where."""
    # Tables are emptied between tests.
    found = HistoryEntry.objects.exclude(action="emptied")
    found = found.filter(table_name__in=tables) if tables else found
    return set(found.values_list("actor", "source"))


def test_the_history_of_each_process_names_its_user(worker):
    for number in range(6):
        make_group(f"G{number}")
    keys = [
        ask("G0"),
        ask("G1", after="fail"),
        ask("G2", after="crash", said="x"),
        ask("G3", after="again", until=3),
        ask("G4", steps=5000, pause=0.05),
    ]
    running(keys[4])
    cancel(keys[4], KIND)
    for key in keys:
        ended(key)
    worker.end()
    queued = ask("G5")
    cancel(queued, KIND)
    assert {source for _, source in sources(*OF_PROCESSES)} == {"process", "shell"}
    logs = sources("vbaprocesslog")
    assert logs == {("bob", "process")}
    changes = HistoryEntry.objects.filter(
        table_name="vbaprocess", action="updated", row_key__0__in=map(str, keys)
    )
    assert set(changes.values_list("actor", "source")) == {("bob", "process")}


def test_the_history_of_the_product_is_never_plain_sql(
    worker, client, bob, demo_key, signed_in, tmp_path, monkeypatch
):
    world.make_f()
    program = Program(client, signed_in(bob, demo_key))
    record = {**least(Group), "group_ID": "R1"}
    del record["group_id"]
    assert program.post("/vbasoftware/groups", record).status_code == 200
    assert program.put("/vbasoftware/groups-batch", [{**record, "name": "Reef"}]).status_code == 207
    body = {"disenroll_Date": "2025-06-30", "requesting_User_ID": "bob"}
    for what in ("disenroll-group", "reenroll-group"):
        program.post(f"/vbasoftware/groups/G1/{what}", body)
        with databases.using("VBA_Demo"):
            wait_until(lambda: not VBAProcess.objects.filter(process_end=None).exists(), what="the process")
    Clerk.of(bob).send(reverse("admin:groups_group_change", args=["R1"]), name="Bay")
    with databases.using("VBA_Demo"):
        _by_the_shell(tmp_path)
        _by_file(monkeypatch)
        found = sources()
    assert {"rest", "admin", "process", "file", "shell"} <= {source for _, source in found}
    assert [each for each in found if each[1] == "sql"] == []


def _by_the_shell(tmp_path):
    path = tmp_path / "groups.ndjson"
    path.write_text(json.dumps({"group_ID": "R1", "name": "Cove"}) + "\n")
    with pytest.raises(SystemExit) as ended:
        call_command("load_table", "groups", str(path), database="VBA_Demo", stdout=io.StringIO())
    assert ended.value.code == 0
    Group.objects.filter(group_id="R1").update(name="Fjord")
    call_command("prune_history", database="VBA_Demo", stdout=io.StringIO())
    call_command("dump_table", "groups", str(tmp_path / "g.csv"), database="VBA_Demo", stderr=io.StringIO())


def _by_file(monkeypatch):
    """Check and load a file by the worker."""
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 0)
    content = b"Group_ID,Name\nR1,Estuary\n"
    file = FileLoad.objects.create(
        table_name="groups", file_name="g.csv", file_bytes=len(content), sent_by="bob", state="sent"
    )
    keep(file, FILE, io.BytesIO(content))
    for dry_run, state in ((True, "checked"), (False, "loaded")):
        begin(file.pk, dry_run=dry_run, user="bob")
        wait_until(lambda state=state: FileLoad.objects.get(pk=file.pk).state == state, what=state)


def test_the_history_of_an_outsider_is_plain_sql():
    make_group()
    urls = dict(each.split("=", 1) for each in environment()["VBA_DATABASES"].split(","))
    with psycopg.connect(urls["VBA_Demo"]) as outsider:
        outsider.execute("UPDATE groups SET name = 'Loch'")
        (user,) = outsider.execute("SELECT session_user::text").fetchone()
    assert HistoryEntry.objects.filter(actor=user, source="sql", action="updated").count() == 1
