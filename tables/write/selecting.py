"""Rows selected in a list, to change or delete all of them: which they are, and what a preview showed."""

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
# Rows of which some values are read.
RowValues: TypeAlias = "QuerySet[Table, tuple[Any, ...]]"


@dataclass(frozen=True)
class Row:
    """A row that was selected: its key, and what columns that are to be changed hold ``before``."""

    pk: Value
    key: Values
    before: Values

    def __str__(self) -> str:
        return " / ".join(map(str, self.key))


def selected(rows: "QuerySet[Table]", columns: Sequence[Column] = ()) -> "RowValues":
    """Return the values of the rows for ``as_rows``, in the order of their keys; they can be held."""
    model: type[Table] = rows.model
    names = ["pk", *model.key, *(column.db for column in columns)]
    # By their primary keys: a list's own query may have joins and counts, which cannot be held.
    found = model._default_manager.using(databases.chosen()).filter(pk__in=rows.order_by().values("pk"))
    return found.order_by(*model.key).values_list(*names)


def as_rows(found: "RowValues") -> list[Row]:
    """Read what ``selected`` has found."""
    first = 1 + len(found.model.key)
    return [Row(values[0], values[1:first], values[first:]) for values in found]


def digest_of(*facts: object) -> str:
    """Return a digest of what somebody was shown of the chosen database, to compare it later."""
    return hashlib.sha256(repr((databases.chosen(), *facts)).encode()).hexdigest()
