"""Reading records: from JSON, or from loose values, to the typed values of a table's columns, one by one.

A record that is right passes through msgspec in C. One that is not is read again column by
column, so that all of its errors are told, and so that names in another case are understood.
"""

import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tables import problems
from tables.columns import Column, Kind, columns
from tables.fields import INT32_MAX, INT32_MIN, number_fits
from tables.models import Table
from tables.problems import Problem

# YYYY-MM-DD, alone or followed by a time and an offset, which are ignored: RFC 3339, or what stock
# Ruby clients send ("2024-06-30 00:00:00 UTC").
_DAY = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)
_WHOLE = re.compile(r"[+-]?\d{1,12}")
_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False}

Values = tuple[Any, ...]


class WrongValue(ValueError):
    """The value is not of the column's kind."""


@dataclass
class Read:
    """What was read of one input: good records by their index, and the problems of the others."""

    accepted: list[tuple[int, Values]] = field(default_factory=list)
    refused: dict[int, list[Problem]] = field(default_factory=dict)
    keys: dict[int, Values] = field(default_factory=dict)


@cache
def writable(model: type[Table]) -> tuple[Column, ...]:
    """Return the columns a record may bring: all but the stamps. Their order is the order of ``Values``."""
    return tuple(column for column in columns(model) if not column.is_stamp)


@lru_cache(maxsize=8192)
def parse_day(text: str) -> datetime.date:
    """Return the calendar day of a date in any accepted form; time and offset are ignored.

    Raises WrongValue.
    """
    match = _DAY.fullmatch(text)
    if not match:
        raise WrongValue
    try:
        return datetime.date.fromisoformat(match[1])
    except ValueError:
        raise WrongValue from None


def parse_value(column: Column, value: Any) -> Any:
    """Return a value as its column's kind; ``value`` is a JSON value, or the text of a file or a path.

    Raises WrongValue.
    """
    return _PARSERS[column.kind](value)


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue
    return value


def _parse_integer(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 12 and value == int(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not INT32_MIN <= value <= INT32_MAX:
        raise WrongValue
    return value


def _parse_number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise WrongValue
    try:
        number = Decimal(value)
    except (ArithmeticError, ValueError):
        raise WrongValue from None
    if not number_fits(number):
        raise WrongValue
    return number


def _parse_flag(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in _FLAGS:
        return _FLAGS[value.strip().lower()]
    if not isinstance(value, bool):
        raise WrongValue
    return value


def _parse_day(value: Any) -> datetime.date:
    if not isinstance(value, str):
        raise WrongValue
    return parse_day(value.strip())


_PARSERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _parse_text,
    Kind.INTEGER: _parse_integer,
    Kind.NUMBER: _parse_number,
    Kind.FLAG: _parse_flag,
    Kind.DAY: _parse_day,
}


def _is_empty(column: Column, value: Any) -> bool:
    if value is None or value == "":
        return True
    return column.kind is not Kind.TEXT and isinstance(value, str) and not value.strip()


def check_value(column: Column, value: Any) -> tuple[Any, Problem | None]:
    """Return one column's typed value (empty is None), or the problem with what was given."""
    if _is_empty(column, value):
        return None, problems.required(column) if column.required else None
    try:
        parsed = parse_value(column, value)
    except WrongValue:
        return None, problems.wrong_type(column)
    if isinstance(parsed, str):
        if "\0" in parsed:
            return None, problems.nul_character(column)
        if not parsed.isascii() and any("\ud800" <= letter <= "\udfff" for letter in parsed):
            return None, problems.broken_text(column)
        if column.max_length is not None and len(parsed) > column.max_length:
            return None, problems.too_long(column, len(parsed))
    return parsed, None


def check_record(model: type[Table], record: Mapping[str, Any]) -> tuple[Values, list[Problem]]:
    """Read a record given by names in any case; return its values and everything that is wrong with it.

    An absent column takes its default; names that are no column are ignored.
    """
    given = {name.lower(): value for name, value in record.items()}
    values: list[Any] = []
    wrong: list[Problem] = []
    for column in writable(model):
        if column.db not in given and not column.required:
            values.append(column.default)
            continue
        value, problem = check_value(column, given.get(column.db))
        values.append(value)
        if problem:
            wrong.append(problem)
    return tuple(values), wrong


# --- JSON ---------------------------------------------------------------------------------------

_decode_loosely = msgspec.json.Decoder(float_hook=Decimal).decode


class NotJson(ValueError):
    """The text is not JSON; ``place`` says where it breaks, as far as is known."""

    def __init__(self, place: str = "") -> None:
        super().__init__(place)
        self.place = place


def decode_json(body: bytes, kind: Any = Any) -> Any:
    """Return JSON as plain values, numbers exact. Raises NotJson.

    What msgspec refuses is tried once more by Python's decoder, which also knows byte order marks
    and lets half surrogate pairs through, so that they are told of their own row and column.
    """
    try:
        if kind is Any:
            return _decode_loosely(body)
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        return _decode_loosely(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError, ArithmeticError):
        raise NotJson from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class JsonReader:
    """Reads the JSON records of one table. ``path_keys`` are key values the path has already named."""

    def __init__(self, model: type[Table], path_keys: Mapping[str, Any] | None = None) -> None:
        self.model = model
        self.path_keys = dict(path_keys or {})
        self._columns = writable(model)
        self._decode = _strict_decoder(model).decode
        self._days = [n for n, column in enumerate(self._columns) if column.kind is Kind.DAY]
        self._numbers = [n for n, column in enumerate(self._columns) if column.kind is Kind.NUMBER]
        self._path = [
            (n, c, self.path_keys[c.db]) for n, c in enumerate(self._columns) if c.db in self.path_keys
        ]
        self._key_length = len(model.key)

    def read_array(self, body: bytes) -> Read:
        """Read a batch. Raises NotJson, or TypeError where the JSON is not an array."""
        read = Read()
        # An escaped NUL is legal JSON that PostgreSQL cannot store; such a body is read carefully.
        careful = b"\\u0000" in body
        elements = None if careful else self._decode_all(body)
        if elements is None:
            elements = decode_json(body, list[msgspec.Raw])
        if not isinstance(elements, list):
            raise TypeError("The body must be a JSON array of records.")
        for index, element in enumerate(elements):
            self._read_into(read, index, element, careful)
        return read

    def read_one(self, body: bytes) -> Read:
        """Read a single record, as index 0. Raises NotJson."""
        decode_json(body)
        read = Read()
        try:
            self._read_into(read, 0, msgspec.Raw(body), b"\\u0000" in body)
        except msgspec.DecodeError:
            self._read_into(read, 0, decode_json(body), True)
        return read

    def _read_into(self, read: Read, index: int, element: Any, careful: bool) -> None:
        values = None if careful else self._values_if_right(element)
        wrong: list[Problem] = []
        if values is None:
            values, wrong = self._read_carefully(element)
        read.keys[index] = values[: self._key_length]
        if wrong:
            read.refused[index] = wrong
        else:
            read.accepted.append((index, values))

    def _decode_all(self, body: bytes) -> list[Any] | None:
        """Return all records at once where each has exactly the declared names and types, else None."""
        try:
            return _strict_decoder(self.model, many=True).decode(body)  # type: ignore[no-any-return]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _values_if_right(self, element: Any) -> Values | None:
        """Return the values of a record that is right in every way, else None.

        ``element`` is a decoded record, or the JSON of one; anything else is not.
        """
        if isinstance(element, msgspec.Raw):
            try:
                element = self._decode(element)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return None
        if not isinstance(element, msgspec.Struct):
            return None
        values = list(msgspec.structs.astuple(element)[: len(self._columns)])
        try:
            for n in self._days:
                if values[n] is not None:
                    values[n] = parse_day(values[n])
        except WrongValue:
            return None
        if "" in values or any(values[n] is not None and not number_fits(values[n]) for n in self._numbers):
            return None
        if any(values[n] != expected for n, _, expected in self._path):
            return None
        return tuple(values)

    def _read_carefully(self, element: Any) -> tuple[Values, list[Problem]]:
        record = element
        if isinstance(element, msgspec.Struct):
            record = msgspec.structs.asdict(element)
        elif isinstance(element, msgspec.Raw):
            record = _decode_loosely(element)
        if not isinstance(record, dict):
            return (None,) * len(self._columns), [Problem(None, "The record must be a JSON object.")]
        values, wrong = check_record(self.model, record)
        for n, column, expected in self._path:
            if values[n] is not None and values[n] != expected:
                wrong.append(problems.unlike_path(column))
        return values, wrong


@cache
def _strict_decoder(model: type[Table], *, many: bool = False) -> "msgspec.json.Decoder[Any]":
    """Return the decoder of a record (or an array of them) of exactly the declared names and types."""
    fields: list[Any] = []
    rename: dict[str, str] = {}
    for column in writable(model):
        rename[column.db] = column.api
        kind = _json_type(column)
        fields.append((column.db, kind) if column.required else (column.db, kind | None, column.default))
    for column in columns(model):
        if column.is_stamp:  # whatever is sent is ignored
            rename[column.db] = column.api
            fields.append((column.db, msgspec.Raw, msgspec.Raw(b"null")))
    struct = msgspec.defstruct(
        f"{model.__name__}Record", fields, rename=rename, kw_only=True, forbid_unknown_fields=True, gc=False
    )
    return msgspec.json.Decoder(list[struct] if many else struct)  # type: ignore[valid-type]


def _json_type(column: Column) -> Any:
    if column.kind is Kind.TEXT:
        shortest = 1 if column.is_key else None
        return Annotated[str, Meta(min_length=shortest, max_length=column.max_length)]
    if column.kind is Kind.INTEGER:
        return Annotated[int, Meta(ge=INT32_MIN, le=INT32_MAX)]
    return {Kind.NUMBER: Decimal, Kind.FLAG: bool, Kind.DAY: str}[column.kind]


def key_pairs(model: type[Table], key: Sequence[Any]) -> list[dict[str, str | None]]:
    """Return a natural key as the API's list of key/value pairs."""
    named = zip(writable(model), key, strict=False)
    return [{"key": column.api, "value": None if value is None else str(value)} for column, value in named][
        : len(model.key)
    ]
