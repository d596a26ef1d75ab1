"""``manage.py dump_folder``: every table in a file of its own, all as at one moment."""

import json
import stat

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from groups.models import Group, GroupDivision
from tables.context import databases
from tables.schema.registry import table_names
from tests.files.commands import end, refusal, start, waiting_backend
from tests.files.rows import make

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def demo():
    """Three groups in VBA_Demo, which is chosen; one of them has a division."""
    with databases.using("VBA_Demo"):
        for key in ("A", "B", "C"):
            make(Group, group_id=key)
        make(GroupDivision, group_id="A", division_id="1")
        yield


def test_a_folder_holds_every_table_as_at_one_moment(tmp_path):
    folder = tmp_path / "new" / "dumps"
    with transaction.atomic(using="VBA_Demo"):
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("LOCK groupdivision")
        process = start("dump_folder", folder, "--database", "VBA_Demo", "--format", "json")
        waiting_backend()
        make(Group, group_id="New")
        make(GroupDivision, group_id="New", division_id="1")
    code, said = end(process)
    assert code == 0, said
    assert [line.partition(":")[0] for line in said.splitlines()] == table_names()
    assert {path.name for path in folder.iterdir()} == {f"{name}.json" for name in table_names()}
    groups = json.loads((folder / "groups.json").read_bytes())
    divisions = json.loads((folder / "divisions.json").read_bytes())
    assert [each["group_ID"] for each in groups] == ["A", "B", "C"]
    assert [each["group_ID"] for each in divisions] == ["A"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_in_which_one_file_is_there_already_is_left_as_it_is(tmp_path):
    (tmp_path / "plan-years.csv.gz").write_text("last year's")
    arguments = (tmp_path, "--database", "VBA_Demo", "--gzip")
    assert "already exists" in refusal(*arguments, command="dump_folder")
    assert [path.name for path in tmp_path.iterdir()] == ["plan-years.csv.gz"]
    call_command("dump_folder", *map(str, arguments), "--overwrite")
    assert len([*tmp_path.iterdir()]) == len(table_names())
    assert (tmp_path / "plan-years.csv.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").touch()
    text = refusal(tmp_path / "file" / "dumps", "--database", "VBA_Demo", command="dump_folder")
    assert text.endswith("dumps: The folder cannot be created: Not a directory.")
