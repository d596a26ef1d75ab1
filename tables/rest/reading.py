"""Read rows for REST as JSON. PostgreSQL makes the JSON, and the answer passes it on unchanged."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.db.models.expressions import OrderBy

from tables.context import databases
from tables.schema.columns import find_column, key_columns
from tables.schema.models import Table
from tables.schema.sensitive import hidden, record_rows
from tables.write.sql.names import quote
from tables.write.sql.rows_as_json import PAGE, select_one_as_json, select_page_as_json

# A count of this many rows is kept for this long, so that paging does not count them again for each page.
MANY, MANY_SECONDS = 20_000, 10


@dataclass(frozen=True)
class Page:
    """One page of a list: its rows as JSON texts, and its position in the list."""

    rows: list[str]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages the list has."""
        return -(-self.total // self.size)


def rows_as_json(queryset: "QuerySet[Table]") -> list[str]:
    """Return the rows of a queryset as JSON objects in API form, in its order.

    The query finds the keys first, so that it reads no row and makes no JSON for rows before the offset.
    The access log records sensitive values. They are null for users who may not see them.
    """
    model: type[Table] = queryset.model
    order = [_OrderedBy.of(each) for each in queryset.query.order_by]
    names = dict.fromkeys([*model.key, *(each.name for each in order)])
    try:
        keys, params = queryset.values_list(*names).query.sql_with_params()
    except EmptyResultSet:  # No row can pass the filters.
        return []
    with connections[queryset.db].cursor() as cursor:
        columns = hidden(model)
        cursor.execute(select_page_as_json(model, keys, [each.sql for each in order], columns), params)
        rows = [row for (row,) in cursor]
    record_rows(model, rows)
    return rows


@dataclass(frozen=True)
class _OrderedBy:
    """A column that a queryset is ordered by, and its SQL in the query of a page."""

    name: str
    sql: str

    @classmethod
    def of(cls, given: Any) -> "_OrderedBy":
        """Read an entry of ``order_by``: an OrderBy of a column, or a column's name, perhaps with a minus."""
        if isinstance(given, str):
            given = OrderBy(models.F(given.removeprefix("-")), descending=given.startswith("-"))
        name = given.expression.name
        direction = "DESC" if given.descending else "ASC"
        return cls(name, f"{PAGE}.{quote(name)} {direction}{' NULLS LAST' * bool(given.nulls_last)}")


def row_as_json(model: type[Table], key: Mapping[str, object]) -> str | None:
    """Return the row with a natural key as a JSON object in API form, None if there is no such row.

    The access log records sensitive values. They are null for users who may not see them.
    """
    values: list[Any] = [key[name] for name in model.key]
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(select_one_as_json(model, hidden(model)), values)
        row = cursor.fetchone()
    if row is None:
        return None
    record_rows(model, row, key=values)
    return str(row[0])


def ordering(model: type[Table], sort_by: str) -> list[OrderBy]:
    """Return the order for a text such as ``name:asc,group_ID:desc``: nulls come last, then the key decides.

    Raises UnknownColumn, or ValueError for a direction that is neither asc nor desc.
    """
    order: list[OrderBy] = []
    for part in filter(None, (part.strip() for part in sort_by.split(","))):
        name, _, direction = part.partition(":")
        direction = direction.strip().lower() or "asc"
        if direction not in ("asc", "desc"):
            raise ValueError(direction)
        column = find_column(model, name)
        # Without nulls, leave out "nulls last": PostgreSQL could not use the column's index.
        nulls_last = True if column.nullable else None
        order.append(OrderBy(models.F(column.db), descending=direction == "desc", nulls_last=nulls_last))
    return order + [OrderBy(models.F(column.db)) for column in key_columns(model)]


def page_of(queryset: "QuerySet[Table]", number: int, size: int) -> Page:
    """Return page ``number`` (from 1) of an ordered queryset, with ``size`` rows on each page."""
    start = (number - 1) * size
    rows = rows_as_json(queryset[start : start + size])
    seen = start + len(rows) if rows else 0
    if (rows or number == 1) and len(rows) < size:  # This is the last page.
        return Page(rows, number, size, seen)
    # The kept count may be older than the rows.
    return Page(rows, number, size, max(count(queryset), seen))


def count(queryset: "QuerySet[Table]") -> int:
    """Return the number of rows. The count of many rows is kept for a few seconds in each server process."""
    unordered = queryset.order_by()
    try:
        query, params = unordered.query.sql_with_params()
    except EmptyResultSet:  # No row can pass the filters.
        return 0
    return _kept(f"{queryset.db} {query} {params}", unordered.count)


def count_kept(cursor: CursorWrapper, query: str, params: Mapping[str, Any]) -> int:
    """Return the count of a given query in the chosen target database. Each server process keeps a large
    count for a few seconds."""

    def counted() -> int:
        cursor.execute(query, params)
        return int(cursor.fetchone()[0])

    return _kept(f"{databases.chosen()} {query} {sorted(params.items())}", counted)


def _kept(what: str, count: Callable[[], int]) -> int:
    name = hashlib.sha256(what.encode()).hexdigest()
    total: int | None = cache.get(name)
    if total is None:
        total = count()
        if total >= MANY:
            cache.set(name, total, MANY_SECONDS)
    return total
