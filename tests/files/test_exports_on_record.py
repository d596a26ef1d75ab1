"""Every dump is on record in its database: who, which table, which rows, where to, and how many."""

import getpass

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from access.models import AccessEntry
from members.models import Member
from tables.context import databases
from tables.history.models import HistoryEntry
from tables.schema.registry import all_tables
from tables.schema.sensitive import record_queryset, sensitive_columns
from tests.enrollment.world import make_f, make_family

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo with a few families."""
    with databases.using("VBA_Demo"):
        make_f()
        make_family("S3", "B", "05-01", members=("01", "02", "03"))


def exported():
    """Return what is on record, oldest first."""
    with databases.using("VBA_Demo"):
        found = HistoryEntry.objects.filter(action="exported").order_by("id")
        return [(e.actor, e.source, e.table_name, e.row_key, e.changes) for e in found]


def test_a_dump_of_people_is_recorded_with_its_filter_and_rows(tmp_path):
    path = str(tmp_path / "m.ndjson")
    call_command("dump_table", "members", path, "--key", "subscriber_ID=S3", database="VBA_Demo")
    facts = {"Subscriber ID": "S3", "Format": "ndjson", "File": path, "Rows": 3}
    assert exported() == [(getpass.getuser(), "shell", "members", [], facts)]


def test_numbers_that_a_shell_shows_without_a_user_go_on_record_without_a_name():
    with databases.using("VBA_Demo"):
        record_queryset(Member.objects.all(), sensitive_columns(Member))
    entry = AccessEntry.objects.get()
    assert (entry.username, entry.source, entry.rows) == ("", "shell", 6)


def test_so_is_each_table_of_a_folder(tmp_path):
    call_command("dump_folder", str(tmp_path / "all"), database="VBA_Demo")
    rows = {table: facts["Rows"] for _, _, table, _, facts in exported()}
    assert set(rows) == {model._meta.db_table for model in all_tables()}
    assert (rows["members"], rows["subscribers"]) == (6, 3)


def test_one_that_was_cut_off_is_recorded_without_rows(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("taken")
    with pytest.raises(CommandError):
        call_command("dump_table", "groups", str(path), database="VBA_Demo")
    assert [facts["Rows"] for *_, facts in exported()] == [None]


def test_a_dump_that_cannot_be_recorded_is_not_made(tmp_path):
    def rename(old, new):
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename("historyentry", "elsewhere")
    try:
        with pytest.raises(CommandError):
            call_command("dump_table", "groups", str(tmp_path / "g.csv"), database="VBA_Demo")
    finally:
        rename("elsewhere", "historyentry")
    assert not [*tmp_path.iterdir()]
