"""URL converters, and the routes of a table, which follow from its natural key."""

import datetime
from typing import Any, NoReturn
from urllib.parse import quote, unquote

from django.urls import URLPattern, path, register_converter

from tables.rest.api import TableViewSet
from tables.schema.column import Kind
from tables.schema.columns import key_columns
from tables.schema.fields import INT32_MAX, INT32_MIN
from tables.write.records import WrongValue, parse_day


class KeySegment:
    """A segment of an API path that is a text. It arrives percent-encoded (see ``vbaadmin.rawpath``)."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        text = unquote(value, errors="strict")
        if "\0" in text:  # No key holds a NUL, and PostgreSQL cannot search for one.
            raise ValueError
        return text

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


class DaySegment:
    """A segment that is a date in any accepted form. A ``+`` that does not start an offset means a space."""

    regex = "[^/]+"

    def to_python(self, value: str) -> datetime.date:
        try:
            return parse_day(unquote(value, errors="strict"))
        except WrongValue:
            return parse_day(unquote(value.replace("+", " "), errors="strict"))

    def to_url(self, value: datetime.date) -> str:
        return value.isoformat()


class IntegerSegment:
    """A segment that is a whole number of 32 bits."""

    regex = "-?[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if not INT32_MIN <= number <= INT32_MAX:
            raise ValueError
        return number

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(KeySegment, "key")
register_converter(DaySegment, "day")
register_converter(IntegerSegment, "int32")
_CONVERTERS = {Kind.DAY: "day", Kind.INTEGER: "int32"}


def table_routes(
    prefix: str,
    viewset: type[TableViewSet],
    *,
    one: str = "",
    batch: str | None = None,
    lists: bool = True,
    batches: bool = True,
) -> list[URLPattern]:
    """Return the routes of a table under ``prefix``: list and create, one record, and the batch.

    The prefix names the key columns of the parents in braces (``groups/{group_id}/divisions``). The other
    key columns of the table make the address of a record, unless ``one`` gives it. ``batch`` is the address
    of the batch if it is not ``<prefix>-batch``. ``lists`` and ``batches`` say whether the table has them.
    """
    columns = key_columns(viewset.model)
    segments = _Segments({c.db: f"<{_CONVERTERS.get(c.kind, 'key')}:{c.db}>" for c in columns})
    own = "/".join(segment for name, segment in segments.items() if "{" + name + "}" not in prefix)
    name = viewset.model._meta.model_name
    addresses: dict[str, dict[str, Any]] = {
        prefix: {"get": "list", "post": "create"} if lists else {"post": "create"}
    }
    if batches:
        addresses.setdefault(batch or f"{prefix}-batch", {})["put"] = "batch"
    addresses[one or f"{prefix}/{own}"] = {"get": "retrieve", "put": "replace", "delete": "destroy"}
    return [
        path(address.format_map(segments), viewset.as_view(actions), name=f"{name}-{_suffix(actions)}")
        for address, actions in addresses.items()
    ]


def _suffix(actions: dict[str, str]) -> str:
    if "post" in actions:
        return "list"
    return "batch" if "put" in actions and "get" not in actions else "one"


class _Segments(dict[str, str]):
    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(f"{name} is not a key column of the table.")
