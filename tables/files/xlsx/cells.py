"""Converts the cells of a workbook to text: numbers, days, column letters."""

import datetime
import math
from decimal import Decimal

# The limit of the format. More is damage, or an attempt to exhaust memory.
MOST_COLUMNS = 16_384
_LEAP_DAY_THAT_NEVER_WAS = 60


class Number(str):
    """The text of a cell with a number. ``shown`` is the code that people see, if the cell's format shows
    one."""

    shown: str | None = None


def as_seen(value: str | None) -> str | None:
    """Return the text that people see in a cell: a code instead of its number."""
    return value.shown if isinstance(value, Number) and value.shown is not None else value


class Day(str):
    """The text of a cell with a day or a time."""

    __slots__ = ()


class CellProblem(Exception):
    """A cell holds something that cannot be loaded."""


def column_number(letters: str) -> int:
    """Return the position of a column, from 0, by its letters. Raises ValueError."""
    number = 0
    for letter in letters[:4]:
        number = number * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
    if not 1 <= number <= MOST_COLUMNS:
        raise ValueError(letters)
    return number - 1


def number_text(raw: str) -> str:
    """Return a number as people write it: ``5`` for 5.0, ``1.1`` for 1.1000000000000001. Raises
    ValueError."""
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
    """Return a day number as ``YYYY-MM-DD``, with ``hh:mm:ss`` if it has a time. Raises OverflowError."""
    # Excel's calendar has a January 0 and a February 29, 1900. Days before that February 29 count one less.
    if not from_1904 and (serial <= 0 or int(serial) == _LEAP_DAY_THAT_NEVER_WAS):
        raise OverflowError(serial)
    epoch = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30)
    if not from_1904 and 1 <= serial < _LEAP_DAY_THAT_NEVER_WAS:
        serial += 1
    moment = epoch + datetime.timedelta(seconds=round(serial * 86_400))
    if 0 < serial < 1:
        return moment.time().isoformat()
    return str(moment).removesuffix(" 00:00:00")
