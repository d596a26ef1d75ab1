"""Rows selected in a list, to edit or delete: their keys and values, and a digest of what a preview
showed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import QuerySet

from tables.context import databases
from tables.schema.column import Column, Value
from tables.schema.models import Table
from tables.write.records import Values

MOST_ROWS = 10_000
# Rows with only some of their values.
RowValues: TypeAlias = "QuerySet[Table, tuple[Any, ...]]"


@dataclass(frozen=True)
class Row:
    """A selected row: its key, and the values ``before`` of the columns to change."""

    pk: Value
    key: Values
    before: Values

    def __str__(self) -> str:
        return " / ".join(map(str, self.key))


def selected(rows: "QuerySet[Table]", columns: Sequence[Column] = ()) -> "RowValues":
    """Return a query of the rows for ``as_rows``, in the order of their keys. It allows locking."""
    model: type[Table] = rows.model
    names = ["pk", *model.key, *(column.db for column in columns)]
    # Select by primary key: a list's own query may have joins and counts, which do not allow locking.
    found = model._default_manager.using(databases.chosen()).filter(pk__in=rows.order_by().values("pk"))
    return found.order_by(*model.key).values_list(*names)


def as_rows(found: "RowValues") -> list[Row]:
    """Return the rows that ``selected`` found."""
    first = 1 + len(found.model.key)
    return [Row(values[0], values[1:first], values[first:]) for values in found]


def digest_of(*facts: object) -> str:
    """Return a digest of what a user saw of the chosen database, to compare it later."""
    return hashlib.sha256(repr((databases.chosen(), *facts)).encode()).hexdigest()
