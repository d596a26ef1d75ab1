"""The fast way to read JSON records: msgspec decodes, in C, those that are right in every way."""

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

# What msgspec raises for JSON that it cannot decode, or not as the wanted kind.
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class StrictRecords:
    """Decodes the records that are right in every way: names exactly the declared ones, and values of
    their types. ``whole`` records may leave optional columns out; others bring each of ``chosen``.
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
        """Return all records of an array at once where each is of this form, else None."""
        try:
            found: list[object] = self._many(body)
            return found
        except UNDECODABLE:
            return None

    def values(self, element: object) -> Values | None:
        """Return a record's values; None where something about it is not right.

        ``element`` is one of ``decode_all``, or the JSON of one; anything else is not right.
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
    """Return the class of records that bring the chosen columns."""
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
    # Whatever is sent for a stamp is ignored.
    fields += [(column.db, msgspec.Raw, msgspec.Raw(b"null")) for column in stamps]
    rename = {column.db: column.api for column in (*chosen, *stamps)}
    return msgspec.defstruct(
        f"{model.__name__}Record", fields, rename=rename, kw_only=True, forbid_unknown_fields=True, gc=False
    )


def _json_type(column: Column) -> Any:
    """Return the type of a column's JSON values, with their bounds."""
    if column.kind is Kind.TEXT:
        return Annotated[str, Meta(min_length=column.min_length, max_length=column.max_length)]
    if column.kind is Kind.INTEGER:
        return Annotated[int, Meta(ge=INT32_MIN, le=INT32_MAX)]
    return {Kind.NUMBER: Decimal, Kind.FLAG: bool, Kind.DAY: str, Kind.MOMENT: str}[column.kind]


@cache
def whole_records(model: type[Table]) -> StrictRecords:
    """Return the decoder of records that may bring any column of the table."""
    return StrictRecords(model, writable(model), whole=True)
