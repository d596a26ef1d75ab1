"""What is remarkable about a file that can be loaded: what spreadsheets may have done, what was left out."""

import re
from dataclasses import dataclass
from enum import Enum

from tables.files.refusals import printable
from tables.files.segments import Columns, Handful
from tables.files.xlsx.rows import SheetFacts
from tables.schema.column import Column, Kind, masked

_LONGEST = 40
_ROUNDED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]+").fullmatch
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|##+)").fullmatch
# Whether any of some lines may hold such a value.
_MAY_HOLD_ONE = re.compile(r"\t(?:[+-]?[0-9](?:[.,][0-9]+)?E\+|#[A-Z#])").search


class Odd(Enum):
    """What is odd about a value that is stored all the same: what one is, and what several are."""

    NUMBER = "a plain number, without leading zeros", "plain numbers, without leading zeros"
    DAY = "a date instead of a text", "dates instead of texts"
    ROUNDED = "a number that was rounded by a spreadsheet", "numbers that were rounded by a spreadsheet"
    ERROR = "an error of a spreadsheet", "errors of a spreadsheet"
    PADDED = "padded with blanks", "padded with blanks"


@dataclass
class _Found:
    """Where the first of them is, what it is, and how many there are."""

    number: int
    value: str
    count: int = 0


class Notes:
    """Collects what is remarkable; ``unit`` is what holds a record there: line, row, record."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self.blank = 0
        self.sheet = SheetFacts()
        self._odd: dict[tuple[Column, Odd], _Found] = {}

    def odd(self, column: Column, odd: Odd, number: int, value: str) -> None:
        """Note an odd value of the record of a number."""
        self._odd.setdefault((column, odd), _Found(number, value)).count += 1

    def look(self, columns: Columns, some: Handful) -> Handful:
        """Note what is odd about the texts of some records of these columns; return the records."""
        if _is_worth_a_look(columns, some[1]):
            texts = [
                (n, column) for n, column in enumerate(columns, 1) if column and column.kind is Kind.TEXT
            ]
            for line in some[1].split("\n")[:-1]:
                values = line.split("\t")
                for place, column in texts:
                    if odd := _oddness(column, values[place]):
                        self.odd(column, odd, int(values[0]), values[place])
        return some

    def told(self) -> list[str]:
        """Return all of it in sentences. Examples stand in single quotes, and are never sensitive values."""
        found = [self._told(*key, found) for key, found in self._odd.items()]
        if self.sheet.merged:
            found.append(
                f"Merged cells: {self.sheet.merged:,} (the first: {self.sheet.first_merged})."
                " Only one cell of an area holds its value, the others were read as empty."
            )
        if self.sheet.hidden:
            found.append(f"{self._counted('hidden', self.sheet.hidden)} read like the others.")
        if self.blank:
            found.append(f"{self._counted('empty', self.blank)} skipped.")
        return found

    def _told(self, column: Column, odd: Odd, found: _Found) -> str:
        value = masked(found.value) if column.sensitive else printable(found.value[:_LONGEST])
        what = f"value is {odd.value[0]}" if found.count == 1 else f"values are {odd.value[1]}"
        return f"{column.published}: {found.count:,} {what} ({self._unit} {found.number}: '{value}')."

    def _counted(self, what: str, count: int) -> str:
        return f"1 {what} {self._unit} was" if count == 1 else f"{count:,} {what} {self._unit}s were"


def _is_worth_a_look(columns: Columns, text: str) -> bool:
    # Single characters are found at once, by far the most texts have none of these.
    if " " in text and _has_padded_key(columns, text):
        return True
    if not text.isascii() and "\xa0" in text:
        return True
    return ("+" in text or "#" in text) and bool(_MAY_HOLD_ONE(text))


def _has_padded_key(columns: Columns, text: str) -> bool:
    """Tell whether a key in some lines has blanks at its beginning or end."""
    places = [place for place, column in enumerate(columns, 1) if column and column.is_key]
    for line in text.split("\n")[:-1] if places else ():
        values = line.split("\t", places[-1] + 1)
        for place in places:
            if " " in values[place] and values[place].strip() != values[place]:
                return True
    return False


def _oddness(column: Column, value: str) -> Odd | None:
    if column.is_key and value.strip() != value:
        return Odd.PADDED
    if value[:1] == "#":
        return Odd.ERROR if _ERROR(value) else None
    return Odd.ROUNDED if "E+" in value and _ROUNDED(value) else None
