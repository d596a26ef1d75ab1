"""Putting on record what changes no row: sensitive values that were shown, and exports."""

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connections

from tables.context import databases
from tables.context.actor import acting_source, acting_user_in_full
from tables.context.requests import activity_id
from tables.history import sql
from tables.history.models import HistoryEntry
from tables.schema.column import Column
from tables.schema.models import Table

# What looks like an SSN: somebody may have searched for one.
_SSN = re.compile(r"(?<!\d)\d{3}[-. ]?\d{2}[-. ]?\d{4}(?!\d)")


@dataclass(frozen=True)
class RecordedExport:
    """An export that has begun, and is on record without its number of rows."""

    database: str
    at: datetime.datetime
    entry: int

    def end(self, rows: int) -> None:
        """Add how many rows have gone out. To be called outside of a read-only transaction."""
        with connections[self.database].cursor() as cursor:
            cursor.execute(sql.END_EXPORT, {"rows": rows, "at": self.at, "id": self.entry})


def record_shown(record: Table, columns: Iterable[Column], *, where: str = "") -> None:
    """Put on record that a record's sensitive columns were shown to the acting user: never their values."""
    names = ", ".join(str(column.field.verbose_name) for column in columns)
    facts = {"Shown": f"{names}, {where}" if where else names}
    _record(type(record), HistoryEntry.VIEWED, record.key_values(), facts)


def begin_export(model: type[Table], facts: Mapping[str, object]) -> RecordedExport:
    """Put on record that rows of a table are about to leave the product.

    ``facts`` say which list, with which filters, in which form. It comes before the first row, so that an
    export that is cut off is on record as well; ``RecordedExport.end`` adds the rows. SSNs among them are
    left out.
    """
    facts = {
        name: _SSN.sub("***", value) if isinstance(value, str) else value for name, value in facts.items()
    }
    return RecordedExport(
        databases.chosen(), *_record(model, HistoryEntry.EXPORTED, (), {**facts, "Rows": None})
    )


def _record(
    model: type[Table], action: str, key: Iterable[object], facts: Mapping[str, object]
) -> tuple[datetime.datetime, int]:
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(
            sql.RECORD,
            {
                "actor": acting_user_in_full() or "",
                "source": acting_source(),
                "activity": activity_id().strip("-"),
                "table": model._meta.db_table,
                "key": [str(part) for part in key],
                "action": action,
                "facts": json.dumps(facts, default=str),
            },
        )
        at, entry = cursor.fetchone()
    return at, entry
