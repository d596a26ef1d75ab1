"""Files that cannot be loaded as a whole: why, in a sentence; exit code 2; and nothing is stored."""

import gzip
import io
import json
import os

import openpyxl
import pytest

from planyears.models import GroupPlanYear
from tables.context import databases
from tables.files import loading
from tables.files.loading import load as load_source
from tables.files.readers import open_reader
from tables.files.source import FileProblem, open_source
from tests.files.loads import FLAGS, KEY, NO, counts, load, make_divisions, report, stored

pytestmark = pytest.mark.django_db(databases="__all__")

HEADER = ",".join((*KEY, *FLAGS))
ZEROS = ",".join(NO)
ROW = f"G1,A,1,{ZEROS}"
RECORD = json.dumps({"group_ID": "G1", "division_ID": "A", "plan_Year": "1", **dict.fromkeys(FLAGS, False)})


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with a division to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A")
        yield


def refusal(path, *options):
    """Return why a file is refused as a whole."""
    outcome = load(path, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert stored() == {}
    assert outcome.err.count("\n") == 1
    prefix = "standard input: " if path == "-" else f"{path}: "
    assert outcome.err.startswith(prefix)
    return outcome.err.removeprefix(prefix).strip()


@pytest.fixture
def refused(tmp_path):
    """Write a file and return why it is refused."""

    def write(content, name="p.csv", *options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return refusal(path, *options)

    return write


# --- headers ---


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{HEADER},nonsense", "Unknown columns for plan-years: 'nonsense'."),
        (
            f"{HEADER},Plan Tpye,x\x1b",
            "Unknown columns for plan-years: 'Plan Tpye' (did you mean Plan_Type?), 'x?'.",
        ),
        (f"{HEADER},plan_year", "Repeated columns: Plan_Year."),
        (f"{HEADER},PLAN YEAR, Plan_Year ,FROM_date,From Date", "Repeated columns: Plan_Year, From_Date."),
        ("group_id,plan_type", "Missing key columns: Division_ID, Plan_Year."),
        (f"{HEADER},,From_Date, ,,Plan_Type", "Columns without a name: 9, 11, 12."),
        (f"{HEADER},,x, ", "Column without a name: 9. Unknown columns for plan-years: 'x'."),
        (
            "group_id,x,group_id",
            "Unknown columns for plan-years: 'x'. Repeated columns: Group_ID. "
            "Missing key columns: Division_ID, Plan_Year.",
        ),
    ],
)
@pytest.mark.parametrize("name", ["p.csv", "p.xlsx"])
def test_all_errors_of_the_header_are_reported_at_once(tmp_path, refused, header, expected, name):
    if name == "p.csv":
        assert refused(f"{header}\n{ROW}\n") == expected
    elif "\x1b" not in header and not header.rstrip().endswith(","):
        assert refused(workbook([header.split(","), ["G1", "A", "1"]]), name) == expected


def workbook(*sheets):
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file.getvalue()


def test_a_file_without_header_does_not_show_whose_data_it_holds(refused):
    text = refused("Jane Doe,123-45-6789,1\nJohn Roe,987-65-4321,2\n")
    assert text.startswith(
        "The file has no column of plan-years. A csv file or workbook must start with the column names"
    )
    assert "123" not in text
    text = refused("group_id~division_id~plan_year\n")
    assert text.startswith("The file has no column of plan-years.")
    assert "~" not in text


# --- files of nothing, or of something else ---


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.json", "p.ndjson", "p.xlsx", "p", "p.csv.gz"])
def test_an_empty_file_is_reported(refused, name):
    assert refused(b"", name) == "The file is empty."
    assert refused(gzip.compress(b""), name) == "The file is empty."


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (RECORD, "p.json", "The file has a JSON object instead of an array of records."),
        (f'{{"data": [{RECORD}]}}', "p.json", "The file has a JSON object instead of an array of records."),
        (f'{{"data": [{RECORD}]}}', "p", "The file has a JSON object instead of an array of records."),
        (f"[{RECORD}", "p.json", "The file is truncated"),
        (f"[{RECORD},", "p.json", "The file is truncated"),
        (f"[{RECORD},]", "p.json", "A record is missing before the ]."),
        (f"[{RECORD}][]", "p.json", "There is more text after the end of the array"),
        (f"[{RECORD} {RECORD}]", "p.json", "Record 1 is followed by neither a comma nor ]"),
        (f"[{RECORD},{RECORD[:-9]}", "p.json", "Record 2, at byte offset"),
        (
            '"text"',
            "p.json",
            "The name says json, but the file does not start with a record or an array of records.",
        ),
        (f"[{RECORD}]", "p.x", None),
        (RECORD.encode(), "p.xlsx", None),
        (f"{HEADER}\n{ROW}", "p.xlsx", "The name ends in .xlsx, but this is not an Excel workbook."),
        (
            gzip.compress(f"{HEADER}\n{ROW}".encode())[:-4],
            "p.csv.gz",
            "The file is truncated: the gzip data ends early",
        ),
        (gzip.compress(f"{HEADER}\n{ROW}".encode())[:-4] + b"wxyz", "p.csv.gz", "The gzip data is damaged"),
        (f"<html><table>{HEADER}", "p.csv", "The file is HTML or XML, which cannot be loaded."),
        (b"%PDF-1.7", "p.csv", "The file is a PDF, which cannot be loaded."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "p.xls", "The file is an old Excel workbook (.xls)"),
    ],
)
def test_files_of_the_wrong_kind_are_reported(refused, content, name, expected):
    if expected:
        assert expected in refused(content, name)


def test_a_large_file_that_ends_in_the_middle_is_not_stored_at_all(tmp_path, refused):
    rows = "\n".join(f"G1,A,{n},{ZEROS}" for n in range(20_000))
    packed = gzip.compress(os.urandom(0) + f"{HEADER}\n{rows}\n".encode(), 1)
    assert "The file is truncated" in refused(packed[: len(packed) * 9 // 10], "p.csv.gz")
    records = ",".join(RECORD.replace('"1"', f'"{n}"') for n in range(5_000))
    assert "The file is truncated" in refused(f"[{records}", "p.json")


def test_a_bomb_is_refused_when_it_grows_too_large(refused, settings):
    settings.FILE_MAX_UNPACKED_BYTES = 3_000_000
    bomb = gzip.compress(f"{HEADER}\n".encode() + f"{ROW}\n".encode() * 200_000)
    assert refused(bomb, "p.csv.gz").startswith("The file unpacks to more than 3,000,000 bytes.")
    rows = [[*KEY, *FLAGS], *[["G1", "A", "x" * 30_000]] * 200]
    assert "It is not a real workbook" in refused(workbook(rows), "p.xlsx")


def test_a_missing_file_is_reported(tmp_path):
    assert refusal(tmp_path / "p.csv") == "There is no such file."
    assert refusal(tmp_path) == "This is a folder, not a file."


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            ["--encoding", "klingon"],
            "There is no encoding 'klingon'. Examples: utf-8, latin-1, cp1252, utf-16.",
        ),
        (["--encoding", "ascii"], "The file is not ascii: the byte at offset"),
        (["--encoding", "utf-16"], None),
        (["--format", "xlsx"], "The file is not an xlsx workbook."),
        (["--format", "json"], "The file is not a JSON array of records: it does not start with [."),
    ],
)
def test_options_that_the_file_contradicts_are_reported(refused, options, expected):
    text = refused(f"{HEADER},plan_type\nG1,A,1,{ZEROS},Zoë\n", "p.csv", *options)
    assert expected is None or expected in text


# --- workbooks ---


def test_several_sheets_and_sheets_of_no_rows_are_reported(refused):
    rows = [[*KEY, *FLAGS]]
    assert "More than one sheet has rows: 'Sheet', 'Sheet1'. Choose one (--sheet)." in refused(
        workbook(rows, rows), "p.xlsx"
    )
    assert "There is no sheet 'x'. The workbook has: 'Sheet', 'Sheet1'." in refused(
        workbook(rows, []), "p.xlsx", "--sheet", "x"
    )
    assert refused(workbook([]), "p.xlsx") == "The sheet 'Sheet' is empty."


def test_formulas_without_result_and_rows_that_are_too_long_are_refused_by_themselves(tmp_path):
    rows = [[*KEY, *FLAGS], ["G1", "A", "=1+1", *[True] * 5], ["G1", "A", "2", *[True] * 5, "x"]]
    rows += [["G1", "A", "3", "yes", 1, "f", False, 0]]
    (tmp_path / "p.xlsx").write_bytes(workbook(rows))
    outcome = load(tmp_path / "p.xlsx", "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(3, created=1, refused=2)
    assert report(tmp_path / "e.csv") == [
        (2, "G1 / A / ", "plan_Year", "", "plan_Year holds a formula without a stored result."),
        (3, "G1 / A / 2", "", "", "Column 9 (I) has a value, but the header has no name for it."),
    ]


# --- files that change while they are read ---


def load_while(path, change, errors=0):
    """Load a file and change it when it is being read, or when its errors are being told."""
    seen = []

    def once(*_):
        if not seen:
            seen.append(change(path))

    with open_source(str(path)) as source:
        reader = open_reader(GroupPlanYear, source)
        hooks = {"tell": once} if errors else {"progress": once, "tell": lambda *_: None}
        return load_source(GroupPlanYear, source, reader, **hooks)


CHANGES = {
    "appended to": lambda path: path.open("a").write("x"),
    "written anew": lambda path: path.write_text(f"{HEADER}\n"),
    "truncated": lambda path: path.open("r+").truncate(1_000),
    "replaced": lambda path: (
        path.with_suffix(".new").write_text(HEADER),
        path.with_suffix(".new").replace(path),
    ),
    "removed": lambda path: path.unlink(),
    "touched": lambda path: os.utime(path, (1, 1)),
}


@pytest.mark.parametrize("bad", ["", "x"])
@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read_is_not_stored(tmp_path, change, told, bad):
    path = tmp_path / "p.csv"
    rows = (f"G1,{'A' if n % 50 else bad},{n},{ZEROS}" for n in range(60_000))
    path.write_text("\n".join([HEADER, *rows]))
    with pytest.raises(FileProblem, match=r"(changed|removed) while it was being read"):
        load_while(path, CHANGES[change], told)
    assert stored() == {}


# --- keys that come again, and segments ---


@pytest.mark.parametrize("segment", [1, 2, 3, 1_000])
def test_rows_end_as_if_they_came_one_after_the_other_wherever_segments_end(tmp_path, monkeypatch, segment):
    monkeypatch.setattr(loading, "SEGMENT", segment)
    monkeypatch.setattr("tables.files.segments._BATCH_CHARACTERS", 20)
    lines = [
        ("1", "A", "a"),  # created
        ("1", "A", "a"),  # unchanged
        ("2", "A", "b"),  # created
        ("1", "A", "c"),  # updated
        ("1", "X", "d"),  # refused
        ("1", "A", "toolong"),  # refused
        ("2", "A", "b"),  # unchanged
        ("1", "A", "c"),  # unchanged
        ("1", "A", "a"),  # updated
        ("3", "A", ""),  # created
        ("2", "A", "toolong"),  # refused
    ]
    path = tmp_path / "p.csv"
    rows = [f"G1,{division},{year},{ZEROS},{text}" for year, division, text in lines]
    path.write_text("\n".join([f"{HEADER},plan_type", *rows]))
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(11, created=3, updated=2, unchanged=3, refused=3)
    assert [line[0] for line in report(tmp_path / "e.csv")] == [6, 7, 12]
    assert {key[2]: row["plan_type"] for key, row in stored().items()} == {"1": "a", "2": "b", "3": None}


def test_a_file_of_nothing_but_bad_rows_stores_nothing_and_reports_all(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "SEGMENT", 1_000)
    path = tmp_path / "p.csv"
    path.write_text("\n".join([HEADER, *(f"G1,A,{n},x" for n in range(25_000))]))
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(25_000, refused=25_000))
    assert [line[0] for line in report(tmp_path / "e.csv")] == [*range(2, 25_002)]
