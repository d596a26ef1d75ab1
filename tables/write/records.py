"""Reads records: converts JSON values and texts of files to the types of a table's columns."""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from types import UnionType
from typing import Any, TypeAlias

from tables.schema import problems
from tables.schema.column import Column, Kind, Value
from tables.schema.columns import columns
from tables.schema.fields import INT32_MAX, INT32_MIN, number_fits
from tables.schema.models import Table
from tables.schema.problems import Problem

# YYYY-MM-DD, alone or followed by a time and an offset: RFC 3339, or what stock Ruby clients and psql write
# ("2024-06-30 00:00:00 UTC", "2024-06-30 00:00:00+00"). A date column ignores time and offset, but they must
# be valid.
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[Tt ]"
    r"(?P<time>(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|(?P<leap>60))(?:\.\d+)?)?)"
    r" ?(?P<zone>[Zz]|UTC|GMT|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?",
    re.ASCII,
)
# RFC 3339: a leap second (60) is the last one, in UTC, of these days.
_LEAP_SECONDS = ((6, 30, 23, 59), (12, 31, 23, 59))
_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False}

Values: TypeAlias = tuple[Value, ...]


class WrongValue(ValueError):
    """The value does not have the column's type."""


class Records:
    """Good records with their index. Each is read on first use and then kept.

    So the database works on the first records while later ones are still being read. ``expected`` is the
    highest possible number.
    """

    def __init__(self, source: Iterable[tuple[int, Values]], expected: int) -> None:
        self.expected = expected
        self._source, self._kept = iter(source), list[tuple[int, Values]]()

    def __iter__(self) -> Iterator[tuple[int, Values]]:
        yield from self._kept
        for record in self._source:
            self._kept.append(record)
            yield record


@dataclass
class Read:
    """The records of one input: good ones, and the problems of the others, by index.

    ``refused`` and ``keys`` are complete after ``accepted`` was read to its end. Keys of refused records have
    their types if possible, else they are texts of what was sent.
    """

    accepted: Records = field(default_factory=lambda: Records((), 0))
    refused: dict[int, list[Problem]] = field(default_factory=dict)
    keys: dict[int, Values] = field(default_factory=dict)


@cache
def writable(model: type[Table]) -> tuple[Column, ...]:
    """Return the columns a record may have: all but the stamps, in the order of ``Values``."""
    return tuple(column for column in columns(model) if not column.is_stamp)


@lru_cache(maxsize=8192)
def parse_day(text: str) -> datetime.date:
    """Return the calendar day of a date in any accepted form. Time and offset are ignored.

    Raises WrongValue.
    """
    match = _date(text)
    try:
        day = datetime.date.fromisoformat(match["day"])
    except ValueError:
        raise WrongValue from None
    if match["leap"]:
        _moment(match)
    return day


def parse_moment(text: str) -> datetime.datetime:
    """Return a moment in UTC. Without an offset the text means UTC, and a date alone means its midnight.

    Raises WrongValue.
    """
    return _moment(_date(text))


def _date(text: str) -> "re.Match[str]":
    match = _DATE.fullmatch(text)
    if not match:
        raise WrongValue
    return match


def _moment(match: "re.Match[str]") -> datetime.datetime:
    """Return the moment of a date in UTC. Raises WrongValue, also for an impossible leap second."""
    time, zone = match["time"] or "00:00", match["zone"] or ""
    offset = zone if zone[:1] in ("+", "-") else "+00:00"
    try:
        if not match["leap"]:
            return datetime.datetime.fromisoformat(f"{match['day']}T{time}{offset}").astimezone(datetime.UTC)
        before = datetime.datetime.fromisoformat(f"{match['day']}T{time[:6]}59{time[8:]}{offset}")
        before = before.astimezone(datetime.UTC)
        if (before.month, before.day, before.hour, before.minute) not in _LEAP_SECONDS:
            raise WrongValue
        return before + datetime.timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise WrongValue from None


def parse_json(column: Column, value: object) -> Value:
    """Return a JSON value in its column's type. A text is not accepted as a number or flag. Raises
    WrongValue."""
    wanted = _JSON_TYPES[column.kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and column.kind is not Kind.FLAG):
        raise WrongValue
    return bool(value) if column.kind is Kind.FLAG else _PARSERS[column.kind](value)


def parse_text(column: Column, value: str) -> Value:
    """Return the text of a file, a path or a query in its column's type. Raises WrongValue."""
    return _PARSERS[column.kind](value if column.kind is Kind.TEXT else value.strip())


def _parse_integer(value: str | int | Decimal) -> int:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise WrongValue
    if isinstance(value, Decimal) and not (value.is_finite() and value.adjusted() < 12 and value % 1 == 0):
        raise WrongValue
    if not INT32_MIN <= int(value) <= INT32_MAX:
        raise WrongValue
    return int(value)


def _parse_number(value: str | int | Decimal) -> Decimal:
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise WrongValue
    if not number_fits(number := Decimal(value)):
        raise WrongValue
    return number


def parse_flag(value: str) -> bool:
    """Return a text as a boolean. Raises WrongValue."""
    if value.lower() not in _FLAGS:
        raise WrongValue
    return _FLAGS[value.lower()]


_PARSERS: dict[Kind, Callable[[Any], Value]] = {
    Kind.TEXT: str,
    Kind.INTEGER: _parse_integer,
    Kind.NUMBER: _parse_number,
    Kind.FLAG: parse_flag,
    Kind.DAY: parse_day,
    Kind.MOMENT: parse_moment,
}
# The types that msgspec's strict decoder accepts, and whole numbers written as 5.0.
_JSON_TYPES: dict[Kind, type | UnionType] = {
    Kind.TEXT: str,
    Kind.INTEGER: int | Decimal,
    Kind.NUMBER: int | Decimal | str,
    Kind.FLAG: bool,
    Kind.DAY: str,
    Kind.MOMENT: str,
}


def check_value(
    column: Column, value: object, parse: Callable[[Column, Any], Value]
) -> tuple[Value, Problem | None]:
    """Return one column's value as ``parse`` converts it (None if empty), or the problem with it."""
    blank = isinstance(value, str) and not (value if column.kind is Kind.TEXT else value.strip())
    if value is None or blank:
        return None, problems.required(column) if column.required else None
    try:
        parsed = parse(column, value)
    except WrongValue:
        return None, problems.wrong_type(column)
    if column.is_assigned and parsed == 0:
        return None, None
    if isinstance(parsed, str):
        if "\0" in parsed:
            return None, problems.nul_character(column)
        if not parsed.isascii() and any("\ud800" <= letter <= "\udfff" for letter in parsed):
            return None, problems.broken_text(column)
        if column.max_length is not None and len(parsed) > column.max_length:
            return None, problems.too_long(column, len(parsed))
    return parsed, None


def check_record(model: type[Table], record: Mapping[str, object]) -> tuple[Values, list[Problem]]:
    """Read a JSON record with names in any case. Return its values and problems.

    Absent columns get their defaults. Unknown names are ignored.
    """
    places, defaults, needed = _shape(model)
    values, wrong = list(defaults), dict[int, Problem]()
    given = {name.lower(): value for name, value in record.items()}
    for name, value in given.items():
        if name in places:
            place, column = places[name]
            values[place], problem = check_value(column, value, parse_json)
            if problem:
                wrong[place] = problem
    wrong |= {places[name][0]: problem for name, problem in needed.items() if name not in given}
    return tuple(values), [wrong[place] for place in sorted(wrong)]


@cache
def _shape(
    model: type[Table],
) -> tuple[dict[str, tuple[int, Column]], Values, dict[str, Problem]]:
    """Return what all records share: each column's position, the defaults of absent columns, and the problems
    of missing required columns."""
    every = writable(model)
    places = {column.db: (place, column) for place, column in enumerate(every)}
    defaults = tuple(None if column.required else column.default for column in every)
    return places, defaults, {column.db: problems.required(column) for column in every if column.required}
