"""The fast way to read JSON records: msgspec decodes valid ones in C."""

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tables.schema.column import Column, Kind
from tables.schema.columns import columns
from tables.schema.fields import INT32_MAX, INT32_MIN, number_fits
from tables.schema.models import Table
from tables.write.records import Values, WrongValue, parse_day, parse_moment, writable

# The errors that msgspec raises for JSON that it cannot decode, or that has the wrong type.
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class StrictRecords:
    """Decodes records that are completely valid: exactly the declared names, and values of their types.

    ``whole`` records may leave optional columns out. Others must have all ``chosen`` columns.
    """

    def __init__(self, model: type[Table], chosen: Sequence[Column], *, whole: bool) -> None:
        self.width = len(chosen)
        self.times: list[tuple[int, Callable[[str], datetime.date]]] = [
            (n, parse_day if column.kind is Kind.DAY else parse_moment)
            for n, column in enumerate(chosen)
            if column.kind in (Kind.DAY, Kind.MOMENT)
        ]
        self.assigned = [n for n, column in enumerate(chosen) if column.is_assigned]
        self.numbers = [n for n, column in enumerate(chosen) if column.kind is Kind.NUMBER]
        struct = _struct(model, chosen, whole)
        self._one = msgspec.json.Decoder(struct).decode
        self._many = msgspec.json.Decoder(list[struct]).decode  # type: ignore[valid-type]

    def decode_all(self, body: bytes) -> list[object] | None:
        """Return all records of an array at once if each is valid, else None."""
        try:
            found: list[object] = self._many(body)
            return found
        except UNDECODABLE:
            return None

    def values(self, element: object) -> Values | None:
        """Return a record's values, or None if the record is not valid.

        ``element`` is one that ``decode_all`` returned, or a record's JSON. Anything else is not valid.
        """
        if isinstance(element, bytes | msgspec.Raw):
            try:
                element = self._one(element)
            except UNDECODABLE:
                return None
        if not isinstance(element, msgspec.Struct):
            return None
        values = list(msgspec.structs.astuple(element)[: self.width])
        try:
            for n, parse in self.times:
                if values[n] is not None:
                    values[n] = parse(values[n])
        except WrongValue:
            return None
        for n in self.numbers:
            if values[n] is not None and not number_fits(values[n]):
                return None
        if self.assigned and values[self.assigned[0]] == 0:
            return None
        return None if "" in values else tuple(values)


def _struct(model: type[Table], chosen: Sequence[Column], whole: bool) -> type[msgspec.Struct]:
    """Return the class of records that have the chosen columns."""
    fields: list[Any] = []
    for column in chosen:
        kind = _json_type(column)
        if column.required:
            fields.append((column.db, kind))
        elif whole:
            fields.append((column.db, kind | None, column.default))
        else:
            fields.append((column.db, kind | None))
    stamps = [column for column in columns(model) if column.is_stamp]
    # Values sent for stamps are ignored.
    fields += [(column.db, msgspec.Raw, msgspec.Raw(b"null")) for column in stamps]
    rename = {column.db: column.api for column in (*chosen, *stamps)}
    return msgspec.defstruct(
        f"{model.__name__}Record", fields, rename=rename, kw_only=True, forbid_unknown_fields=True, gc=False
    )


def _json_type(column: Column) -> Any:
    """Return the type of a column's JSON values, with its limits."""
    if column.kind is Kind.TEXT:
        return Annotated[str, Meta(min_length=column.min_length, max_length=column.max_length)]
    if column.kind is Kind.INTEGER:
        return Annotated[int, Meta(ge=INT32_MIN, le=INT32_MAX)]
    return {Kind.NUMBER: Decimal, Kind.FLAG: bool, Kind.DAY: str, Kind.MOMENT: str}[column.kind]


@cache
def whole_records(model: type[Table]) -> StrictRecords:
    """Return the decoder of records that may have any column of the table."""
    return StrictRecords(model, writable(model), whole=True)
