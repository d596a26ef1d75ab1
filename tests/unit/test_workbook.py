"""Rows of xlsx workbooks: every kind of cell as a text, and the right sheet."""

import datetime

import openpyxl
import pytest

from tables.files.xlsx.cells import date_text, number_text
from tables.files.xlsx.rows import BadRow, read_rows
from tests.unit.workbooks import MAIN, STRICT, cells_of, problem_with, raw_workbook, saved, workbook_of

# --- rows ---


def test_rows_come_with_the_numbers_that_the_spreadsheet_shows():
    book = workbook_of(["Group_ID", "Name"], [], ["G1", "Acme"], [None, "  "], ["G2"])
    assert list(read_rows(book)) == [
        (1, ["Group_ID", "Name"]),
        (3, ["G1", "Acme"]),
        (5, ["G2", None]),
    ]


def test_the_header_may_stand_below_blank_rows_and_ends_at_its_last_name():
    book = workbook_of([], [], ["Group_ID", None, "Name", None, ""], ["G1"])
    assert list(read_rows(book)) == [(3, ["Group_ID", None, "Name"]), (4, ["G1", None, None])]


def test_values_beyond_the_header_are_kept_for_the_loader_to_refuse():
    book = workbook_of(["Group_ID"], ["G1", None, "what is this?"], ["G2", ""])
    assert [cells for _, cells in read_rows(book)] == [["Group_ID"], ["G1", None, "what is this?"], ["G2"]]


def test_rows_and_cells_without_references_are_counted():
    rows = '<row><c t="str"><v>a</v></c><c/><c><v>1</v></c></row><row/><row><c><v>2</v></c></row>'
    assert list(read_rows(raw_workbook(rows))) == [(1, ["a", None, "1"]), (3, ["2", None, None])]


def test_columns_are_found_by_their_letters():
    [(_, cells)] = read_rows(raw_workbook('<row r="7"><c r="B7"><v>1</v></c><c r="AB7"><v>2</v></c></row>'))
    assert {position: cell for position, cell in enumerate(cells) if cell} == {1: "1", 27: "2"}


@pytest.mark.parametrize("namespace", [MAIN, STRICT])
def test_other_spellings_of_the_same_xml_are_understood(namespace):
    sheet = (
        f'<x:worksheet xmlns:x="{namespace}"><x:sheetData>\n  <x:row r="1">\n    <x:c r="A1" t="s">\n'
        "<x:v>0</x:v></x:c> </x:row> </x:sheetData></x:worksheet>"
    )
    strings = "<si><t>Group_ID</t></si>"
    assert list(read_rows(raw_workbook(sheet=sheet, strings=strings, namespace=namespace))) == [
        (1, ["Group_ID"])
    ]


# --- cells ---


def test_what_people_enter_comes_as_they_see_it():
    day, moment = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 23, 59, 59)
    row = [
        "00123",
        5,
        5.0,
        1.5,
        -0.25,
        12345678901,
        True,
        False,
        day,
        moment,
        " padded ",
        "été 🌲",
        "2024-02-29",
    ]
    [_, (_, cells)] = read_rows(workbook_of(["x"] * len(row), row))
    assert cells == [
        "00123", "5", "5", "1.5", "-0.25", "12345678901", "TRUE", "FALSE",
        "2024-02-29", "2024-02-29 23:59:59", " padded ", "été 🌲", "2024-02-29",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("5", "5"),
        ("-5", "-5"),
        ("007", "007"),
        ("5.0", "5"),
        ("-0", "0"),
        ("1.1000000000000001", "1.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1.23E+5", "123000"),
        ("1.23456789012346E+17", "123456789012346000"),
        ("123456789012345678", "123456789012345678"),
        ("1E-7", "0.0000001"),
        ("-2.5E-3", "-0.0025"),
        (" 12 ", "12"),
    ],
)
def test_numbers_are_written_plainly_in_their_shortest_form(raw, expected):
    assert number_text(raw) == expected
    assert cells_of(f"<c><v>{raw}</v></c>") == [expected]


@pytest.mark.parametrize(
    ("serial", "from_1904", "expected"),
    [
        (45351, False, "2024-02-29"),
        (45351.75, False, "2024-02-29 18:00:00"),
        (45351.9999999999, False, "2024-03-01"),
        (61, False, "1900-03-01"),
        (59, False, "1900-02-28"),
        (1, False, "1900-01-01"),
        (0.5, False, "12:00:00"),
        (2958465, False, "9999-12-31"),
        (43889, True, "2024-02-29"),
        (0, True, "1904-01-01"),
    ],
)
def test_day_numbers_become_days_by_either_calendar(serial, from_1904, expected):
    assert date_text(serial, from_1904=from_1904) == expected


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy\\-mm\\-dd", True),
        ("[$-409]d\\-mmm\\-yy;@", True),
        ("h:mm AM/PM", True),
        ("0.00", False),
        ('0 "days"', False),
        ("[Red]#,##0", False),
        ("General", False),
        ("\\d0", False),
        ("0.00E+00", False),
        ("#,##0_d", False),
    ],
)
def test_dates_are_known_by_the_format_they_are_shown_in(code, is_date):
    styles = (
        f"<numFmts><numFmt numFmtId='164' formatCode='{code}'/></numFmts>"
        '<cellStyleXfs><xf numFmtId="164"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
    )
    cells = cells_of('<c s="0"><v>45351</v></c><c s="1"><v>45351</v></c>', styles=styles)
    assert cells == ["45351", "2024-02-29" if is_date else "45351"]


def test_the_workbooks_own_calendar_and_iso_dates_are_understood():
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    xml = (
        '<c s="0"><v>43889</v></c><c t="d"><v>2024-02-29T00:00:00.000Z</v></c><c t="d"><v>2024-02-29</v></c>'
    )
    cells = cells_of(xml, styles=styles, workbook='<workbookPr date1904="1"/>')
    assert cells == ["2024-02-29", "2024-02-29", "2024-02-29"]


def test_rich_texts_lose_their_formatting_and_phonetic_hints():
    rich = "<r><t>Ac</t></r><r><rPr><b/></rPr><t xml:space='preserve'>me </t></r><rPh><t>ak</t></rPh>"
    xml = f'<c t="s"><v>0</v></c><c t="inlineStr"><is>{rich}</is></c>'
    assert cells_of(xml, strings=f"<si>{rich}</si>") == ["Acme ", "Acme "]


def test_escaped_characters_are_read_as_what_they_stand_for():
    strings = "<si><t>one_x000D_\ntwo _x005F_x000D_ _x263a_ _x00_ snake_x</t></si>"
    xml = '<c t="s"><v>0</v></c><c t="str"><v>_xD83C__xDF32_</v></c><c t="str"><v>_xD83C_</v></c>'
    assert cells_of(xml, strings=strings) == ["one\r\ntwo _x000D_ ☺ _x00_ snake_x", "🌲", "_xD83C_"]


def test_formulas_give_the_result_that_was_stored_with_them():
    xml = '<c><f>1+1</f><v>2</v></c><c t="str"><f>A1&amp;""</f><v>2 p</v></c><c t="b"><f>1=1</f><v>1</v></c>'
    assert cells_of(xml) == ["2", "2 p", "TRUE"]


def test_a_formula_whose_result_is_an_empty_text_is_a_blank():
    assert cells_of('<c><v>1</v></c><c t="str"><f>""</f><v></v></c>') == ["1"]


def test_a_formula_without_a_stored_result_is_reported():
    book = workbook_of(["Group_ID", "Name"], ["G1", "=1+1"], ["G2", "Acme"])
    _, (_, bad), (_, good) = read_rows(book)
    assert isinstance(bad, BadRow)
    assert bad.reasons == {1: "holds a formula without a stored result"}
    assert list(bad) == ["G1", None]
    assert not isinstance(good, BadRow)


def test_error_values_and_impossible_dates_are_reported_by_position():
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    impossible, divided = '<c s="0"><v>99999999</v></c>', '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    cells = cells_of(f'<c><v>1</v></c><c t="e"><v>#N/A</v></c>{impossible}{divided}', styles=styles)
    assert cells.reasons == {
        1: "holds the error #N/A",
        2: "holds a date that does not exist",
        3: "holds the error #DIV/0!",
    }


# --- sheets ---


def test_a_single_filled_sheet_is_read_whatever_the_others_are_called():
    book = workbook_of(Notes=[], Clients=[["Group_ID"], ["G1"]], Groups=[[None, ""]])
    assert [cells for _, cells in read_rows(book)] == [["Group_ID"], ["G1"]]


def test_several_filled_sheets_are_reported_and_one_is_chosen_by_name():
    sheets = {"Old": [["Group_ID"], ["G1"]], "New": [["Group_ID"], ["G2"]]}
    assert "'Old', 'New'. Choose one (--sheet)." in problem_with(workbook_of(**sheets))
    assert [cells for _, cells in read_rows(workbook_of(**sheets), sheet=" new")][1] == ["G2"]
    assert "no sheet 'None'. The workbook has: 'Old', 'New'" in problem_with(
        workbook_of(**sheets), sheet="None"
    )


def test_hidden_sheets_are_read_only_when_they_are_named():
    book = openpyxl.load_workbook(workbook_of(Groups=[["Group_ID"], ["G1"]], States=[["NJ"], ["NY"]]))
    book["States"].sheet_state = "hidden"
    assert [cells for _, cells in read_rows(saved(book))] == [["Group_ID"], ["G1"]]
    assert [cells for _, cells in read_rows(saved(book), sheet="States")] == [["NJ"], ["NY"]]


def test_sheets_of_charts_are_ignored():
    book = openpyxl.load_workbook(workbook_of(["Group_ID"]))
    book.create_chartsheet("Trend")
    assert [cells for _, cells in read_rows(saved(book))] == [["Group_ID"]]


def test_empty_workbooks_are_reported():
    assert "sheet 'Groups' is empty" in problem_with(workbook_of())
    assert "No visible sheet has rows" in problem_with(workbook_of(A=[], B=[[None]]))
