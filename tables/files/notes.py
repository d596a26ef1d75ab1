"""Warnings about a file that loads: suspicious values, empty rows, hidden rows."""

import re
from dataclasses import dataclass
from enum import Enum

from tables.files.refusals import printable
from tables.files.segments import Batch, Columns
from tables.files.xlsx.rows import SheetFacts
from tables.schema.column import Column, Kind, masked

_LONGEST = 40
_ROUNDED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]+").fullmatch
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|##+)").fullmatch
# Whether some lines may hold such a value.
_MAY_HOLD_ONE = re.compile(r"\t(?:[+-]?[0-9](?:[.,][0-9]+)?E\+|#[A-Z#])").search


class Suspicious(Enum):
    """Why a stored value is suspicious: the words for one such value, and for several."""

    NUMBER = "a plain number, without leading zeros", "plain numbers, without leading zeros"
    DAY = "a date instead of a text", "dates instead of texts"
    ROUNDED = "a number that was rounded by a spreadsheet", "numbers that were rounded by a spreadsheet"
    ERROR = "a spreadsheet error", "spreadsheet errors"
    PADDED = "padded with blanks", "padded with blanks"


@dataclass
class _Occurrences:
    """The first value of a kind, the number of its record, and how many such values there are."""

    number: int
    value: str
    count: int = 0


class Notes:
    """Collects warnings. ``unit`` is what a record is called in this format: line, row, record."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self.blank = 0
        self.sheet = SheetFacts()
        self._suspicious: dict[tuple[Column, Suspicious], _Occurrences] = {}

    def add_suspicious(self, column: Column, kind: Suspicious, number: int, value: str) -> None:
        """Note a suspicious value in the record of this number."""
        self._suspicious.setdefault((column, kind), _Occurrences(number, value)).count += 1

    def add_suspicious_texts(self, columns: Columns, batch: Batch) -> None:
        """Note the suspicious texts in a batch of records of these columns."""
        if not _may_be_suspicious(columns, batch.lines):
            return
        texts = [(n, column) for n, column in enumerate(columns, 1) if column and column.kind is Kind.TEXT]
        for line in batch.lines.split("\n")[:-1]:
            values = line.split("\t")
            for place, column in texts:
                if kind := _suspicion(column, values[place]):
                    self.add_suspicious(column, kind, int(values[0]), values[place])

    def sentences(self) -> list[str]:
        """Return all warnings. Examples are in single quotes, and are never sensitive values."""
        found = [self._sentence(*key, values) for key, values in self._suspicious.items()]
        if self.sheet.merged:
            found.append(
                f"Merged cells: {self.sheet.merged:,} (the first: {self.sheet.first_merged})."
                " Only the first cell of a merged area has a value. The others were read as empty."
            )
        if self.sheet.hidden:
            found.append(f"{self._counted('hidden', self.sheet.hidden)} loaded like the others.")
        if self.blank:
            found.append(f"{self._counted('empty', self.blank)} skipped.")
        return found

    def _sentence(self, column: Column, kind: Suspicious, found: _Occurrences) -> str:
        value = masked(found.value) if column.sensitive else printable(found.value[:_LONGEST])
        what = f"value is {kind.value[0]}" if found.count == 1 else f"values are {kind.value[1]}"
        return f"{column.published}: {found.count:,} {what} ({self._unit} {found.number}: '{value}')."

    def _counted(self, what: str, count: int) -> str:
        return f"1 {what} {self._unit} was" if count == 1 else f"{count:,} {what} {self._unit}s were"


def _may_be_suspicious(columns: Columns, text: str) -> bool:
    """Tell quickly whether some lines may hold a suspicious text."""
    # Searching for single characters is fast, and most texts have none of these.
    if " " in text and _has_padded_key(columns, text):
        return True
    if not text.isascii() and "\xa0" in text:
        return True
    return ("+" in text or "#" in text) and bool(_MAY_HOLD_ONE(text))


def _has_padded_key(columns: Columns, text: str) -> bool:
    """Return whether a key in some lines starts or ends with blanks."""
    places = [place for place, column in enumerate(columns, 1) if column and column.is_key]
    for line in text.split("\n")[:-1] if places else ():
        values = line.split("\t", places[-1] + 1)
        for place in places:
            if " " in values[place] and values[place].strip() != values[place]:
                return True
    return False


def _suspicion(column: Column, value: str) -> Suspicious | None:
    """Return why a text is suspicious, or None."""
    if column.is_key and value.strip() != value:
        return Suspicious.PADDED
    if value[:1] == "#":
        return Suspicious.ERROR if _ERROR(value) else None
    return Suspicious.ROUNDED if "E+" in value and _ROUNDED(value) else None
