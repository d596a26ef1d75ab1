"""What spreadsheets do to files: empty rows, codes that are numbers, protected texts, stated delimiters."""

import datetime
import gzip
import io
import json

import openpyxl
import pytest

from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.files.readers import open_reader
from tables.files.source import open_source
from tables.schema.columns import columns
from tests.files.loads import FLAGS, KEY, NO, counts, load, make_divisions, report, run, stored
from tests.files.rows import make

pytestmark = pytest.mark.django_db(databases="__all__")

HEADER = ",".join((*KEY, *FLAGS))
ZEROS = ",".join(NO)


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with a division to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A")
        yield


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(content, name="p.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def workbook(*rows, formats=None, change=lambda sheet: None):
    """Return a workbook; ``formats`` are number formats by column, for the rows below the header."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for (cell,) in (
        each for letter in formats or {} for each in book.active[f"{letter}2:{letter}{len(rows)}"]
    ):
        cell.number_format = formats[cell.column_letter]
    change(book.active)
    book.save(out)
    return out.getvalue()


def years():
    """Return the plan years that are stored."""
    return sorted(key[2] for key in stored())


# --- rows without any value ---

EMPTY = {
    "s.csv": 'Subscriber_ID,First_Name,Last_Name\n,,\nS1,Ann,Lee\n\n,,\n""," ",\n \t, ,\xa0\n,,\n',
    "s.tsv": "Subscriber_ID\tFirst_Name\tLast_Name\n\t\t\nS1\tAnn\tLee\n\n\t\t\n"
    '""\t" "\t\n \t \t\xa0\n\t\t\n',
    "one.csv": 'Subscriber_ID\n\nS1\n""\n \n" "\n\n=""\n',
    "s.json": json.dumps(
        [
            {},
            {"subscriber_ID": "S1", "first_Name": "Ann"},
            {"subscriber_ID": None},
            {"subscriber_ID": "", "first_Name": " "},
            {"first_Name": None},
            {},
        ]
    ),
    "s.ndjson": '{}\n{"subscriber_ID": "S1"}\n{"subscriber_ID": null}\n\n'
    '{"first_Name": " "}\n{}\n{"last_Name": ""}\n',
    "s.xlsx": workbook(
        ["Subscriber_ID", "First_Name"],
        [None, " "],
        ["S1", "Ann"],
        [],
        ["", "\xa0"],
        [" "],
        [],
        ["S1", "Ann"],
    ),
}
SKIPPED = {"s.csv": (5, "line"), "s.tsv": (5, "line"), "one.csv": (3, "line")}
SKIPPED |= {"s.json": (5, "record"), "s.ndjson": (5, "record"), "s.xlsx": (5, "row")}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", EMPTY)
def test_rows_without_any_value_make_no_family_and_are_reported(file, name, packed):
    content = EMPTY[name] if isinstance(EMPTY[name], bytes) else EMPTY[name].encode()
    path = file(gzip.compress(content) if packed else content, name + ".gz" * packed)
    for _ in range(2):
        outcome = load(path, table="subscribers")
        assert outcome.code == 0, outcome.err
        count, unit = SKIPPED[name]
        assert outcome.err == f"{path}: {count} empty {unit}s were skipped.\n"
        assert list(stored(Subscriber)) == [("S1",)]


@pytest.mark.parametrize("name", ["g.csv", "g.json"])
def test_a_row_of_nothing_but_blanks_is_no_key_of_blanks(file, name):
    rows = [{"group_ID": each, "paperless": None} for each in (" ", "  ", "\xa0")]
    content = json.dumps(rows) if name == "g.json" else "group_id,paperless\n  ,\n\xa0,\n,\n"
    outcome = load(file(content, name), table="groups")
    assert (outcome.code, outcome.out) == (0, counts(0)), outcome.err
    assert list(stored(Group)) == [("G1",)]


def test_lines_keep_their_numbers_below_empty_ones(file, tmp_path):
    path = file(f"{HEADER}\n,,,,,,,\n\nG1,A,1,x,0,0,0,0\n,,,,,,,\n" + 'G1,"",\n')
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(2, refused=2)
    assert [line[0] for line in report(tmp_path / "e.csv")] == [4, 6]


def test_one_empty_line_is_reported_and_none_is_not(file):
    row = f"G1,A,1,{ZEROS}\n"
    path = file(f"{HEADER}\n{row},,,,,,,\n\n \n")
    assert load(path).err == f"{path}: 1 empty line was skipped.\n"
    assert load(file(f"{HEADER}\n{row}")).err == ""


def test_an_unknown_property_is_reported_though_it_holds_nothing(file):
    outcome = load(file('[{"nonsense": null}]', "s.json"), table="subscribers")
    assert (outcome.code, outcome.out) == (1, counts(1, refused=1))


def test_empty_lines_of_each_file_of_a_folder_are_reported(tmp_path):
    (tmp_path / "subscribers.csv").write_text("Subscriber_ID,First_Name\n,\nS1,Ann\n")
    outcome = run("load_folder", tmp_path)
    assert outcome.code == 0
    assert outcome.err == f"{tmp_path / 'subscribers.csv'}: 1 empty line was skipped.\n"


def test_a_workbook_can_be_read_again_from_its_start(file):
    rows = [[*KEY, *FLAGS], ["G1", "A", "1", *NO], [], ["G1", "A", 2, *NO]]
    with open_source(str(file(workbook(*rows), "p.xlsx"))) as source:
        reader = open_reader(GroupPlanYear, source)
        for _ in range(2):
            numbers = [
                number for each in reader.segments(10) for batch in each.batches for number in batch.numbers
            ]
            assert numbers == [2, 4]
            assert len(reader.notes.sentences()) == 2


# --- codes that are numbers in a workbook ---


def test_texts_are_what_a_cell_shows_and_numbers_are_what_it_holds(file):
    header = ["Subscriber_ID", "Zip_Code", "Home_Phone", "First_Name", "Work_Phone"]
    rows = [header, [1234567, 2115, 5035550101, 5, 5550101]]
    phone = r"[<=9999999]###\-####;\(###\)\ ###\-####"
    formats = {"A": "000000000", "B": "00000", "C": phone, "D": "0", "E": phone}
    outcome = load(file(workbook(*rows, formats=formats), "s.xlsx"), table="subscribers")
    assert (outcome.code, outcome.out, outcome.err) == (0, counts(1, created=1), "")
    row = stored(Subscriber)[("001234567",)]
    assert (row["zip_code"], row["home_phone"], row["first_name"]) == ("02115", "(503) 555-0101", "5")
    assert row["work_phone"] == "555-0101"


@pytest.mark.parametrize(
    ("code", "expected"),
    [(r"000\-00\-0000", "012-34-5678"), ("000000000", "012345678"), ("General", "12345678")],
)
def test_a_social_security_number_is_stored_as_it_is_shown_and_never_told(file, code, expected):
    make(Subscriber, subscriber_id="S1")
    flags = dict.fromkeys(required(Member), False)
    rows = [["Subscriber_ID", "Member_Seq", "SSN", *flags], ["S1", "01", 12345678, *flags.values()]]
    path = file(workbook(*rows, formats={"C": code}), "m.xlsx")
    outcome = load(path, table="members")
    assert outcome.code == 0, outcome.err
    assert stored(Member)["S1", "01"]["ssn"] == expected
    assert "12345678" not in outcome.out + outcome.err
    told = "SSN: 1 value is a plain number, without leading zeros (row 2: '•••••').\n"
    assert outcome.err == (f"{path}: {told}" if code == "General" else "")


def required(model):
    return [column.published for column in columns(model) if column.required and not column.is_key]


def test_columns_of_other_kinds_take_the_number_whatever_is_shown(file):
    rows = [["Group_ID", "Division_ID", "NumberLives", "CaseRate"], ["G1", "A", 42, 7]]
    path = file(workbook(*rows, formats={"C": "00000", "D": "000.00"}), "d.xlsx")
    assert load(path, table="divisions").out == counts(1, updated=1)
    row = stored(GroupDivision)["G1", "A"]
    assert (row["numberlives"], str(row["caserate"])) == (42, "7")


def test_plain_numbers_and_days_in_a_key_of_texts_are_reported_with_their_count_and_the_first(file):
    rows = [[*KEY, *FLAGS]]
    rows += [["G1", "A", year, *NO] for year in ("01", 24, 25.0, datetime.date(2024, 3, 1), 1.5, "26")]
    path = file(workbook(*rows), "p.xlsx")
    outcome = load(path)
    assert (outcome.code, outcome.out) == (1, counts(6, created=5, refused=1))
    assert outcome.err.splitlines()[1:] == [
        f"{path}: Plan_Year: 3 values are plain numbers, without leading zeros (row 3: '24').",
        f"{path}: Plan_Year: 1 value is a date instead of a text (row 5: '2024-03-01').",
    ]
    assert years() == ["01", "1.5", "24", "25", "26"]


def test_refused_rows_of_codes_go_out_as_they_are_shown(file, tmp_path):
    rows = [[*KEY, *FLAGS], ["G1", "A", 24, "nonsense", *NO[1:]]]
    path = file(workbook(*rows, formats={"C": "0000"}), "p.xlsx")
    outcome = load(path, "--rejects", tmp_path / "r.csv", "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(1, refused=1)
    assert report(tmp_path / "e.csv")[0][1] == "G1 / A / 0024"
    again = file((tmp_path / "r.csv").read_text().replace("nonsense", "0"))
    assert load(again).out == counts(1, created=1)
    assert years() == ["0024"]


def test_a_flag_in_a_column_of_texts_is_stored_as_it_is_shown(file):
    rows = [["Group_ID", "Division_ID", "Name", "Cobra_Division"], ["G1", "A", True, True]]
    assert load(file(workbook(*rows), "d.xlsx"), table="divisions").out == counts(1, updated=1)
    assert stored(GroupDivision, "name", "cobra_division")["G1", "A"] == {
        "name": "TRUE",
        "cobra_division": True,
    }


def test_dates_that_never_existed_are_refused(file, tmp_path):
    rows = [[*KEY, *FLAGS, "From_Date"], *(["G1", "A", f"Y{n}", *NO, n] for n in (0, 1, 59, 60, 61, -1))]
    path = file(workbook(*rows, formats={"I": "yyyy-mm-dd"}), "p.xlsx")
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(6, created=3, refused=3)
    found = {line[0]: line[4] for line in report(tmp_path / "e.csv")}
    assert found == dict.fromkeys((2, 5, 7), "from_Date holds a date that does not exist.")
    days = {key[2]: str(row["from_date"]) for key, row in stored().items()}
    assert days == {"Y1": "1900-01-01", "Y59": "1900-02-28", "Y61": "1900-03-01"}


def test_hidden_rows_and_merged_cells_are_reported(file):
    def change(sheet):
        sheet.row_dimensions[3].hidden = True
        sheet.merge_cells("C4:C6")
        sheet.merge_cells("A9:C9")  # Below the last row it changes nothing.
        sheet.merge_cells("K2:K4")  # Nor does it beside the columns.

    rows = [[*KEY, *FLAGS], *(["G1", "A", str(n), *NO] for n in range(5))]
    path = file(workbook(*rows, change=change), "p.xlsx")
    outcome = load(path)
    assert outcome.out == counts(5, created=3, refused=2)
    assert outcome.err.splitlines()[2:] == [
        f"{path}: Merged cells: 1 (the first: C4:C6)."
        " Only the first cell of a merged area has a value. The others were read as empty.",
        f"{path}: 1 hidden row was loaded like the others.",
    ]


# --- csv that a spreadsheet program has written, or is to open ---


@pytest.mark.parametrize("form", ['="{}"', '"=""{}"""', '\'="{}"'])
def test_protected_texts_are_unwrapped_and_defused_ones_are_not(file, form):
    path = file(f"{HEADER}\nG1,A,{form.format('0024')},{ZEROS}\nG1,A,x,{ZEROS}\n")
    assert load(path).out == counts(2, created=2)
    assert years() == (['="0024"', "x"] if form.startswith("'") else ["0024", "x"])


def test_protected_values_of_all_kinds_and_names_are_unwrapped(file):
    header = '="Group_ID",="Division_ID","=""Plan_Year""",From_Date,' + ",".join(FLAGS)
    row = '="G1",="A",="7",="2024-01-31",' + ",".join('="f"' for _ in FLAGS)
    empty = ",".join('=""' for _ in range(9))
    path = file(f"{header}\n{row}\n{empty}\n")
    outcome = load(path)
    assert (outcome.out, outcome.err) == (counts(1, created=1), f"{path}: 1 empty line was skipped.\n")
    assert str(stored()["G1", "A", "7"]["from_date"]) == "2024-01-31"


@pytest.mark.parametrize("text", ['="a""b"', '"=""a""""b"""'])
def test_quotes_in_a_protected_text_are_those_of_the_text(file, text):
    load(file(f"Group_ID,Division_ID,Name\nG1,A,{text}\n"), table="divisions")
    assert stored(GroupDivision, "name")["G1", "A"]["name"] == 'a"b'


@pytest.mark.parametrize("text", ["=02115", '="a"&"b"', '="', '=""x"', "='a'"])
def test_what_only_begins_like_a_protected_text_stays_as_it_is(file, text):
    quoted = text.replace('"', '""')
    load(file(f'Group_ID,Division_ID,Name\nG1,A,"{quoted}"\n'), table="divisions")
    assert stored(GroupDivision, "name")["G1", "A"]["name"] == text


@pytest.mark.parametrize(
    ("first", "delimiter"),
    [
        *(("sep=;", ";"), ("sep=,", ","), ("SEP=;\r", ";"), ("sep=\t", "\t"), (r"sep=\t", "\t")),
        *(("\ufeffsep=|", "|"), ('"sep=;"', ";"), ('"sep=;";;;', ";"), ("sep=^", "^"), ("sep=,,,,,", ",")),
    ],
)
@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p"])
def test_a_first_line_that_states_the_delimiter_is_used_and_counted(file, tmp_path, first, delimiter, name):
    rows = [HEADER, f"G1,A,1,{ZEROS}", f"G1,A,2,x,{ZEROS[2:]}"]
    path = file("\n".join([first, *(row.replace(",", delimiter) for row in rows)]), name)
    outcome = load(path, "--errors", tmp_path / "e.csv", "--rejects", tmp_path / f"r.{name[2:] or 'csv'}")
    assert outcome.out == counts(2, created=1, refused=1), outcome.err
    assert [line[0] for line in report(tmp_path / "e.csv")] == [4]
    again = tmp_path / f"r.{name[2:] or 'csv'}"
    again.write_bytes(again.read_bytes().replace(b"x", b"0"))
    assert load(again).out == counts(1, created=1)
    assert years() == ["1", "2"]


def test_a_stated_delimiter_is_skipped_where_another_is_chosen(file):
    path = file(f"sep=;\n{HEADER}\nG1,A,1,{ZEROS}\n")
    assert load(path, "--delimiter=,").out == counts(1, created=1)


@pytest.mark.parametrize("first", ["sep=", "sep=xy", "sep=é", 'sep="', "sep = ;"])
def test_a_first_line_that_states_no_delimiter_is_a_header_and_told(file, first):
    outcome = load(file(f"{first}\n{HEADER}\nG1,A,1,{ZEROS}\n"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "The file has no column of plan-years." in outcome.err


@pytest.mark.parametrize("ends", [(",,", ",,"), (', ,""', ",,"), (",,", ', ," "'), (",,", "")])
def test_columns_without_a_name_after_the_others_are_ignored_while_they_are_empty(file, ends):
    header, row = ends
    path = file(f'{HEADER}{header}\nG1,A,1,{ZEROS}{row}\n"G1",A,2,{ZEROS}{row}\n')
    outcome = load(path)
    assert (outcome.out, outcome.err) == (counts(2, created=2), "")


def test_columns_without_a_name_are_no_matter_how_many_there_are(file):
    many = "," * 16_000
    path = file(f"{HEADER}{many}\nG1,A,1,{ZEROS}{many}\n{many},,,,,,,,\n")
    assert load(path).out == counts(1, created=1)


def test_a_column_without_a_name_that_holds_something_is_reported_by_line_and_place(file, tmp_path):
    path = file(f'{HEADER},,\nG1,A,1,{ZEROS},,\nG1,A,2,{ZEROS},,x\nG1,A,3,{ZEROS},,,\nG1,A,4,{ZEROS},"y",\n')
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(4, created=1, refused=3))
    assert [(line[0], line[4]) for line in report(tmp_path / "e.csv")] == [
        (3, "Column 10 (J) has a value, but the header has no name for it."),
        (4, "The record has 11 values, but the header has 8 names."),
        (5, "Column 9 (I) has a value, but the header has no name for it."),
    ]


def test_cells_of_a_workbook_beyond_its_names_are_reported_also_errors_and_formulas(file, tmp_path):
    rows = [[*KEY, *FLAGS, " ", None, ""]]
    rows += [
        ["G1", "A", str(n), *NO, *more] for n, more in enumerate([[], [" "], [None, "x"], ["#N/A"], ["=1+1"]])
    ]

    def change(sheet):
        sheet["I5"].data_type = "e"

    path = file(workbook(*rows, change=change), "p.xlsx")
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(5, created=2, refused=3))
    assert [(line[0], line[4]) for line in report(tmp_path / "e.csv")] == [
        (n, f"Column {place} has a value, but the header has no name for it.")
        for n, place in ((4, "10 (J)"), (5, "9 (I)"), (6, "9 (I)"))
    ]


def test_what_a_spreadsheet_program_has_damaged_in_csv_is_reported(file):
    rows = ["D1,1.23E+11", "D2,#N/A", "D3,1.2E+05", "\xa0D4,#REF!", "D5 ,#5", "D6,1E5", "A,##########"]
    header = f"Group_ID,Division_ID,Name,{','.join(required(GroupDivision))}"
    values = "," + ",".join("0" for _ in required(GroupDivision))
    path = file("\n".join([header, *(f"G1,{row}{values}" for row in rows)]))
    outcome = load(path, table="divisions")
    assert outcome.out == counts(7, created=6, updated=1), outcome.err
    assert outcome.err.splitlines() == [
        f"{path}: Name: 2 values are numbers that were rounded by a spreadsheet (line 2: '1.23E+11').",
        f"{path}: Name: 3 values are spreadsheet errors (line 3: '#N/A').",
        f"{path}: Division_ID: 2 values are padded with blanks (line 5: '\xa0D4').",
    ]


def test_a_file_without_the_keys_that_the_server_gives_is_looked_at_as_well(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("Last_Name,City\nDe La Cruz,1.23E+11\n")
    outcome = run("load_table", "subscribers", path)
    assert (outcome.code, outcome.out) == (0, counts(1, created=1))
    assert "1 value is a number that was rounded by a spreadsheet" in outcome.err
