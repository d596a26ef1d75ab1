"""Sensitive columns: who may see and change them, and how showing them is put on record.

Whoever acts (``tables.context.actor``) has the right to a column or not. Without it, the column's values are
read as null, and writing rows neither changes nor empties them. With it, they are put on record before they
are shown.
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
    """Sensitive values that are about to be shown: of which table, how many of how many rows (None: not
    counted); ``key`` is that of a single record. Never the values."""

    model: type[Table]
    rows: int | None
    values: int | None
    key: tuple[str, ...] = ()


# Puts on record what is about to be shown, or raises OperationalError: then it must not be shown.
RECORDERS = Hook[Callable[[ShownValues], None]]()


def record(shown: ShownValues) -> None:
    """Put on record what is about to be shown. Raises OperationalError where that fails."""
    recorders = list(RECORDERS)
    if not recorders:
        raise RuntimeError("Nothing puts on record what is shown.")
    for recorder in recorders:
        recorder(shown)


@cache
def sensitive_columns(model: type[Table]) -> tuple[Column, ...]:
    """Return the columns of a table that need a right of their own to be seen."""
    return tuple(column for column in columns(model) if column.sensitive)


def hidden(model: type[Table]) -> tuple[Column, ...]:
    """Return the sensitive columns of a table that whoever acts may not see."""
    return guarded(sensitive_columns(model))


def guarded(chosen: Iterable[Column]) -> tuple[Column, ...]:
    """Return those of ``chosen`` columns that whoever acts may not see, and so neither change nor empty."""
    return tuple(each for each in chosen if each.permission and not acting_may(each.permission))


def record_queryset(queryset: "QuerySet[Table]", chosen: Iterable[Column]) -> None:
    """Put on record that the rows of a queryset are about to go out with the ``chosen`` columns, if one of
    these is sensitive. Even if no row has a value: one may be written between counting and reading."""
    found = [column for column in chosen if column.sensitive]
    if not found:
        return
    counts = {f"of_{column.db}": Count(column.db) for column in found}
    counted = queryset.order_by().aggregate(rows=Count("pk"), **counts)
    rows = counted.pop("rows")
    record(ShownValues(queryset.model, rows, sum(counted.values())))


def record_rows(model: type[Table], rows: Sequence[str], *, key: Iterable[object] = ()) -> None:
    """Put on record the sensitive values of rows in API form, unless there are none."""
    found = [each for each in sensitive_columns(model) if each.permission and acting_may(each.permission)]
    if not found:
        return
    # Within a JSON text quotes are escaped, so this finds the column and no text.
    empty = [f'"{column.api}":null' for column in found]
    values = sum(each not in row for row in rows for each in empty)
    if values:
        record(ShownValues(model, len(rows), values, tuple(map(str, key))))
