"""Filters by column for REST lists, by django-filter: ``?state=OH&disenroll_Date__gte=2024-01-01``."""

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.exceptions import ParseError

from tables.columns import Column, Kind, columns
from tables.models import Table
from tables.problems import expected
from tables.records import WrongValue, parse_day, parse_text

# Lookups beside equality, by kind of column.
_COMPARE = ("gte", "lte")
LOOKUPS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("icontains", "istartswith"),
    Kind.INTEGER: _COMPARE,
    Kind.NUMBER: _COMPARE,
    Kind.FLAG: (),
    Kind.DAY: _COMPARE,
    Kind.MOMENT: _COMPARE,
}


class ColumnFilter(django_filters.Filter):
    """Compares one column with a value read as the column's kind."""

    def __init__(self, column: Column, lookup: str) -> None:
        super().__init__(field_name=column.db, lookup_expr=lookup)
        self.column = column

    def filter(self, qs: "QuerySet[Any]", value: Any) -> "QuerySet[Any]":
        if value in (None, ""):
            return qs
        if self.lookup_expr == "isnull":
            return qs.filter(**{f"{self.field_name}__isnull": value.lower() in ("true", "1")})
        try:
            parsed = _parse(self.column, value)
        except WrongValue:
            raise ParseError(f"{self.column.api} must be {expected(self.column)}.") from None
        if isinstance(parsed, str) and "\0" in parsed:
            return qs.none()
        return qs.filter(**{f"{self.field_name}__{self.lookup_expr}": parsed})


def _parse(column: Column, value: str) -> Any:
    """Return a query parameter as its column's kind; a day stands for its first moment. Raises WrongValue."""
    if column.kind is not Kind.MOMENT:
        return parse_text(column, value)
    try:
        moment = datetime.datetime.fromisoformat(value.strip())
    except ValueError:
        moment = datetime.datetime.combine(parse_day(value.strip()), datetime.time())
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


@cache
def _filters(model: type[Table]) -> type[django_filters.FilterSet]:
    """Return the FilterSet of a table: equality, null, and what its kind allows, for each column."""
    found: dict[str, Any] = {}
    for column in columns(model):
        found[column.db] = ColumnFilter(column, "exact")
        for lookup in (*LOOKUPS[column.kind], "isnull"):
            found[f"{column.db}__{lookup}"] = ColumnFilter(column, lookup)
    return type(f"{model.__name__}Filters", (django_filters.FilterSet,), found)


def filter_by_query(queryset: "QuerySet[Any]", query: Mapping[str, Any]) -> "QuerySet[Any]":
    """Narrow a table's rows to what the query parameters ask for; names in any case, unknown ones ignored.

    Raises ParseError (400) for a value that is not of its column's kind.
    """
    folded = QueryDict(mutable=True)
    for name, value in query.items():
        folded[name.lower()] = value
    model: Any = queryset.model
    filters = _filters(model)
    if not folded.keys() & filters.base_filters.keys():
        return queryset
    narrowed: QuerySet[Any] = filters(folded, queryset=queryset).qs
    return narrowed
