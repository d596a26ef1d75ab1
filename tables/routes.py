"""URL converters and route makers: the four addresses of a table, from its natural key."""

import datetime
from typing import Any
from urllib.parse import quote, unquote

from django.urls import URLPattern, path, register_converter

from tables.columns import Kind, key_columns
from tables.records import parse_day


class KeySegment:
    """One segment of an API path, which arrives percent-encoded (see ``vbaadmin.rawpath``), as a text."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        text = unquote(value, errors="strict")
        if "\0" in text:  # No record can have such a key, and PostgreSQL cannot even look for it.
            raise ValueError
        return text

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


class DaySegment:
    """One segment that is a date in any accepted form; ``+`` stands for a blank."""

    regex = "[^/]+"

    def to_python(self, value: str) -> datetime.date:
        return parse_day(unquote(value.replace("+", " "), errors="strict"))

    def to_url(self, value: datetime.date) -> str:
        return value.isoformat()


register_converter(KeySegment, "key")
register_converter(DaySegment, "day")


def table_routes(prefix: str, viewset: Any) -> list[URLPattern]:
    """Return the routes of a table under ``prefix``: list and create, one record, and the batch.

    The prefix names the parents' key columns in braces (``groups/{group_id}/divisions``); the rest
    of the table's own key makes the record's address.
    """
    converters = {
        column.db: f"<{'day' if column.kind is Kind.DAY else 'key'}:{column.db}>"
        for column in key_columns(viewset.model)
    }
    named = prefix.format_map(_Segments(converters))
    own = "/".join(segment for name, segment in converters.items() if "{" + name + "}" not in prefix)
    name = viewset.model._meta.model_name
    return [
        path(named, viewset.as_view({"get": "list", "post": "create"}), name=f"{name}-list"),
        path(f"{named}-batch", viewset.as_view({"put": "batch"}), name=f"{name}-batch"),
        path(
            f"{named}/{own}",
            viewset.as_view({"get": "retrieve", "put": "replace", "delete": "destroy"}),
            name=f"{name}-one",
        ),
    ]


class _Segments(dict[str, str]):
    def __missing__(self, name: str) -> Any:
        raise KeyError(f"{name} is no key column of the table.")
