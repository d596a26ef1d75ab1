"""Sensitive columns: who may see and change them, and how views are recorded.

The acting user (``tables.context.actor``) either has the permission for a column or not. Without it, the
column's values read as null, and writing rows neither changes nor empties them. With it, each view is
recorded before the values are shown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from django.db.models import Count, QuerySet

from tables.context.actor import acting_may
from tables.context.hooks import Hook
from tables.schema.column import Column
from tables.schema.columns import columns
from tables.schema.models import Table


@dataclass(frozen=True)
class ShownValues:
    """Facts about sensitive values to be shown: the table, the number of rows and values (None: not counted),
    and the key of a single record. Never the values themselves."""

    model: type[Table]
    rows: int | None
    values: int | None
    key: tuple[str, ...] = ()


# Functions that record a view. If one raises OperationalError, the values must not be shown.
RECORDERS = Hook[Callable[[ShownValues], None]]()


def record(shown: ShownValues) -> None:
    """Record a view. Raises OperationalError if that fails."""
    recorders = list(RECORDERS)
    if not recorders:
        raise RuntimeError("No recorder is registered for views of sensitive values.")
    for recorder in recorders:
        recorder(shown)


@cache
def sensitive_columns(model: type[Table]) -> tuple[Column, ...]:
    """Return the columns of a table that only users with a special permission may see."""
    return tuple(column for column in columns(model) if column.sensitive)


def hidden(model: type[Table]) -> tuple[Column, ...]:
    """Return the sensitive columns of a table that the acting user may not see."""
    return guarded(sensitive_columns(model))


def guarded(chosen: Iterable[Column]) -> tuple[Column, ...]:
    """Return those of ``chosen`` that the acting user may not see, and so neither change nor empty."""
    return tuple(each for each in chosen if each.permission and not acting_may(each.permission))


def record_queryset(queryset: "QuerySet[Table]", chosen: Iterable[Column]) -> None:
    """Record that the rows of a queryset will be shown with the ``chosen`` columns, if one of these is
    sensitive. Do so even if no row has a value, because one may be written between counting and reading."""
    found = [column for column in chosen if column.sensitive]
    if not found:
        return
    counts = {f"of_{column.db}": Count(column.db) for column in found}
    counted = queryset.order_by().aggregate(rows=Count("pk"), **counts)
    rows = counted.pop("rows")
    record(ShownValues(queryset.model, rows, sum(counted.values())))


def record_rows(model: type[Table], rows: Sequence[str], *, key: Iterable[object] = ()) -> None:
    """Record a view of the sensitive values of rows in API form, unless there are none."""
    found = [each for each in sensitive_columns(model) if each.permission and acting_may(each.permission)]
    if not found:
        return
    # JSON escapes quotes inside texts, so this matches only the column, never a text.
    empty = [f'"{column.api}":null' for column in found]
    values = sum(each not in row for row in rows for each in empty)
    if values:
        record(ShownValues(model, len(rows), values, tuple(map(str, key))))
