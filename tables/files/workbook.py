"""The rows of an xlsx workbook as texts, one by one, in constant memory."""

import contextlib
import datetime
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pyexpat import ExpatError
from typing import BinaryIO

from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem
from tables.files.workbook_parts import Contents, Part, SharedStrings, Styles, open_archive, unescape

# As the format has it; more is damage, or an attempt to exhaust the memory.
_MOST_COLUMNS = 16_384
_FLAGS = {"1": "true", "0": "false", "true": "true", "false": "false"}
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

Cells = list[str | None]


class BadRow(list[str | None]):
    """A row with cells that cannot be loaded; ``reasons`` says by position (from 0) what they hold.

    A reason reads on after the column's name: ``holds the error #N/A``.
    """

    def __init__(self, cells: Cells, reasons: dict[int, str]) -> None:
        super().__init__(cells)
        self.reasons = reasons


def read_rows(stream: BinaryIO, *, sheet: str | None = None) -> Iterator[tuple[int, Cells]]:
    """Yield each row that is not blank, with the number the spreadsheet shows it by.

    The first one is the header, cut after its last name; the others are filled up to its width.
    ``stream`` must be seekable. ``sheet`` names the sheet to read, needed when more than one has rows.
    Raises FileProblem where the workbook is damaged or protected, or the choice of sheet is not clear.
    """
    with _damage_told():
        archive = open_archive(stream)
        contents = Contents(archive)
        dates = Styles(archive, contents.part("styles")).dates
        with contextlib.closing(SharedStrings(archive, contents.part("sharedStrings"))) as strings:
            name = _named_sheet(contents, sheet) if sheet else _only_sheet(archive, contents, strings)
            rows = _Sheet(strings, dates, contents.from_1904).rows(archive, contents.sheets[name])
            header = next(rows, None)
            if header is None:
                raise FileProblem(f"Its sheet '{name}' is empty.")
            yield header
            width = len(header[1])
            for number, cells in rows:
                cells.extend([None] * (width - len(cells)))
                yield number, cells


@contextlib.contextmanager
def _damage_told() -> Iterator[None]:
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
    raise FileProblem(f"It has no sheet '{sheet}'; it has: {_listed([*contents.sheets])}.")


def _only_sheet(archive: zipfile.ZipFile, contents: Contents, strings: SharedStrings) -> str:
    """Return the one visible sheet that has rows."""
    visible = [name for name in contents.sheets if name not in contents.hidden]
    if len(visible) == 1:
        return visible[0]
    filled = [
        name for name in visible if any(_Sheet(strings, set(), False).rows(archive, contents.sheets[name]))
    ]
    if not filled:
        raise FileProblem("It has no rows in any sheet that is not hidden; say which one is meant (--sheet).")
    if len(filled) > 1:
        raise FileProblem(
            f"More than one of its sheets has rows: {_listed(filled)}. Say which one (--sheet)."
        )
    return filled[0]


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


class _Sheet(Part):
    """Collects the rows of one sheet as its XML passes by."""

    def __init__(self, strings: SharedStrings, dates: set[str], from_1904: bool) -> None:
        super().__init__()
        self._strings, self._dates, self._from_1904 = strings, dates, from_1904
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

    # --- cells ---

    def _end_cell(self, raw: str) -> None:
        position = self._position()
        missing = position + 1 - len(self._cells)
        if missing > 0:
            self._cells.extend([None] * missing)
        try:
            self._cells[position] = self._text(self._cell.get("t", "n"), raw) or None
        except _CellProblem as problem:
            self._cells[position] = raw or None
            self._reasons[position] = str(problem)

    def _position(self) -> int:
        reference = self._cell.get("r")
        if reference is None:
            return len(self._cells)
        letters = reference.rstrip("0123456789")
        found = self._positions.get(letters)
        if found is None:
            found = self._positions[letters] = _column_number(letters)
        return found

    def _text(self, kind: str, raw: str) -> str:
        """Return what a cell holds as a text. Raises _CellProblem where it is nothing to load."""
        if kind == "s" and raw:
            return self._strings[int(raw)]
        if kind in ("str", "inlineStr", "s"):
            return unescape(raw)
        if kind == "e":
            raise _CellProblem(f"holds the error {raw[:20]}")
        if not raw:
            if self._has_formula:
                raise _CellProblem("holds a formula without a stored result")
            return ""
        if kind == "n":
            return self._date(float(raw)) if self._cell.get("s") in self._dates else number_text(raw)
        if kind == "b":
            return _FLAGS[raw.strip()]
        if kind == "d":
            return raw.partition(".")[0].replace("T", " ").removesuffix("Z").removesuffix(" 00:00:00")
        raise ValueError(kind)

    def _date(self, serial: float) -> str:
        try:
            return date_text(serial, from_1904=self._from_1904)
        except OverflowError:
            raise _CellProblem("holds a date that no calendar has") from None


class _CellProblem(Exception):
    """A cell holds something that cannot be loaded."""


def _column_number(letters: str) -> int:
    """Return the position of a column from 0, by its letters. Raises ValueError."""
    number = 0
    for letter in letters[:4]:
        number = number * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
    if not 1 <= number <= _MOST_COLUMNS:
        raise ValueError(letters)
    return number - 1


def number_text(raw: str) -> str:
    """Return a number as people write it: ``5`` for 5.0, ``1.1`` for 1.1000000000000001; else ValueError."""
    if raw.isdigit() and raw.isascii():
        return raw
    value = float(raw)
    if not math.isfinite(value):
        raise ValueError(raw)
    shown = repr(value)
    if "e" in shown:
        shown = format(Decimal(shown), "f")
    return "0" if value == 0 else shown.removesuffix(".0")


def date_text(serial: float, *, from_1904: bool = False) -> str:
    """Return a day number as ``YYYY-MM-DD``, with ``hh:mm:ss`` where it has a time. Raises OverflowError."""
    # The 1900 calendar has a February 29 that never was, so the days before it count one less.
    epoch = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30)
    if not from_1904 and 1 <= serial < 60:
        serial += 1
    moment = epoch + datetime.timedelta(seconds=round(serial * 86_400))
    if 0 < serial < 1:
        return moment.time().isoformat()
    return str(moment).removesuffix(" 00:00:00")
