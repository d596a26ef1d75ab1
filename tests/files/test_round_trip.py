"""What is dumped loads again and changes nothing, in every format, also into another database."""

import pytest
from django.core.management import call_command

from groups.models import Group, GroupDivision
from tables.context import databases
from tests.files.awkward import filled
from tests.files.loads import counts, load, run, stored
from tests.files.rows import make

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

FORMATS = ("csv", "tsv", "json", "ndjson", "xlsx", "csv.gz", "ndjson.gz")
KEYS = ("00417", "R&D/7", "Zoë 12", "=1+1", 'a "b"', " blank ", r"\N", "x,y;z\t", "1E5", "2024-01-31")
TURNS = 30


@pytest.fixture
def awkward_divisions():
    """Groups and divisions in VBA_Demo that hold values of every kind that are easily spoilt."""
    with databases.using("VBA_Demo"):
        for key in KEYS:
            make(Group, group_id=key)
        for turn in range(TURNS):
            values = filled(GroupDivision, turn)
            make(GroupDivision, group_id=KEYS[turn % len(KEYS)], division_id=f"{turn:03}", **values)


def dump(table, path):
    call_command("dump_table", table, str(path), database="VBA_Demo")


@pytest.mark.parametrize("format", FORMATS)
def test_a_dump_loaded_again_changes_nothing(tmp_path, awkward_divisions, format):
    path = tmp_path / f"divisions.{format}"
    dump("divisions", path)
    before = stored(GroupDivision)
    outcome = load(path, table="divisions")
    assert (outcome.code, outcome.out) == (0, counts(TURNS, unchanged=TURNS)), outcome.err
    assert stored(GroupDivision) == before


@pytest.mark.parametrize("format", FORMATS)
def test_what_one_database_dumps_another_loads_and_dumps_alike(tmp_path, awkward_divisions, format):
    for table, rows in (("groups", len(KEYS)), ("divisions", TURNS)):
        path = tmp_path / f"{table}.{format}"
        dump(table, path)
        outcome = load(path, table=table, database="VBA_Acme")
        assert (outcome.code, outcome.out) == (0, counts(rows, created=rows)), outcome.err
    assert stored(GroupDivision, database="VBA_Acme") == stored(GroupDivision, database="VBA_Demo")


WRAPPED = [
    *('="x"', '=""', '\'="x"', '=""""', '="a""b"', '="', '""', '=="x"', ' ="x"', '="a\tb"', '="a\nb"'),
    *('="x', "sep=;", "#N/A", "1.23E+11", '\ufeff="x"', "'", "''=\"x\""),
]


@pytest.mark.parametrize("format", FORMATS)
def test_what_looks_protected_from_spreadsheets_comes_back_as_it_is(tmp_path, format):
    with databases.using("VBA_Demo"):
        make(Group, group_id="G1")
        for n, text in enumerate(WRAPPED):
            make(GroupDivision, group_id="G1", division_id=f"D{n}", name=text, notes=text * 2)
    before = stored(GroupDivision)
    dump("divisions", path := tmp_path / f"divisions.{format}")
    assert load(path, table="divisions").out == counts(len(WRAPPED), unchanged=len(WRAPPED))
    with databases.using("VBA_Demo"):
        GroupDivision.objects.all().delete()
    assert load(path, table="divisions").out == counts(len(WRAPPED), created=len(WRAPPED))
    assert stored(GroupDivision) == before


def test_a_folder_that_was_dumped_loads_as_a_folder(tmp_path, awkward_divisions):
    folder = tmp_path / "all"
    call_command("dump_folder", str(folder), database="VBA_Demo")
    outcome = run("load_folder", folder, database="VBA_Acme")
    assert outcome.code == 0, outcome.err
    assert stored(GroupDivision, database="VBA_Acme") == stored(GroupDivision, database="VBA_Demo")


def test_a_folder_is_loaded_parents_first_and_a_dry_run_knows_the_parents_it_would_make(tmp_path):
    (tmp_path / "plan_years.csv").write_text(
        "group_id,division_id,plan_year,qtr4_accum,qtr4_deductible,qtr4_member,qtr4_out_of_pocket,"
        "qtr4_subscriber\nG1,A,2024,0,0,0,0,0\nG1,B,2024,0,0,0,0,0\n"
    )
    with databases.using("VBA_Demo"):
        make(Group, group_id="G1")
        make(GroupDivision, group_id="G1", division_id="A")
    for table in ("groups", "divisions"):
        dump(table, tmp_path / f"{table}.json")
    for options, stored_divisions in ((("--dry-run",), 0), ((), 1)):
        outcome = run("load_folder", tmp_path, *options, database="VBA_Acme")
        assert outcome.code == 1
        words = [line.split(":")[0] for line in outcome.out.splitlines()]
        assert words == ["groups.json", "divisions.json", "plan_years.csv"]
        assert "2 rows: 1 created, 0 updated, 0 unchanged, 1 refused" in outcome.out
        assert len(stored(GroupDivision, database="VBA_Acme")) == stored_divisions


def test_a_folder_with_a_file_of_no_table_is_reported_before_anything_is_stored(tmp_path):
    (tmp_path / "grupos.csv").write_text("group_id\n")
    outcome = run("load_folder", tmp_path)
    assert outcome.code == 2
    assert "There is no table 'grupos'" in outcome.err
