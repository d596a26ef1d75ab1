"""Recording events that change no row: sensitive values that were shown, and exports."""

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

# Looks like an SSN. A user may have searched for one.
_SSN = re.compile(r"(?<!\d)\d{3}[-. ]?\d{2}[-. ]?\d{4}(?!\d)")


@dataclass(frozen=True)
class RecordedExport:
    """An export that has started and is recorded without its number of rows."""

    database: str
    at: datetime.datetime
    entry: int

    def end(self, rows: int) -> None:
        """Record the number of exported rows. Call this outside of a read-only transaction."""
        with connections[self.database].cursor() as cursor:
            cursor.execute(sql.END_EXPORT, {"rows": rows, "at": self.at, "id": self.entry})


def record_shown(record: Table, columns: Iterable[Column], *, where: str = "") -> None:
    """Record that the acting user saw a record's sensitive columns, but not their values."""
    names = ", ".join(str(column.field.verbose_name) for column in columns)
    facts = {"Shown": f"{names}, {where}" if where else names}
    _record(type(record), HistoryEntry.VIEWED, record.key_values(), facts)


def begin_export(model: type[Table], facts: Mapping[str, object]) -> RecordedExport:
    """Record that an export of a table starts.

    ``facts`` name the list, its filters and the format. SSNs in them are masked. Call this before the first
    row, so that an export that is cut off is recorded too. ``RecordedExport.end`` adds the number of rows.
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
