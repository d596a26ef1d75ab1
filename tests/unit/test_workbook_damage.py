"""Workbooks that are damaged, hostile or very large."""

import io
import tracemalloc

import pytest

from tables.files.xlsx.rows import read_rows
from tests.unit.workbooks import HEADER_ROW, MAIN, packed, parts_of, problem_with, raw_workbook, workbook_of


def test_a_truncated_workbook_is_damaged():
    content = workbook_of(["Group_ID"], ["G1"]).getvalue()
    for length in (100, len(content) // 2, len(content) - 10):
        assert "damaged" in problem_with(io.BytesIO(content[:length]))


def test_flipped_bytes_are_damage_not_data():
    content = bytearray(workbook_of(["Group_ID"], *([f"G{n}"] for n in range(5000))).getvalue())
    place = content.index(b"xl/worksheets/sheet1.xml") + 5000
    content[place] ^= 0xFF
    assert "damaged" in problem_with(io.BytesIO(content))


@pytest.mark.parametrize(
    "rows",
    [
        "<row><c><v>1</v></c>",
        '<row><c t="s"><v>99</v></c></row>',
        '<row><c t="s"><v>-1</v></c></row>',
        '<row><c t="s"><v>x</v></c></row>',
        "<row><c><v>twelve</v></c></row>",
        "<row><c><v>inf</v></c></row>",
        '<row><c t="b"><v>maybe</v></c></row>',
        '<row><c t="odd"><v>1</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row><c r="1"><v>1</v></c></row>',
        '<row><c r="ZZZZ1"><v>1</v></c></row>',
    ],
)
def test_cells_that_make_no_sense_are_damage(rows):
    assert "damaged" in problem_with(raw_workbook(rows))


@pytest.mark.parametrize("missing", ["xl/_rels/workbook.xml.rels", "xl/worksheets/one.xml", "xl/strings.xml"])
def test_missing_parts_are_damage(missing):
    parts = parts_of(HEADER_ROW)
    del parts[missing]
    assert "damaged" in problem_with(packed(parts))


def test_other_archives_are_not_workbooks():
    assert "not an xlsx workbook" in problem_with(packed({"clients.csv": "Group_ID\n"}))


def test_a_bomb_is_refused_before_it_is_unpacked():
    parts = parts_of(HEADER_ROW)
    parts["xl/worksheets/one.xml"] += " " * 150_000_000
    assert "would unpack from" in problem_with(packed(parts))


def test_a_workbook_larger_than_the_setting_is_refused(settings):
    settings.FILE_MAX_UNPACKED_BYTES = 1000
    assert "would unpack from" in problem_with(workbook_of(["Group_ID"]))


def test_entities_are_refused():
    sheet = f'<!DOCTYPE x [<!ENTITY a "{"b" * 1000}">]><worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    assert "document type" in problem_with(raw_workbook(sheet=sheet))


@pytest.mark.parametrize("where", ["row", "string"])
def test_endless_cells_are_refused(where):
    text = "".join(f"{n:x}" for n in range(4_000_000))
    cell = f'<c t="str"><v>{text}</v></c>' if where == "row" else '<c t="s"><v>0</v></c>'
    strings = f"<si><t>{text}</t></si>" if where == "string" else ""
    assert "16,777,216 bytes" in problem_with(raw_workbook(f"<row>{cell}</row>", strings=strings))


def test_memory_does_not_grow_with_rows_and_texts():
    count = 50_000
    strings = "".join(f"<si><t>Somebody's own text {n}</t></si>" for n in range(count))
    rows = "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c><c r="B{n + 1}"><v>{n}</v></c></row>'
        for n in range(count)
    )
    book = raw_workbook(rows, strings=strings)
    tracemalloc.start()
    last = None
    for number, cells in read_rows(book):
        last = number, cells
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert last == (count, [f"Somebody's own text {count - 1}", str(count - 1)])
    assert peak < 12_000_000


def test_the_last_cell_of_a_sheet_costs_no_more_than_any_other():
    """Some libraries make room for all cells up to it: 400 GB for a file of 2 kB."""
    book = raw_workbook(f'{HEADER_ROW}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    tracemalloc.start()
    (_, header), (number, cells) = read_rows(book)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (header, number, cells[-1], len(cells)) == (["Group_ID"], 1_048_576, "1", 16_384)
    assert peak < 12_000_000
