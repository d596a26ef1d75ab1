"""History: every path of writing leaves an entry with the right actor, and people can read it."""

import html
import io
import json
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from groups.models import Group
from members.models import Subscriber
from tables.admin.related import record_url
from tables.context import databases
from tables.history.models import HistoryEntry
from tables.schema.columns import columns
from tables.schema.registry import all_tables
from tests.conftest import PASSWORD
from tests.enrollment.world import make
from tests.files.commands import refusal
from tests.made_up import least, stored

pytestmark = pytest.mark.django_db(databases="__all__")
BASE = "/vbasoftware"


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen."""
    with databases.using("VBA_Demo"):
        yield


def entries(**filters):
    """Return what history has of groups, oldest first."""
    databases.choose("VBA_Demo")
    found = HistoryEntry.objects.filter(table_name="groups", **filters).order_by("id")
    return [(e.action, e.actor, e.source, e.row_key, e.changes) for e in found]


def body(**values):
    """Return a group's record as JSON has it."""
    return {
        **{name: value for name, value in least(Group).items() if name != "group_id"},
        "group_ID": "G1",
        **values,
    }


@pytest.fixture
def rest(client, signed_in, bob, demo_key):
    """Requests of bob's program."""
    headers = signed_in(bob, demo_key)

    def send(method, path, data=None):
        answer = getattr(client, method)(
            f"{BASE}/{path}",
            data=json.dumps(data) if data is not None else None,
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code < 300, answer.content
        return answer

    return send


def load(path, **options):
    """Load a file of groups."""
    with pytest.raises(SystemExit, match=r"^0$"):
        call_command("load_table", "groups", str(path), database="VBA_Demo", stdout=io.StringIO(), **options)


@pytest.fixture
def clerk(client, bob):
    """Bob in the back office."""
    client.force_login(bob)
    return client


def test_every_mirrored_table_has_the_triggers():
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid")
        there = set(cursor.fetchall())
    for model in all_tables():
        for event in ("insert", "update", "delete", "truncate"):
            assert (model._meta.db_table, f"history_{event}") in there


def test_rest_leaves_entries_with_user_and_activity(rest):
    answer = rest("post", "groups", body(name="Harbor"))
    rest("put", "groups/G1", body(name="Harbour"))
    rest("put", "groups/G1", body(name="Harbour"))
    rest("put", "groups-batch", [body(name="Dock"), body(group_ID="G2")])
    rest("delete", "groups/G2")
    assert entries() == [
        ("created", "bob", "rest", ["G1"], None),
        ("updated", "bob", "rest", ["G1"], {"name": ["Harbor", "Harbour"]}),
        ("created", "bob", "rest", ["G2"], None),  # A batch inserts before it updates.
        ("updated", "bob", "rest", ["G1"], {"name": ["Harbour", "Dock"]}),
        ("deleted", "bob", "rest", ["G2"], entries(action="deleted")[0][4]),
    ]
    assert entries(action="deleted")[0][4]["group_id"] == ["G2", None]
    first = HistoryEntry.objects.filter(table_name="groups").earliest("id")
    assert first.activity == answer.json()["debug"]["activityID"]


def test_refused_records_and_dry_runs_leave_none(client, signed_in, bob, demo_key, tmp_path):
    answer = client.put(
        f"{BASE}/groups-batch",
        data=json.dumps([{"group_ID": "G1"}]),
        content_type="application/json",
        headers=signed_in(bob, demo_key),
    )
    assert answer.json()["data"][0]["status"] == 400
    path = tmp_path / "groups.ndjson"
    path.write_text(json.dumps(body()))
    load(path, dry_run=True)
    assert entries() == []


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_file_leaves_entries_of_its_user(tmp_path, kind):
    record = body(name="Harbor")
    path = tmp_path / f"groups.{kind}"
    if kind == "csv":
        path.write_text(",".join(record) + "\n" + ",".join(str(value) for value in record.values()) + "\n")
    else:
        path.write_text(json.dumps(record))
    for _ in range(2):
        load(path, user="ann")
    assert entries() == [("created", "ann", "file", ["G1"], None)]


def test_the_admin_leaves_entries(clerk):
    make(Group, group_id="G1", name="Harbor")
    url = reverse("admin:groups_group_change", args=["G1"])
    form = clerk.get(url).context["adminform"].form
    data = {
        name: "" if value is None else value for name, value in form.initial.items() if value is not False
    }
    clerk.post(url, {**data, "name": "Dock"})
    listed = reverse("admin:groups_group_changelist")
    chosen = {"action": "delete_selected", "_selected_action": ["G1"]}
    shown = clerk.post(listed, chosen).context["deletion"]
    clerk.post(listed, {**chosen, "previewed": shown.digest})
    assert [entry[:4] for entry in entries()][1:] == [
        ("updated", "bob", "admin", ["G1"]),
        ("deleted", "bob", "admin", ["G1"]),
    ]


def test_the_shell_and_plain_sql_leave_entries():
    make(Group, group_id="G1")
    with connections["VBA_Demo"].connection.cursor() as plain:
        plain.execute("SELECT set_config('vba.actor', '', true), set_config('vba.source', '', true)")
        plain.execute("UPDATE groups SET name = 'By hand' WHERE group_id = 'G1'")
        plain.execute("SELECT session_user")
        (role,) = plain.fetchone()
    assert [entry[:3] for entry in entries()] == [("created", role, "shell"), ("updated", role, "sql")]


def test_a_savepoint_rolled_back_does_not_lose_the_actor(rest):
    # All keys are new, but the database refuses one: what is merged after that is still bob's.
    rest("put", "groups-batch", [body(group_ID=f"G{n}") for n in range(150)])
    assert {entry[1:3] for entry in entries()} == {("bob", "rest")}


@pytest.fixture
def statements():
    """Return how many entries each statement has written since; a MERGE also asks for those it has not."""
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("CREATE TABLE seen (n int)")
        cursor.execute(
            "CREATE FUNCTION count_entries() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN INSERT INTO seen SELECT count(*) FROM written HAVING count(*) > 0; RETURN NULL; END'"
        )
        cursor.execute(
            "CREATE TRIGGER counting AFTER INSERT ON historyentry REFERENCING NEW TABLE AS written"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_entries()"
        )

    def since():
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("DELETE FROM seen RETURNING n")
            return [n for (n,) in cursor.fetchall()]

    return since


def test_many_rows_are_one_statement(rest, statements):
    rest("put", "groups-batch", [body(group_ID=f"G{n}") for n in range(1000)])
    assert statements() == [1000]


def test_many_rows_that_a_file_changes_are_one_statement(statements, tmp_path):
    file = tmp_path / "groups.ndjson"
    for name in ("Harbor", "Dock"):
        rows = [body(group_ID=f"G{n}", name=name) for n in range(1500)]
        rows += [body(group_ID="G", name="Always the same")]
        file.write_text("\n".join(map(json.dumps, rows)))
        load(file)
        assert statements() == [1501 if name == "Harbor" else 1500]
    changed = entries(action="updated")
    assert {source for _, _, source, _, _ in changed} == {"file"}
    assert {json.dumps(changes) for *_, changes in changed} == {'{"name": ["Harbor", "Dock"]}'}


def stamps_of(model):
    return [column.db for column in columns(model) if column.is_stamp]


@pytest.mark.parametrize("model", [*filter(stamps_of, all_tables())], ids=lambda model: model._meta.db_table)
def test_a_stamp_alone_is_no_change(model):
    stored(model)
    table = model._meta.db_table
    with connections["VBA_Demo"].cursor() as cursor:
        for stamp in stamps_of(model):
            value = "'2001-02-03'" if stamp.endswith("date") else "'eve'"
            cursor.execute(f"UPDATE {table} SET {stamp} = {value}")
            assert cursor.rowcount == 1
        assert not HistoryEntry.objects.filter(table_name=table, action="updated").exists()


def test_a_change_beside_a_stamp_is_reported_without_the_stamp():
    make(Group, group_id="G1", name="Harbor")
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("UPDATE groups SET name = 'Dock', update_user = 'eve', update_date = '2001-02-03'")
    assert [entry[4] for entry in entries(action="updated")] == [{"name": ["Harbor", "Dock"]}]


def test_a_process_that_keeps_a_journal_leaves_none():
    with transaction.atomic(using="VBA_Demo"), connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("SELECT set_config('vba.journaled', '7', true)")
        make(Group, group_id="G1")
    assert entries() == []


def test_the_timeline_of_a_record_is_readable(clerk):
    group = make(Group, group_id="G1", name="Harbor", paperless=False)
    group.name, group.paperless = "Dock", True
    group.save()
    page = clerk.get(reverse("admin:groups_group_history", args=["G1"])).content.decode()
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    assert "Name : Harbor → Dock" in re.sub(" +", " ", text)
    assert "Paperless : No → Yes" in re.sub(" +", " ", text)


@pytest.mark.parametrize("model", [Group, Subscriber])
@pytest.mark.parametrize("key", ["ACME_24", "A_/:#&,", "+=@; $%?É"])
def test_the_history_of_a_record_with_any_key_is_linked_on_its_page(clerk, model, key):
    record = make(model, **{model.key[0]: key})
    page = clerk.get(record_url(record))
    links = re.findall(r'<a href="([^"]*)">History(?: of the subscriber)?</a>', page.content.decode())
    assert len(links) == (2 if model is Subscriber else 1)
    for link in links:
        timeline = clerk.get(html.unescape(link))
        assert timeline.status_code == 200
        assert timeline.context["original"].key_values() == (key,)


def test_the_list_finds_by_key_and_shows_only_what_one_may_see(clerk, django_user_model):
    make(Group, group_id="G1")
    make(Group, group_id="G2")
    listed = reverse("admin:history_historyentry_changelist")
    found = clerk.get(listed, {"q": "G2"})
    assert [entry.row_key for entry in found.context["cl"].result_list] == [["G2"]]
    found = clerk.get(listed, {"table": "groups", "action__exact": "created"})
    assert len(found.context["cl"].result_list) == 2
    assert clerk.post(reverse("admin:history_historyentry_add")).status_code == 403
    nobody = django_user_model.objects.create_user("eve", password=PASSWORD, is_staff=True)
    clerk.force_login(nobody)
    assert clerk.get(listed).status_code == 403


def test_the_list_makes_as_many_queries_for_many_entries(clerk):
    listed = reverse("admin:history_historyentry_changelist")
    make(Group, group_id="G0")
    clerk.get(listed)
    counts = []
    for size in (1, 40):
        databases.choose("VBA_Demo")
        for n in range(size):
            make(Group, group_id=f"G{size}-{n}")
        with (
            CaptureQueriesContext(connection) as control,
            CaptureQueriesContext(connections["VBA_Demo"]) as demo,
        ):
            clerk.get(listed)
        counts.append(len(control) + len(demo))
    assert counts[0] == counts[1]


def test_pruning_reads_each_old_entry_once_however_many_there_are():
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO historyentry (at, actor, source, table_name, row_key, action)"
            " SELECT now() - interval '9 years' + n * interval '1 minute', 'old', 'sql', 'groups',"
            " ARRAY['G' || n], 'created' FROM generate_series(1, 25000) AS n"
        )
        read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_all_tables"
        cursor.execute(read)
        (before,) = cursor.fetchone()
        call_command("prune_history", database="VBA_Demo", days=365, stdout=io.StringIO())
        cursor.execute(read)
        assert 25_000 <= cursor.fetchone()[0] - before < 35_000
    assert not entries(actor="old")


def test_history_is_pruned_by_months_and_the_rest_by_rows():
    now = timezone.now()
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE historyentry_2001_01 PARTITION OF historyentry"
            " FOR VALUES FROM ('2001-01-01+00') TO ('2001-02-01+00')"
        )
        cursor.execute(
            "INSERT INTO historyentry (at, actor, source, table_name, row_key, action)"
            " SELECT at, 'old', 'sql', 'groups', ARRAY['G1'], 'created'"
            " FROM unnest(%s::timestamptz[]) AS at",
            [
                [
                    now.replace(year=2001, month=1, day=5),
                    now.replace(year=2010, day=1),
                    now - timedelta(days=1),
                ]
            ],
        )
    out = io.StringIO()
    call_command("prune_history", database="VBA_Demo", days=365, stdout=out)
    assert "1 months dropped, 1 entries deleted" in out.getvalue()
    assert len(entries(actor="old")) == 1
    for days in (0, -1):
        assert "--days must be 1 or more" in refusal(
            "--database", "all", "--days", days, command="prune_history"
        )
