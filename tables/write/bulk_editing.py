"""Sets chosen columns of many rows to the same values, through the engine.

A preview is the same call, rolled back. Its digest identifies what it showed, and the change is kept only if
it has the same digest.
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
    """The outcome for the selected rows: what was changed if it was ``kept``, else what would be changed.

    ``digest`` identifies all of it: the rows, their old and new values, and the reasons for refusals.
    """

    count: int
    updated: list[Row]
    refused: list[tuple[Row, list[Problem]]]
    digest: str
    kept: bool

    @property
    def unchanged(self) -> int:
        """How many rows already have the new values."""
        return self.count - len(self.updated) - len(self.refused)


@cache
def editable(model: type[Table]) -> dict[str, tuple[Column, ...]]:
    """Return the columns that can be edited in many rows at once, by section.

    Keys, stamps and sensitive columns are left out.
    """
    found = {
        title: tuple(each for each in columns if not (each.is_key or each.is_stamp or each.sensitive))
        for title, columns in sections(model).items()
    }
    return {title: columns for title, columns in found.items() if columns}


def edit_rows(
    rows: "QuerySet[Table]", columns: Sequence[Column], values: Values, *, previewed: str = ""
) -> Edited:
    """Set ``columns`` of the ``rows`` to these values, in one transaction, stamped with the acting user.

    The change is kept if its digest equals ``previewed``, else rolled back. A call without ``previewed`` is a
    preview. Rows that a parent, a rule or the database refuses stay unchanged. Rows that someone has deleted
    since then are skipped. Raises django.db.OperationalError if a load, a process or another user has locked
    the rows.
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
