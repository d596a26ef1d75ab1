"""Reading the history for people: entries with labels, readable values, and masked sensitive columns."""

import datetime
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from tables.context.hooks import Hook
from tables.context.users import AnyUser
from tables.history import sql
from tables.history.models import HistoryEntry
from tables.schema.column import Column, Kind, masked
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.schema.registry import all_tables


@dataclass(frozen=True)
class Change:
    """One column's old and new value as text. A fact has no old value."""

    label: str
    before: str | None
    after: str

    @property
    def text(self) -> str:
        """The values in words."""
        return self.after if self.before is None else f"{self.before} → {self.after}"


@dataclass(frozen=True)
class Line:
    """One event of a record. ``link`` leads to details, if there are any."""

    at: datetime.datetime
    actor: str
    source: str
    what: str
    changes: list[Change]
    activity: str = ""
    link: str = ""


# Functions that return events of a record from other sources (processes): up to a limit, newest first.
MORE_LINES = Hook[Callable[[Table, AnyUser, int], Iterable[Line]]]()


def more_lines(record: Table, user: AnyUser, limit: int) -> list[Line]:
    """Return the events of a record from other sources, newest first."""
    found = [line for lines in MORE_LINES for line in lines(record, user, limit)]
    return sorted(found, key=lambda line: line.at, reverse=True)[:limit]


def models_by_table() -> dict[str, type[Table]]:
    """Return the mirrored tables by their names in the database."""
    return {model._meta.db_table: model for model in all_tables()}


def may_view(user: AnyUser, model: type[Model]) -> bool:
    """Return whether the user may see a table's records and their history."""
    return user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def entries_of(record: Table) -> "QuerySet[HistoryEntry]":
    """Return the entries of one record, newest first."""
    key = [str(value) for value in record.key_values()]
    return HistoryEntry.objects.filter(table_name=record._meta.db_table, row_key=key)


def latest_entries(records: Iterable[Table], limit: int) -> list[HistoryEntry]:
    """Return the latest entries of several records together, newest first."""
    keys = [(each._meta.db_table, [str(value) for value in each.key_values()]) for each in records]
    return list(HistoryEntry.objects.raw(sql.LATEST, {"records": json.dumps(keys), "limit": limit}))


def line_of(entry: HistoryEntry, shown: Collection[str] = ()) -> Line:
    """Return an entry as people see it. Sensitive columns are masked, except those in ``shown``."""
    model = models_by_table().get(entry.table_name)
    return Line(
        at=entry.at,
        actor=entry.actor,
        source=entry.get_source_display(),
        what=entry.get_action_display(),
        changes=_facts(entry) if entry.tells_facts else changes_shown(model, entry.changes or {}, shown),
        activity=entry.activity or "",
    )


def _facts(entry: HistoryEntry) -> list[Change]:
    return [Change(name, None, "–" if value is None else str(value)) for name, value in entry.changes.items()]


def changes_shown(
    model: type[Table] | None, changes: Mapping[str, Sequence[object]], shown: Collection[str] = ()
) -> list[Change]:
    """Return changed columns (name to old and new value) with their labels. Sensitive columns are masked,
    except those in ``shown``."""
    columns = by_any_name(model) if model else {}
    found = []
    for name, (before, after) in changes.items():
        column = columns.get(name)
        hidden = bool(column and column.sensitive and column.db not in shown)
        label = str(column.field.verbose_name) if column else name
        found.append(Change(label, _text(column, before, hidden), _text(column, after, hidden)))
    return found


def _text(column: Column | None, value: object, hidden: bool) -> str:
    if value is None:
        return "–"
    if hidden:
        return masked(value)
    if column and column.kind is Kind.FLAG:
        return "Yes" if value else "No"
    return str(value)
