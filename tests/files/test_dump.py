"""``manage.py dump_table``: what it writes, read back by other means, is what the database holds."""

import csv
import datetime
import getpass
import gzip
import io
import json
import stat
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from openpyxl.utils.escape import unescape

from access.models import AccessEntry
from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.context.actor import acting_as
from tables.files.xlsx.writer import XlsxWriter
from tables.rest.reading import rows_as_json
from tables.schema.column import Kind
from tables.schema.columns import columns
from tests.enrollment.world import make
from tests.files.awkward import filled

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

KEYS = ["é", "a", "B", "Z", "001", "=1", "G 1", "10", "9"]


@pytest.fixture
def demo():
    """VBA_Demo: groups in no order, and under the first of them divisions full of awkward values."""
    with databases.using("VBA_Demo"), acting_as('Zoë "Z", O\'Neil'):
        for key in KEYS:
            Group(group_id=key, **filled(Group, 1)).save(force_insert=True)
        for turn in range(35):
            GroupDivision(group_id="é", division_id=f"D{turn}", **filled(GroupDivision, turn)).save()
        yield


def stored_rows(model=GroupDivision):
    """Return what the database holds, in the order of keys: dicts by column."""
    names = [column.db for column in columns(model)]
    rows = [dict(zip(names, row, strict=True)) for row in model.objects.values_list(*names)]
    return sorted(rows, key=lambda row: [row[name].encode() for name in model.key])


def exact(rows):
    """Tell decimals of the same value but of other digits apart."""
    return [{name: repr(value) for name, value in row.items()} for row in rows]


def dump(tmp_path, name, *options, table="divisions", database="VBA_Demo"):
    path = tmp_path / name
    options = ("--database", database, "--sorted", *options)
    call_command("dump_table", table, str(path), *options, stderr=io.StringIO())
    return path


# --- each format, read by other means ---


def typed(column, text, as_text=str):
    """Return a csv value as what it stands for."""
    if text == "":
        return None
    if column.kind is Kind.FLAG:
        return {"t": True, "f": False}[text]
    readers = {Kind.INTEGER: int, Kind.NUMBER: Decimal, Kind.DAY: datetime.date.fromisoformat}
    readers[Kind.MOMENT] = moment
    return readers.get(column.kind, as_text)(text)


def unquoted(text):
    """Return a text without the quote that keeps a spreadsheet program from running it; none is without."""
    bare = text.lstrip("'")
    assert not text.startswith(tuple("=+-@\t\r\n＝"))
    return text[1:] if bare != text and bare.startswith(tuple("=+-@\t\r\n＝")) else text


def moment(text):
    assert text.endswith("Z")
    return datetime.datetime.fromisoformat(text)


def read_csv(text, delimiter=","):
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    assert header == [column.published for column in columns(GroupDivision)]
    pairs = [zip(columns(GroupDivision), row, strict=True) for row in rows]
    return [{column.db: typed(column, value, unquoted) for column, value in each} for each in pairs]


def text_of(path):
    return path.read_bytes().decode()


def test_csv_holds_what_the_database_holds(demo, tmp_path):
    assert exact(read_csv(text_of(dump(tmp_path, "d.csv")))) == exact(stored_rows())


def test_tsv_holds_what_the_database_holds(demo, tmp_path):
    assert exact(read_csv(text_of(dump(tmp_path, "d.tsv")), "\t")) == exact(stored_rows())


@pytest.mark.parametrize("delimiter", [";", "|", "tab", "%", "'"])
def test_csv_may_have_another_delimiter(demo, tmp_path, delimiter):
    text = text_of(dump(tmp_path, "d.csv", "--delimiter", delimiter))
    assert exact(read_csv(text, delimiter.replace("tab", "\t"))) == exact(stored_rows())


def from_json(record):
    assert list(record) == [column.api for column in columns(GroupDivision)]
    row = {column.db: record[column.api] for column in columns(GroupDivision)}
    for column in columns(GroupDivision):
        value = row[column.db]
        if value is not None and column.kind is Kind.DAY:
            assert value.endswith("T00:00:00Z")
            row[column.db] = datetime.date.fromisoformat(value[:10])
        elif value is not None and column.kind is Kind.MOMENT:
            row[column.db] = moment(value)
        elif value is not None and column.kind is Kind.NUMBER:
            row[column.db] = Decimal(value)
    return row


def test_json_holds_what_the_database_holds(demo, tmp_path):
    records = json.loads(text_of(dump(tmp_path, "d.json")), parse_float=Decimal)
    assert exact(map(from_json, records)) == exact(stored_rows())


def test_ndjson_holds_what_the_database_holds(demo, tmp_path):
    lines = text_of(dump(tmp_path, "d.ndjson")).split("\n")
    assert lines.pop() == ""
    records = [json.loads(line, parse_float=Decimal) for line in lines]
    assert exact(map(from_json, records)) == exact(stored_rows())


def test_json_is_what_the_api_answers(demo, tmp_path):
    answered = rows_as_json(GroupDivision.objects.order_by(*GroupDivision.key))
    assert text_of(dump(tmp_path, "d.ndjson")).split("\n")[:-1] == answered


def sheet_of(path):
    (sheet,) = openpyxl.load_workbook(path).worksheets
    return sheet


def from_cell(column, cell):
    """Return what a cell holds; texts must be cells of type text, not only look like one."""
    if cell.value is None:
        return None
    if column.kind is Kind.DAY and cell.is_date:
        return cell.value.date()
    if column.kind is Kind.FLAG:
        assert cell.data_type == "b"
        return cell.value
    if cell.data_type == "n":
        assert len(str(cell.value).strip("-0").replace(".", "").lstrip("0")) <= 15
        return cell.value if column.kind is Kind.INTEGER else Decimal(str(cell.value))
    assert (cell.data_type, cell.number_format) in {("s", "@"), ("inlineStr", "@")}
    return typed(column, unescape(cell.value))


def test_xlsx_holds_what_the_database_holds(demo, tmp_path):
    header, *rows = sheet_of(dump(tmp_path, "d.xlsx")).iter_rows()
    assert [cell.value for cell in header] == [column.published for column in columns(GroupDivision)]
    pairs = [zip(columns(GroupDivision), row, strict=True) for row in rows]
    assert [{column.db: from_cell(column, cell) for column, cell in each} for each in pairs] == stored_rows()


def test_in_xlsx_an_empty_cell_of_a_text_column_takes_what_is_typed_as_text(demo, tmp_path):
    workbook = openpyxl.load_workbook(dump(tmp_path, "d.xlsx"))
    (sheet,) = workbook.worksheets
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == "Zip_Code")
    assert sheet.column_dimensions[letter].number_format == "@"
    assert sheet.title == "divisions"


# --- which rows, in which order ---


@pytest.mark.parametrize("name", ["g.csv", "g.ndjson", "g.json", "g.tsv", "g.xlsx"])
def test_sorted_rows_come_in_the_order_of_their_keys(demo, tmp_path, name):
    path = dump(tmp_path, name, table="groups")
    read = {
        "csv": lambda: [unquoted(row["Group_ID"]) for row in csv.DictReader(path.open(newline=""))],
        "tsv": lambda: [
            unquoted(row["Group_ID"]) for row in csv.DictReader(path.open(newline=""), delimiter="\t")
        ],
        "json": lambda: [record["group_ID"] for record in json.loads(path.read_bytes())],
        "ndjson": lambda: [json.loads(line)["group_ID"] for line in path.read_bytes().splitlines()],
        "xlsx": lambda: [row[0].value for row in sheet_of(path).iter_rows(min_row=2)],
    }
    assert read[path.suffix[1:]]() == ["001", "10", "9", "=1", "B", "G 1", "Z", "a", "é"]


def test_the_key_chooses_rows(demo, tmp_path):
    GroupDivision(group_id="a", division_id="D1", **filled(GroupDivision, 3)).save()
    whole_group = read_csv(text_of(dump(tmp_path, "1.csv", "--key", "group_ID=a")))
    assert [(row["group_id"], row["division_id"]) for row in whole_group] == [("a", "D1")]
    one = read_csv(text_of(dump(tmp_path, "2.csv", "--key", "GROUP_ID=é", "--key", "Division_ID=D7")))
    assert [(row["group_id"], row["division_id"]) for row in one] == [("é", "D7")]
    assert read_csv(text_of(dump(tmp_path, "3.csv", "--key", "group_ID=' OR ''='"))) == []


def test_the_other_database_has_rows_of_its_own(demo, tmp_path):
    with databases.using("VBA_Acme"):
        Group(group_id="Only here", **filled(Group, 2)).save(force_insert=True)
    lines = dump(tmp_path, "g.ndjson", table="groups", database="VBA_Acme").read_bytes().splitlines()
    assert [json.loads(line)["group_ID"] for line in lines] == ["Only here"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("p.csv", ""), ("p.tsv", ""), ("p.ndjson", ""), ("p.json", []), ("p.xlsx", None)],
)
def test_an_empty_table_has_only_its_header(tmp_path, name, content):
    path = dump(tmp_path, name, table="plan-years")
    names = [column.published for column in columns(GroupPlanYear)]
    if path.suffix == ".xlsx":
        assert [[cell.value for cell in row] for row in sheet_of(path).iter_rows()] == [names]
    elif path.suffix == ".json":
        assert json.loads(path.read_bytes()) == []
    else:
        separator = "\t" if path.suffix == ".tsv" else ","
        header = ("" if path.suffix == ".ndjson" else separator.join(names)) + "\n"
        assert text_of(path) == header


def test_many_rows_come_out_as_few_do(demo, tmp_path):
    names = [column.db for column in columns(Group) if not column.is_key]
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO groups (group_id, {', '.join(names)}) SELECT 'M' || n, {', '.join(names)}"
            " FROM groups, generate_series(1, 1234) AS n WHERE group_id = 'a'"
        )
    keys = sorted([*KEYS, *(f"M{n}" for n in range(1, 1235))], key=str.encode)
    records = json.loads(text_of(dump(tmp_path, "g.json", table="groups")))
    assert [record["group_ID"] for record in records] == keys
    assert [row[0].value for row in sheet_of(dump(tmp_path, "g.xlsx", table="groups")).iter_rows()][
        1:
    ] == keys


# --- names, packing, standard output ---


@pytest.mark.parametrize("name", ["d.csv", "d.tsv", "d.json", "d.ndjson"])
def test_gz_packs_the_same_file(demo, tmp_path, name):
    packed = dump(tmp_path, f"{name}.gz")
    assert gzip.decompress(packed.read_bytes()) == dump(tmp_path, name).read_bytes()


def test_the_same_rows_make_the_same_packed_file(demo, tmp_path):
    assert dump(tmp_path, "1.csv.gz").read_bytes() == dump(tmp_path, "2.csv.gz").read_bytes()


def test_a_format_may_be_stated_for_any_name(demo, tmp_path):
    stated = dump(tmp_path, "divisions.dat", "--format", "ndjson")
    assert stated.read_bytes() == dump(tmp_path, "D.NDJSON").read_bytes()


@pytest.mark.parametrize(("options", "name"), [([], "d.csv"), (["--format", "json"], "d.json")])
def test_a_hyphen_is_standard_output(demo, tmp_path, capfdbinary, options, name):
    call_command("dump_table", "divisions", "-", "--database", "VBA_Demo", "--sorted", *options)
    out, err = capfdbinary.readouterr()
    assert out == dump(tmp_path, name).read_bytes()
    assert err.startswith(b"divisions: 35 rows in ")


def test_a_workbook_may_go_to_standard_output(demo, capfdbinary):
    call_command("dump_table", "divisions", "-", "--database", "VBA_Demo", "--format", "xlsx")
    assert sheet_of(io.BytesIO(capfdbinary.readouterr().out)).max_row == 36


def test_the_command_says_what_it_has_written(demo, tmp_path, capsys):
    path = tmp_path / "d.csv"
    call_command("dump_table", "divisions", str(path), "--database", "VBA_Demo")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("divisions: 35 rows in ")
    assert said.err.endswith(f" s, {path.stat().st_size:,} bytes in {path}\n")


def test_a_dump_is_closed_to_others(demo, tmp_path):
    assert stat.S_IMODE(dump(tmp_path, "d.csv").stat().st_mode) == 0o600


# --- what a workbook cannot hold ---


def refusal(tmp_path, name, *options, table="divisions", database="VBA_Demo"):
    with pytest.raises(CommandError) as refused:
        dump(tmp_path, name, *options, table=table, database=database)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_a_text_too_long_for_a_cell_is_refused_by_name(demo, tmp_path):
    GroupDivision.objects.filter(division_id="D4").update(notes="🩺" * 16_384)
    text = refusal(tmp_path, "d.xlsx")
    assert "Notes of division 'é' / 'D4' has more than 32,767 characters" in text
    assert [*tmp_path.iterdir()] == []
    GroupDivision.objects.filter(division_id="D4").update(notes="🩺" * 16_383 + "!")
    assert sheet_of(dump(tmp_path, "d.xlsx")).max_row == 36


def test_more_rows_than_a_sheet_holds_are_refused_at_once(demo, tmp_path, monkeypatch):
    assert XlsxWriter.most_rows == 1_048_576 - 1
    monkeypatch.setattr(XlsxWriter, "most_rows", 34)
    assert "There are 35 rows, but a workbook holds at most 34" in refusal(tmp_path, "d.xlsx")
    assert [*tmp_path.iterdir()] == []
    assert dump(tmp_path, "d.xlsx", "--key", "division_ID=D1").exists()


def test_a_dump_of_social_security_numbers_is_in_the_access_log(demo, tmp_path):
    make(Subscriber, subscriber_id="S1")
    for sequence, ssn in (("01", "900-12-3456"), ("02", None)):
        make(Member, subscriber_id="S1", member_seq=sequence, ssn=ssn)
    dump(tmp_path, "s.csv", table="subscribers")
    assert not AccessEntry.objects.exists()
    assert "900-12-3456" in dump(tmp_path, "m.csv", table="members").read_text()
    call_command("dump_folder", str(tmp_path / "all"), "--database", "VBA_Demo", stderr=io.StringIO())
    for entry in AccessEntry.objects.all():
        assert (entry.kind, entry.username, entry.source) == ("ssn_shown", getpass.getuser(), "shell")
        assert (entry.database, entry.table_name, entry.rows, entry.values) == ("VBA_Demo", "members", 2, 1)
    assert AccessEntry.objects.count() == 2
