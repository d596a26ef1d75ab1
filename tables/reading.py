"""Reading rows for REST: a queryset's rows as JSON made by PostgreSQL, passed through as it is."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.db.models.expressions import OrderBy, RawSQL

from tables import sql
from tables.columns import Column, by_any_name, key_columns
from tables.models import Table


class UnknownColumn(LookupError):
    """The table has no column of this name."""


@dataclass(frozen=True)
class Page:
    """One page of a list: its rows as JSON texts, and where it stands."""

    rows: list[str]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return -(-self.total // self.size)


@cache
def _row_as_json(model: type[Table]) -> RawSQL:
    return RawSQL(sql.select_as_json(model), (), output_field=models.TextField())  # noqa: S611 - names alone


def rows_as_json(queryset: "QuerySet[Any]") -> list[str]:
    """Return the queryset's rows as JSON objects in API form, in its order."""
    model: Any = queryset.model
    return list(queryset.values_list(_row_as_json(model), flat=True))


def find_column(model: type[Table], name: str) -> Column:
    """Return the column of this API, published or database name, in any case. Raises UnknownColumn."""
    try:
        return by_any_name(model)[name.strip().lower()]
    except KeyError:
        raise UnknownColumn(name) from None


def ordering(model: type[Table], sort_by: str) -> list[OrderBy]:
    """Return the order that ``name:asc,group_ID:desc`` asks for: nulls last, the key as the last resort.

    Raises UnknownColumn, or ValueError for a direction that is neither asc nor desc.
    """
    order: list[OrderBy] = []
    for part in filter(None, (part.strip() for part in sort_by.split(","))):
        name, _, direction = part.partition(":")
        direction = direction.strip().lower() or "asc"
        if direction not in ("asc", "desc"):
            raise ValueError(direction)
        column = find_column(model, name)
        # A column that is never null needs no "nulls last", which would keep its index from being used.
        nulls_last = True if column.nullable else None
        order.append(OrderBy(models.F(column.db), descending=direction == "desc", nulls_last=nulls_last))
    return order + [OrderBy(models.F(column.db)) for column in key_columns(model)]


def page_of(queryset: "QuerySet[Any]", number: int, size: int) -> Page:
    """Return page ``number`` (from 1) of an ordered queryset, in ``size`` rows a page."""
    start = (number - 1) * size
    rows = rows_as_json(queryset[start : start + size])
    if rows and len(rows) < size:
        return Page(rows, number, size, start + len(rows))
    return Page(rows, number, size, 0 if number == 1 and not rows else count(queryset))


def count(queryset: "QuerySet[Any]") -> int:
    """Count the queryset's rows."""
    return queryset.order_by().count()
