"""``manage.py load_folder``: parents first, several files a table, reports, and where it stops."""

import gzip
import json

import openpyxl
import pytest
from django.core.management import call_command

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.schema.columns import columns
from tables.schema.registry import table_names
from tests.files.loads import counts, report, run, stored

pytestmark = pytest.mark.django_db(databases="__all__")


def required(model):
    return {column.api: 0 for column in columns(model) if column.required and not column.is_key}


@pytest.fixture
def folder(tmp_path):
    """A folder of the three tables, named so that children come first in the alphabet."""
    folder = tmp_path / "in"
    folder.mkdir()
    flags = dict.fromkeys(required(Group), False)
    groups = [{"group_ID": key, **flags} for key in ("G1", "G2")]
    (folder / "groups.2026.json.gz").write_bytes(gzip.compress(json.dumps(groups).encode()))
    write_csv(folder / "Divisions.csv", GroupDivision, ["G1,A", "G2,B", "G9,C"], "Group_ID,Division_ID")
    book = openpyxl.Workbook()
    book.active.append(["Group_ID", "Division_ID", "Plan_Year", *required(GroupPlanYear)])
    for group, division in (("G1", "A"), ("G2", "X")):
        book.active.append([group, division, "2024", *[False] * 5])
    book.save(folder / "Plan_Years.xlsx")
    (folder / ".hidden.csv").write_text("not looked at")
    (folder / "archive").mkdir()
    return folder


def write_csv(path, model, keys, header):
    zeros = ",0" * len(required(model))
    names = ",".join([header, *required(model)])
    path.write_text("\n".join([names, *(key + zeros for key in keys), ""]))


def load_folder(folder, *options):
    with databases.using("VBA_Demo"):
        return run("load_folder", folder, *options)


def numbers():
    return [len(stored(model)) for model in (Group, GroupDivision, GroupPlanYear)]


SUMMARY = [
    f"groups.2026.json.gz: {counts(2, created=2)}",
    f"Divisions.csv: {counts(3, created=2, refused=1)}",
    f"Plan_Years.xlsx: {counts(2, created=1, refused=1)}",
]


def test_parents_are_loaded_first_whatever_the_files_are_called(folder):
    outcome = load_folder(folder, "--user", "night shift")
    assert outcome.code == 1
    assert outcome.out.splitlines(keepends=True) == SUMMARY
    assert numbers() == [2, 2, 1]
    assert {row["entry_user"] for row in stored(GroupPlanYear, "entry_user").values()} == {"night shift"}
    assert "G9" in outcome.err
    assert load_folder(folder).out.splitlines()[0] == f"groups.2026.json.gz: {counts(2, unchanged=2)}".strip()


def test_a_dry_run_knows_the_parents_that_it_would_make(folder, tmp_path):
    outcome = load_folder(folder, "--dry-run", "--errors", tmp_path / "e", "--rejects", tmp_path / "r")
    assert outcome.code == 1
    note = " (dry run: nothing was stored)"
    assert outcome.out.splitlines() == [line.strip() + note for line in SUMMARY]
    assert numbers() == [0, 0, 0]
    assert len(report(tmp_path / "e" / "Divisions.csv.errors.csv")) == 1


def test_reports_go_to_folders_and_what_is_corrected_there_loads_as_a_folder(folder, tmp_path):
    outcome = load_folder(
        folder, "--errors", tmp_path / "out" / "errors", "--rejects", tmp_path / "out" / "rejects"
    )
    assert outcome.code == 1
    assert {path.name for path in (tmp_path / "out" / "errors").iterdir()} == {
        "groups.2026.json.gz.errors.csv",
        "Divisions.csv.errors.csv",
        "Plan_Years.xlsx.errors.csv",
    }
    assert [line[:3] for line in report(tmp_path / "out" / "errors" / "Plan_Years.xlsx.errors.csv")] == [
        (3, "G2 / X / 2024", "division_ID")
    ]
    rejects = tmp_path / "out" / "rejects"
    assert {path.name for path in rejects.iterdir()} == {
        "groups.2026.json",
        "Divisions.csv",
        "Plan_Years.xlsx.csv",
    }
    years = rejects / "Plan_Years.xlsx.csv"
    years.write_text(years.read_text().replace("G2,X", "G2,B"))
    divisions = rejects / "Divisions.csv"
    divisions.write_text(divisions.read_text().replace("G9,C", "G2,C"))
    outcome = load_folder(rejects)
    assert (outcome.code, outcome.err) == (0, "")
    assert [line.split(": ")[1] for line in outcome.out.splitlines(keepends=True)] == [
        "0 rows",
        "1 rows",
        "1 rows",
    ]
    assert numbers() == [2, 3, 2]


def test_several_files_of_one_table_have_reports_of_their_own(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("divisions.1.csv", "divisions.2.csv", "divisions.1.tsv", "divisions.csv"):
        write_csv(folder / name, GroupDivision, [f"none,{name}"], "group_id,division_id")
    outcome = load_folder(folder, "--errors", tmp_path / "e", "--rejects", tmp_path / "r")
    assert outcome.code == 1
    assert len([*(tmp_path / "e").iterdir()]) == len([*(tmp_path / "r").iterdir()]) == 4
    for path in folder.iterdir():
        ((_, key, *_),) = report(tmp_path / "e" / f"{path.name}.errors.csv")
        assert key == f"none / {path.name}"
        assert (tmp_path / "r" / path.name).read_text() == path.read_text()


def test_a_file_that_cannot_be_read_stops_the_run_which_tells_what_was_stored(folder):
    (folder / "Divisions.csv").write_text("group_id,division_id,nonsense\n")
    outcome = load_folder(folder)
    assert outcome.code == 2
    assert outcome.out == SUMMARY[0]
    assert outcome.err == f"{folder}/Divisions.csv: Unknown columns for divisions: 'nonsense'.\n"
    assert numbers() == [2, 0, 0]


def test_a_dry_run_that_stops_has_stored_nothing_and_says_so(folder):
    (folder / "Divisions.csv").write_bytes(b"")
    outcome = load_folder(folder, "--dry-run")
    assert outcome.code == 2
    assert outcome.out == SUMMARY[0].strip() + " (dry run: nothing was stored)\n"
    assert outcome.err == f"{folder}/Divisions.csv: The file is empty.\n"
    assert numbers() == [0, 0, 0]


def test_a_file_of_no_table_is_reported_before_anything_is_stored(folder):
    (folder / "subgroups.csv").write_text("group_id\n")
    outcome = load_folder(folder)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        f"{folder}/subgroups.csv: There is no table 'subgroups'. Choose one of: {', '.join(table_names())}.\n"
    )
    assert numbers() == [0, 0, 0]


def test_a_path_that_is_not_a_folder_or_an_empty_folder_is_reported(folder):
    for path, reason in (
        (folder / "nowhere", "This is not a folder."),
        (folder / "Divisions.csv", "This is not a folder."),
        (folder / "archive", "The folder has no files."),
    ):
        outcome = load_folder(path)
        assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{path}: {reason}\n")


@pytest.mark.parametrize("option", ["--errors", "--rejects"])
def test_a_folder_for_reports_that_cannot_be_used_is_reported_before_anything_is_stored(folder, option):
    for path, reason in (
        (folder / "Divisions.csv", "The folder cannot be created: File exists."),
        (folder / "Divisions.csv" / "x", "The folder cannot be created: Not a directory."),
        (folder / "archive" / "..", "This is the folder being loaded. Choose another for the reports."),
    ):
        outcome = load_folder(folder, option, path)
        assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{path}: {reason}\n")
    assert numbers() == [0, 0, 0]


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("format", ["csv", "tsv", "json", "ndjson", "xlsx"])
def test_tables_without_rows_are_dumped_and_loaded_too(tmp_path, format):
    call_command("dump_folder", str(tmp_path / "all"), "--database", "VBA_Demo", "--format", format)
    outcome = load_folder(tmp_path / "all")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "".join(f"{name}.{format}: {counts(0)}" for name in table_names())
