"""Giving chosen columns of many rows the same values, through the engine.

A preview is the same call, rolled back. A digest stands for what it showed, and a change is kept only if its
own digest is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connections, transaction
from django.db.models import QuerySet

from tables.context import databases
from tables.schema.column import Column
from tables.schema.columns import key_columns, sections
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.write.engine import Mode, write
from tables.write.owners import hold_owners_of
from tables.write.records import Values
from tables.write.selecting import Row, as_rows, digest_of, selected
from tables.write.sql.locks import wait_for_other_loads


@dataclass(frozen=True)
class Edited:
    """What became of the selected rows or, where nothing was ``kept``, would become of them.

    ``digest`` stands for all of this: the rows, their values before, the new ones, and who is refused why.
    """

    count: int
    updated: list[Row]
    refused: list[tuple[Row, list[Problem]]]
    digest: str
    kept: bool

    @property
    def unchanged(self) -> int:
        """How many rows have the wanted values already."""
        return self.count - len(self.updated) - len(self.refused)


@cache
def editable(model: type[Table]) -> dict[str, tuple[Column, ...]]:
    """Return the columns that many rows can be given at once, by section.

    Not among them: keys, which never change, stamps, and what only a deliberate act shows of one record.
    """
    found = {
        title: tuple(each for each in columns if not (each.is_key or each.is_stamp or each.sensitive))
        for title, columns in sections(model).items()
    }
    return {title: columns for title, columns in found.items() if columns}


def edit_rows(
    rows: "QuerySet[Table]", columns: Sequence[Column], values: Values, *, previewed: str = ""
) -> Edited:
    """Give ``columns`` of the ``rows`` these values, in one transaction, stamped with the acting user.

    The change is kept if its digest is ``previewed``, else rolled back; so without one it is a preview.
    Rows that a parent, a rule or the database refuses stay as they are, and rows deleted meanwhile stay
    deleted. Raises django.db.OperationalError where a load, a process or somebody else holds the rows.
    """
    model: type[Table] = rows.model
    using = databases.chosen()
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute(wait_for_other_loads(model))
        hold_owners_of(selected(rows))
        held = as_rows(selected(rows, columns).select_for_update(no_key=True))
        written = [*key_columns(model), *columns]
        records = [(n, (*row.key, *values)) for n, row in enumerate(held)]
        outcome = write(model, records, columns=written, mode=Mode.REPLACE)
        refused = [(held[n], problems) for n, problems in sorted(outcome.refused.items())]
        updated = [held[n] for n in sorted(outcome.updated)]
        digest = digest_of([column.db for column in columns], values, held, updated, refused)
        kept = digest == previewed
        if not kept:
            transaction.set_rollback(True, using=using)
    return Edited(len(held), updated, refused, digest, kept)
