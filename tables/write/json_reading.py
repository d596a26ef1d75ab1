"""Reads JSON records of a table, and finds all errors of each.

msgspec decodes valid records in C (``strict_records``). Other records are read again column by column, which
finds all of their errors and accepts names in any case.
"""

import datetime
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias

import msgspec

from tables.schema import problems
from tables.schema.column import Value
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.write.counting import refuse_more_objects, refuse_more_values
from tables.write.records import Read, Records, Values, check_record, check_value, writable
from tables.write.strict_records import UNDECODABLE, whole_records

# A function that makes an object from its properties, in order.
_Properties: TypeAlias = Callable[[list[tuple[str, object]]], dict[str, object]]


def _exact(text: str) -> Decimal:
    """Return the exact value of a JSON number, or NaN, which no column accepts, if its exponent is absurdly
    large."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("NaN")


_decode_loosely = msgspec.json.Decoder(float_hook=_exact).decode
# A response repeats up to this many characters of an invalid key.
_MOST_SHOWN = 200


class NotJson(ValueError):
    """The text is not JSON. ``place`` says where the error is, if known."""

    def __init__(self, place: str = "") -> None:
        super().__init__(place)
        self.place = place


def decode_json(body: bytes, kind: Any = Any) -> Any:
    """Return JSON as plain values with exact numbers. Raises NotJson.

    ``kind`` is the type that msgspec decodes. JSON of another type becomes plain values. If msgspec refuses
    the text, Python's decoder tries it. It accepts byte order marks and halves of surrogate pairs, so that an
    error can name their row and column.
    """
    try:
        return _decode_loosely(body) if kind is Any else msgspec.json.decode(body, type=kind)
    except UNDECODABLE:
        return _decode_by_python(body)


class Repeated(ValueError):
    """An object has this property twice. Upper and lower case count as the same."""


def decode_once(body: bytes) -> Any:
    """Return JSON as plain values with exact numbers. Raises NotJson, and Repeated if an object has a
    property twice. Other decoders silently keep the last one."""
    return _decode_by_python(body, _each_once)


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = set[str]()
    for name, _ in pairs:
        if name.lower() in names:
            raise Repeated(name)
        names.add(name.lower())
    return dict(pairs)


def _decode_by_python(body: bytes, pairs: _Properties | None = None) -> Any:
    try:
        text = body.decode("utf-8-sig", "surrogatepass")
        return json.loads(
            text,
            parse_int=_exact,
            parse_float=_exact,
            parse_constant=_no_constant,
            object_pairs_hook=pairs,
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not a number")


def has_escaped_nul(body: bytes) -> bool:
    """Return whether JSON may have U+0000, which is legal but which PostgreSQL cannot store."""
    return b"\\u0000" in body


def _may_hold_nul(element: object) -> bool:
    return not isinstance(element, msgspec.Raw) or has_escaped_nul(bytes(element))


class JsonReader:
    """Reads the JSON records of one table. ``path_keys`` are key values from the URL path."""

    def __init__(self, model: type[Table], path_keys: Mapping[str, Value] | None = None) -> None:
        self.model = model
        self._strict = whole_records(model)
        self._columns = writable(model)
        given = path_keys or {}
        self._path = [(n, c, given[c.db]) for n, c in enumerate(self._columns) if c.db in given]
        self._key_length = len(model.key)

    def read_array(self, body: bytes, most: int = sys.maxsize) -> Read:
        """Read a batch. Raises NotJson, TypeError if the JSON is not an array, or TooManyRecords if it has
        more than ``most`` records."""
        refuse_more_objects(body, most)
        careful = has_escaped_nul(body)
        # Decoding stops at the first invalid record.
        elements = None if careful else self._strict.decode_all(body)
        if elements is None:
            refuse_more_values(body, most)
            elements = decode_json(body, list[msgspec.Raw])
        if not isinstance(elements, list):
            raise TypeError("The body must be a JSON array of records.")
        return self._read(elements, careful)

    def read_one(self, body: bytes) -> Read:
        """Read a single record, as index 0. Raises NotJson."""
        record = decode_json(body)
        element = msgspec.Raw(body) if isinstance(record, dict) else record
        return self._read([element], has_escaped_nul(body))

    def read_plain(self, record: object) -> Read:
        """Read a single record as index 0. Its values are plain, as ``decode_json`` returns them."""
        return self._read([record], careful=False)

    def _read(self, elements: list[object], careful: bool) -> Read:
        read = Read()
        read.accepted = Records(self._accept(read, elements, careful), len(elements))
        return read

    def _accept(self, read: Read, elements: list[object], careful: bool) -> Iterator[tuple[int, Values]]:
        for index, element in enumerate(elements):
            elements[index] = None  # Otherwise a record would be in memory twice.
            # If the body may have a NUL, read only the affected records carefully.
            values = None if careful and _may_hold_nul(element) else self._strict.values(element)
            wrong: list[Problem] = []
            if values is None or (self._path and any(values[n] != key for n, _, key in self._path)):
                values, wrong = self._read_carefully(element)
            read.keys[index] = values[: self._key_length]
            if wrong:
                read.refused[index] = wrong
            else:
                yield index, values

    def _read_carefully(self, element: object) -> tuple[Values, list[Problem]]:
        record = _plain(element)
        if not isinstance(record, dict):
            return (None,) * len(self._columns), [Problem(None, "The record must be a JSON object.")]
        checked, wrong = check_record(self.model, record)
        values = list(checked)
        for n, column, expected in self._path:
            if values[n] is None and column.is_assigned:
                values[n], problem = check_value(column, expected, lambda _, typed: typed)
                wrong += [problem] if problem else []
            elif values[n] is not None and values[n] != expected:
                wrong.append(problems.unlike_path(column))
        if wrong:
            given = {name.lower(): value for name, value in record.items()}
            for n, column in enumerate(self._columns[: self._key_length]):
                if values[n] is None and given.get(column.db) is not None:
                    values[n] = problems.shown(given[column.db], _MOST_SHOWN)
        return tuple(values), wrong


def _plain(element: object) -> object:
    """Return a decoded record, or its JSON, as plain values. Raises NotJson."""
    if isinstance(element, msgspec.Struct):
        return msgspec.structs.asdict(element)
    if isinstance(element, bytes | msgspec.Raw):
        return decode_json(bytes(element))
    return element


def key_pairs(names: Sequence[str], key: Sequence[object]) -> list[dict[str, str | None]]:
    """Return a natural key as the API's list of key/value pairs; ``names`` are its columns' API names."""
    return [
        {"key": name, "value": None if value is None else _shown(value)}
        for name, value in zip(names, key, strict=True)
    ]


def _shown(value: object) -> str:
    """Return a key's value as text in its JSON form, or what was sent instead of it."""
    return f"{value}T00:00:00Z" if isinstance(value, datetime.date) else str(value)
