"""The rows of an xlsx workbook as texts, one by one, in constant memory.

We read them with our own code. python-calamine is three times as fast, but it holds the whole sheet in
memory, crashes the process on a hostile file, and does not report error cells, number formats and hidden
rows.
"""

import contextlib
import re
import string
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pyexpat import ExpatError
from typing import BinaryIO

from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem
from tables.files.xlsx.cells import CellProblem, Day, Number, column_number, date_text, number_text
from tables.files.xlsx.number_formats import CodeFormat
from tables.files.xlsx.parts import Contents, Part, SharedStrings, Styles, open_archive, unescape

_FLAGS = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ExpatError,
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)

_AREA = re.compile("([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})").fullmatch

Cells = list[str | None]


@dataclass
class SheetFacts:
    """Facts about a sheet that its records do not show: the number of hidden rows, the number of merged areas
    among the rows, and the first of these."""

    hidden: int = 0
    merged: int = 0
    first_merged: str = ""


class BadRow(list[str | None]):
    """A row with cells that cannot be loaded. ``reasons`` says by position (from 0) what is wrong.

    A reason continues a sentence after the column's name: ``holds the error #N/A``.
    """

    def __init__(self, cells: Cells, reasons: dict[int, str]) -> None:
        super().__init__(cells)
        self.reasons = reasons


def read_rows(
    stream: BinaryIO, *, sheet: str | None = None, facts: SheetFacts | None = None
) -> Iterator[tuple[int, Cells]]:
    """Yield each row that is not blank, with its row number in the spreadsheet.

    The first row is the header, cut after its last name. The others are filled up to its width. ``stream``
    must be seekable. ``sheet`` names the sheet to read. It is needed if more than one sheet has rows.
    ``facts`` are complete after the last row. Raises FileProblem if the workbook is damaged or protected, or
    the sheet to read is not clear.
    """
    with _reporting_damage():
        archive = open_archive(stream)
        contents = Contents(archive)
        styles = Styles(archive, contents.part("styles"))
        with contextlib.closing(SharedStrings(archive, contents.part("sharedStrings"))) as strings:
            name = _named_sheet(contents, sheet) if sheet else _only_sheet(archive, contents, strings)
            reader = _Sheet(strings, styles, contents.from_1904, facts or SheetFacts())
            rows = reader.rows(archive, contents.sheets[name])
            header = next(rows, None)
            if header is None:
                raise FileProblem(f"The sheet '{name}' is empty.")
            yield header
            width = len(header[1])
            for number, cells in rows:
                cells.extend([None] * (width - len(cells)))
                yield number, cells


@contextlib.contextmanager
def _reporting_damage() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise FileProblem(
            "The workbook is damaged. Open it in a spreadsheet program and save it again."
        ) from error


def _named_sheet(contents: Contents, sheet: str) -> str:
    for name in contents.sheets:
        if name.strip().casefold() == sheet.strip().casefold():
            return name
    raise FileProblem(f"There is no sheet '{sheet}'. The workbook has: {_listed([*contents.sheets])}.")


def _only_sheet(archive: zipfile.ZipFile, contents: Contents, strings: SharedStrings) -> str:
    """Return the one visible sheet that has rows."""
    visible = [name for name in contents.sheets if name not in contents.hidden]
    if len(visible) == 1:
        return visible[0]
    filled = [
        name
        for name in visible
        if any(_Sheet(strings, None, False, SheetFacts()).rows(archive, contents.sheets[name]))
    ]
    if not filled:
        raise FileProblem("No visible sheet has rows. To load a hidden sheet, name it (--sheet).")
    if len(filled) > 1:
        raise FileProblem(f"More than one sheet has rows: {_listed(filled)}. Choose one (--sheet).")
    return filled[0]


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


class _Sheet(Part):
    """Collects the rows of one sheet as its XML is parsed."""

    def __init__(
        self, strings: SharedStrings, styles: Styles | None, from_1904: bool, facts: SheetFacts
    ) -> None:
        super().__init__()
        self._strings, self._from_1904, self._facts = strings, from_1904, facts
        self._dates = styles.dates if styles else set[str]()
        self._codes = styles.codes if styles else dict[str, CodeFormat]()
        # The header's number and width, and the number of the last row.
        self._header: tuple[int, int] | None = None
        self._last = 0
        self._hidden = False
        self._found: list[tuple[int, Cells]] = []
        self._number = 0
        self._row_open = False
        self._cells: Cells = []
        self._reasons: dict[int, str] = {}
        self._cell: dict[str, str] = {}
        self._has_formula = self._phonetic = False
        self._positions: dict[str, int] = {}

    def rows(self, archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, Cells]]:
        """Yield the rows that are not blank, without blank cells at their ends."""
        since, before = 0, 0
        for size in self.feed(archive, name):
            yield from self._found
            self._found.clear()
            since = since + size if self._row_open and self._number == before else 0
            before = self._number
            if since > MAX_RECORD_BYTES:
                raise FileProblem(f"Row {self._number} has more than {MAX_RECORD_BYTES:,} bytes.")

    # --- elements ---

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell = attributes
            self._has_formula = False
        elif name == "v" or (name == "t" and not self._phonetic):
            self.listen()
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._row_open = True
            self._hidden = attributes.get("hidden") in ("1", "true")
        elif name == "mergeCell":
            self._merge(attributes["ref"])
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.stop_listening()
        elif name == "c":
            if self.texts or self._has_formula:
                self._end_cell(self.take_text())
            elif "r" not in self._cell:
                self._cells.append(None)
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._phonetic = False

    def _end_row(self) -> None:
        cells, reasons = self._cells, self._reasons
        self._cells, self._reasons, self._row_open = [], {}, False
        while cells and cells[-1] is None and len(cells) - 1 not in reasons:
            cells.pop()
        if reasons or any(cell and not cell.isspace() for cell in cells):
            self._found.append((self._number, BadRow(cells, reasons) if reasons else cells))
            self._last = self._number
            self._header = self._header or (self._number, len(cells))
            self._facts.hidden += self._hidden

    def _merge(self, area: str) -> None:
        """Count merged cells among the rows. Only the first cell of an area has a value."""
        if not self._header or not (match := _AREA(area)):
            return
        left, top, bottom = column_number(match[1]), int(match[2]), int(match[3])
        if self._header[0] < bottom and top <= self._last and left < self._header[1]:
            self._facts.merged += 1
            self._facts.first_merged = self._facts.first_merged or area

    # --- cells ---

    def _end_cell(self, raw: str) -> None:
        position = self._position()
        missing = position + 1 - len(self._cells)
        if missing > 0:
            self._cells.extend([None] * missing)
        try:
            self._cells[position] = self._text(self._cell.get("t", "n"), raw) or None
        except CellProblem as problem:
            self._cells[position] = raw or None
            self._reasons[position] = str(problem)

    def _position(self) -> int:
        reference = self._cell.get("r")
        if reference is None:
            return len(self._cells)
        letters = reference.rstrip(string.digits)
        found = self._positions.get(letters)
        if found is None:
            found = self._positions[letters] = column_number(letters)
        return found

    def _text(self, kind: str, raw: str) -> str:
        """Return the content of a cell as text. Raises CellProblem if it cannot be loaded."""
        if kind == "s" and raw:
            return self._strings[int(raw)]
        if kind in ("str", "inlineStr", "s"):
            return unescape(raw)
        if kind == "e":
            raise CellProblem(f"holds the error {raw[:20]}")
        if not raw:
            if self._has_formula:
                raise CellProblem("holds a formula without a stored result")
            return ""
        if kind == "n":
            style = self._cell.get("s")
            return self._date(float(raw)) if style in self._dates else self._number_shown(raw, style)
        if kind == "b":
            return _FLAGS[raw.strip()]
        if kind == "d":
            return Day(raw.partition(".")[0].replace("T", " ").removesuffix("Z").removesuffix(" 00:00:00"))
        raise ValueError(kind)

    def _number_shown(self, raw: str, style: str | None) -> str:
        number = Number(number_text(raw))
        if style in self._codes:
            number.shown = self._codes[style].shown(number)
        return number

    def _date(self, serial: float) -> str:
        try:
            return Day(date_text(serial, from_1904=self._from_1904))
        except OverflowError:
            raise CellProblem("holds a date that does not exist") from None
