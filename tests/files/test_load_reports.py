"""The reports of refused rows: every reason with its line, private and legible; rejects that load again."""

import csv
import gzip
import json
import stat

import openpyxl
import pytest
from django.test.utils import isolate_apps

from tables.context import databases
from tables.files.refusals import report_to
from tables.files.segments import FileRecord
from tables.files.source import open_source
from tables.schema.fields import key_text, sensitive_text
from tables.schema.models import Section, Table
from tables.schema.problems import Problem
from tables.write.records import writable
from tests.files.loads import FLAGS, KEY, NO, counts, load, make_divisions, report, stored

pytestmark = pytest.mark.django_db(databases="__all__")

HEADER = ",".join((*KEY, *FLAGS, "plan_Type", "ex_Code"))
START = "G1,A,{},0,0,0,0,0,"


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with a division to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A")
        yield


@pytest.fixture
def errors(tmp_path):
    return tmp_path / "errors.csv"


@pytest.fixture
def rejects(tmp_path):
    return tmp_path / "rejects"


def write(tmp_path, *lines, header=HEADER, encoding="utf-8", name="p.csv"):
    (tmp_path / name).write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return tmp_path / name


# --- what is wrong ---


def test_every_reason_is_reported_in_the_order_of_the_file_by_the_first_line_of_its_record(tmp_path, errors):
    text = f"""
{START.format(1)}a,b
G1,A,2,maybe,,0,0,0,toolong,b

{START.format(3)}"a
b","c
d"
G1,B,4,0,0,0,0,0,"toolong
too",x
G1,B,5,0,0,0,0,0,"a
b",x

G1,A,6,0,0,0,0
{START.format(7)}"c

d",toolong"""
    outcome = load(write(tmp_path, *text.split("\n")[1:]), "--errors", errors)
    assert (outcome.code, outcome.out) == (1, counts(7, created=2, refused=5))
    expected = [
        (3, "2", "qtr4_Accum", "maybe", "qtr4_Accum must be true or false."),
        (3, "2", "qtr4_Deductible", "", "qtr4_Deductible is required."),
        (3, "2", "plan_Type", "toolong", "plan_Type has 7 characters. At most 6 are allowed."),
        (8, "4", "plan_Type", "toolong\ntoo", "plan_Type has 11 characters. At most 6 are allowed."),
        (10, "5", "division_ID", "B", "GroupDivision 'G1' / 'B' was not found."),
        (13, "6", "", "", "The record has 7 values, but the header has 10 names."),
        (14, "7", "ex_Code", "toolong", "ex_Code has 7 characters. At most 6 are allowed."),
    ]
    found = report(errors)
    assert [(line, key.rpartition(" / ")[2], *rest) for line, key, *rest in found] == [
        (line, key, column, value, reason.replace("GroupDivision", "Division"))
        for line, key, column, value, reason in expected
    ]


def test_the_first_refused_rows_are_shown_and_the_rest_pointed_to(tmp_path):
    outcome = load(write(tmp_path, *(START.format(n) + "toolong," for n in range(30))))
    lines = outcome.err.splitlines()
    assert lines[0] == "line 2 (G1 / A / 0): plan_Type has 7 characters. At most 6 are allowed."
    assert len(lines) == 21
    assert lines[-1] == "… and more. --errors FILE reports all of them."


def test_what_a_key_holds_cannot_play_tricks_on_the_terminal(tmp_path, errors):
    outcome = load(write(tmp_path, "G\x1b[2J,A\0,\x07\x9b,0,0,0,0,0,,"), "--errors", errors)
    assert r"(G\x1b[2J / A\0 / \x07\x9b)" in outcome.err
    assert report(errors)[0][1] == r"G\x1b[2J / A\0 / \x07\x9b"


@pytest.mark.parametrize(
    ("ssn", "shown"), [("123-45-678900", "•••••"), ("12345", "•••••"), ("1", "•••••"), ("", ""), (None, "")]
)
@isolate_apps("groups")
def test_social_security_numbers_are_masked(tmp_path, errors, ssn, shown):
    class Person(Table):
        key = ("person_id",)
        tabs = ("Person",)
        person = Section("Person")
        person_id = key_text("Person ID", 20, "Who it is.")
        ssn = sensitive_text("SSN", 11, "The number.")

        class Meta(Table.Meta):
            app_label = "groups"

    values = {column: ssn if column.db == "ssn" else "P1" for column in writable(Person)}
    with open_source(str(write(tmp_path))) as source, report_to(str(errors), Person, source) as tell:
        tell(FileRecord(7, "x", values, list), [Problem("ssn", "It is wrong.")])
    assert report(errors) == [(7, "P1", "ssn", shown, "It is wrong.")]


# --- the files themselves ---


@pytest.mark.parametrize("there", [False, True])
def test_reports_are_readable_only_by_their_owner(tmp_path, errors, rejects, there):
    if there:
        errors.write_text("last year's" * 1_000)
        errors.chmod(0o644)
        rejects.write_text("last year's" * 1_000)
    assert load(write(tmp_path), "--errors", errors, "--rejects", rejects).code == 0
    assert [stat.S_IMODE(path.stat().st_mode) for path in (errors, rejects)] == [0o600, 0o600]
    assert report(errors) == []
    assert rejects.read_text() == f"{HEADER}\n"


@pytest.mark.parametrize("option", ["--errors", "--rejects"])
def test_a_report_that_cannot_be_written_is_reported_before_anything_is_stored(tmp_path, option):
    path = write(tmp_path, START.format(1) + ",")
    for target, reason in (
        (tmp_path / "nowhere" / "x", "The file cannot be written: No such file or directory."),
        (tmp_path, "The file cannot be written: Is a directory."),
        (path, "This is the file being loaded. Choose another file for the rejected rows."),
    ):
        outcome = load(path, option, target)
        assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{target}: {reason}\n")
    assert stored() == {}
    assert path.read_text() == f"{HEADER}\n{START.format(1)},\n"


def test_the_file_that_is_loaded_is_known_by_any_name(tmp_path):
    path = write(tmp_path, START.format(1) + ",")
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "same").hardlink_to(path)
    for name in ("link", "same"):
        assert "This is the file being loaded" in load(path, "--rejects", tmp_path / name).err
    assert path.read_bytes() == before


def test_both_reports_in_one_file_are_refused(tmp_path):
    outcome = load(write(tmp_path), "--errors", tmp_path / "x", "--rejects", tmp_path / "." / "x")
    assert outcome.code == 2
    assert "--errors and --rejects must be different files." in outcome.err


@pytest.mark.parametrize("option", ["--errors", "--rejects"])
@pytest.mark.parametrize("rows", [3, 3_000])
def test_a_report_for_which_there_is_no_room_lets_nothing_be_stored(tmp_path, option, rows):
    lines = (START.format(n) + ("toolong," if n % 2 else ",") for n in range(rows))
    outcome = load(write(tmp_path, *lines), option, "/dev/full")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.endswith("/dev/full: The file cannot be written: No space left on device.\n")
    assert stored() == {}


# --- rejects ---


def correct(path, wrong=b"toolong", right=b"right"):
    content = path.read_bytes()
    assert wrong in content
    path.write_bytes(content.replace(wrong, right))


def test_rejects_of_csv_are_the_very_lines(tmp_path, rejects):
    bad = [
        START.format(2) + 'toolong,"é\n""x"""',
        "G1,A,3,0,0",
        START.format(4) + '"x"y,',
        "none,A,5,0,0,0,0,0, x ,",
    ]
    outcome = load(write(tmp_path, START.format(1) + ",", *bad), "--rejects", rejects)
    assert outcome.out == counts(5, created=1, refused=4)
    assert rejects.read_text() == "\n".join([HEADER, *bad, ""])
    correct(rejects)
    assert load(rejects).out == counts(4, created=1, refused=3)
    assert stored()["G1", "A", "2"]["ex_code"] == 'é\n"x"'


@pytest.mark.parametrize("delimiter", [";", "\t", "~"])
def test_rejects_keep_the_delimiter(tmp_path, rejects, delimiter):
    path = write(
        tmp_path,
        (START.format(1) + "toolong,").replace(",", delimiter),
        header=HEADER.replace(",", delimiter),
    )
    options = ["--delimiter", "~"] if delimiter == "~" else []
    assert load(path, "--rejects", rejects, *options).out == counts(1, refused=1)
    correct(rejects)
    assert load(rejects, *options).out == counts(1, created=1)


def test_rejects_of_another_encoding_load_with_and_without_the_option(tmp_path, rejects):
    path = write(tmp_path, START.format(1) + "toolong,Zoë €", encoding="cp1252")
    assert load(path, "--encoding", "cp1252", "--rejects", rejects).out == counts(1, refused=1)
    correct(rejects)
    assert load(rejects, "--encoding", "cp1252").out == counts(1, created=1)
    assert load(rejects).out == counts(1, unchanged=1)
    assert stored()["G1", "A", "1"]["ex_code"] == "Zoë €"


def test_rejects_that_are_not_utf8_keep_their_bytes(tmp_path, rejects, errors):
    path = tmp_path / "p.csv"
    path.write_bytes(f"{HEADER}\n{START.format(1)}".encode() + b"caf\xe9,\xff\n")
    assert load(path, "--rejects", rejects, "--errors", errors).out == counts(1, refused=1)
    assert rejects.read_bytes() == path.read_bytes()
    assert load(rejects, "--encoding", "latin-1").out == counts(1, created=1)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["p.json", "p.ndjson"])
def test_rejects_of_json_are_the_very_records(tmp_path, rejects, errors, name, packed):
    key = '{"group_ID":"G1","division_ID":"A","plan_Year":"%s",' + "".join(
        f'"{flag}":false,' for flag in FLAGS
    )
    records = [
        key % 1 + '"ex_Code": "Zo\\u00eb"}',
        key % 2 + '"plan_Type":"toolong"}',
        key % 3 + '"plan_Type":"caf\xe9"}',
    ]
    records += [key % 4 + '"plan_Type":"\\ud800"}', '{"group_ID" "G1"}', "17"]
    lines = "\n".join(records) if name == "p.ndjson" else f"[{','.join(records)}]"
    content = lines.encode("latin-1")
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    outcome = load(tmp_path / name, "--rejects", rejects, "--errors", errors)
    assert outcome.out == counts(6, created=1, refused=5)
    assert [line[0] for line in report(errors)] == [2, 3, 4, 5, 6]
    kept = [record.encode("latin-1") for record in records[1:]]
    assert rejects.read_bytes() == (
        b"\n".join(kept) + b"\n" if name == "p.ndjson" else b"[\n" + b",\n".join(kept) + b"\n]\n"
    )
    correct(rejects)
    assert load(rejects, "--format", name[2:]).out == counts(5, created=1, refused=4)


def test_rejects_of_a_workbook_are_csv(tmp_path, rejects, errors):
    book = openpyxl.Workbook()
    book.active.append([*KEY, *FLAGS, "plan_Type", "ex_Code"])
    book.append = book.active.append
    book.append(["G1", "A", "1", *[False] * 5, "toolong", 'a,"\n'])
    book.append([])
    book.append(["G1", "A", 2024, *[True] * 5, "=NA()", None])
    book.active["I4"].value, book.active["I4"].data_type = "#N/A", "e"
    book.save(tmp_path / "p.xlsx")
    outcome = load(tmp_path / "p.xlsx", "--rejects", rejects, "--errors", errors)
    assert outcome.out == counts(2, refused=2)
    assert [line[:4] for line in report(errors)] == [
        (2, "G1 / A / 1", "plan_Type", "toolong"),
        (4, "G1 / A / 2024", "plan_Type", "#N/A"),
    ]
    with rejects.open(newline="") as file:
        assert [*csv.reader(file)] == [
            HEADER.split(","),
            ["G1", "A", "1", *["FALSE"] * 5, "toolong", 'a,"\n'],
            ["G1", "A", "2024", *["TRUE"] * 5, "#N/A", ""],
        ]
    correct(rejects)
    assert load(rejects).out == counts(2, created=2)
    assert stored()["G1", "A", "1"]["ex_code"] == 'a,"\n'


def test_nothing_to_report_leaves_reports_that_load(tmp_path, rejects):
    record = json.dumps(dict(zip((*KEY, *FLAGS), ("G1", "A", "1", *[False] * len(NO)), strict=True)))
    for name, content in (("p.csv", HEADER), ("p.json", f"[{record}]"), ("p.ndjson", record)):
        (tmp_path / name).write_text(content)
        assert load(tmp_path / name, "--rejects", rejects).code == 0
        assert load(rejects, "--format", name[2:]).out == counts(0)
