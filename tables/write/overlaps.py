"""Spans that must not overlap: one declaration for the database, the engine and the forms.

A span without an end stays open. A span that ends before it starts is void and overlaps nothing. Writers of
spans lock the owners of their rows, in the order of the keys, so that two writers cannot each add one half of
an overlap.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.backends.ddl_references import Table as TableReference
from django.db.models import F, Q

from tables.schema.models import Table
from tables.write.records import Values
from tables.write.sql import locks
from tables.write.sql import overlaps as sql
from tables.write.staging import Staged


class NoOverlap(models.constraints.BaseConstraint):
    """Live spans with the same values in the ``within`` columns must not overlap.

    ``owner`` is the table, with a key of one column, whose rows writers lock. In the database the constraint
    is a trigger that checks what a statement added. It also works for plain SQL and concurrent writers. A
    transaction that checks its spans itself sets ``vba.spans_checked``.
    """

    def __init__(
        self, *, within: Sequence[str], start: str, end: str, owner: str, message: str, name: str
    ) -> None:
        super().__init__(name=name)
        self.within, self.start, self.end = tuple(within), start, end
        self.owner, self.message = owner, message

    @property
    def spans(self) -> sql.SpanColumns:
        """The columns of the spans."""
        return sql.SpanColumns(self.within, self.start, self.end)

    def constraint_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Create the trigger right after the table, because CREATE TABLE cannot contain it."""
        assert schema_editor is not None  # noqa: S101 - only offline SQL passes none
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        statement = f"{self.function_sql(model)};{sql.create_triggers(model, self.name)}"
        return _statement(statement.replace("%", "%%"), model, schema_editor)

    def function_sql(self, model: type[Table]) -> str:
        """Return the statement that creates or replaces the trigger's function."""
        owner = model._meta.apps.get_model(self.owner)
        return sql.create_function(model, owner, self.spans, self.name, self.message)

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        return _statement(sql.drop_function(self.name), model, schema_editor)

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        start, end = getattr(instance, self.start), getattr(instance, self.end)
        values = {name: getattr(instance, name) for name in self.within}
        if start is None or any(value in (None, "") for value in values.values()):
            return
        if end is not None and end < start:
            return
        if connections[using].in_atomic_block:
            owner = model._meta.apps.get_model(self.owner)
            list(
                owner._default_manager.using(using)
                .select_for_update(no_key=True)
                .filter(pk=values[owner._meta.pk.name])
            )
        others = model._default_manager.using(using).filter(**values).exclude(pk=instance.pk)
        others = others.filter(Q(**{f"{self.end}__isnull": True}) | Q(**{f"{self.end}__gte": start}))
        live = Q(**{f"{self.end}__isnull": True}) | Q(**{f"{self.end}__gte": F(self.start)})
        if end is not None:
            others = others.filter(**{f"{self.start}__lte": end})
        if others.filter(live).exists():
            column = self.start if exclude and self.end in exclude else self.end
            raise ValidationError({column: self.message})

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        names = ("within", "start", "end", "owner", "message")
        return path, args, kwargs | {name: getattr(self, name) for name in names}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoOverlap) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.within, self.start, self.end, self.name))


def _statement(
    text: str, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor | None
) -> Statement:
    assert schema_editor is not None  # noqa: S101 - only offline SQL passes none
    return Statement(text, table=TableReference(model._meta.db_table, schema_editor.quote_name))


def overlaps(model: type[Table]) -> list[NoOverlap]:
    """Return the model's rules about spans."""
    return [each for each in model._meta.constraints if isinstance(each, NoOverlap)]


@dataclass(frozen=True)
class SpanVersion:
    """One version of a row: its key, its days, and the number of the record that brings it (-1: stored)."""

    n: int
    key: Values
    start: date
    end: date | None

    @property
    def is_live(self) -> bool:
        """Whether the span has at least one day."""
        return self.last >= self.start

    @property
    def last(self) -> date:
        """The last day. For an open span, the calendar's last."""
        return self.end or date.max


def refused_spans(staged: Staged, rule: NoOverlap) -> set[int]:
    """Return the numbers of the staged records that would cause an overlap, and lock the owners.

    Each record is compared with the stored rows and with the records accepted before it, in the order sent,
    as if they were written one after the other.
    """
    model, rows, spans = staged.model, staged.rows, rule.spans
    owner: type[Table] = model._meta.apps.get_model(rule.owner)
    staged.execute(locks.hold(owner, locks.named(owner, rows)))
    has_end = rule.end in {column.db for column in staged.columns}
    places = staged.execute(sql.find_suspicious(model, spans, rows, has_end=has_end)).fetchall()
    if not places:
        return set()
    found = staged.execute(sql.versions(model, spans, rows, has_end=has_end), **sql.as_arrays(places))
    families: dict[Values, list[SpanVersion]] = defaultdict(list)
    width = len(rule.within)
    for n, start, end, *key in found.fetchall():
        families[tuple(key[:width])].append(SpanVersion(n, tuple(key[width:]), start, end))
    return {n for versions in families.values() for n in _refuse(versions)}


def _refuse(versions: list[SpanVersion]) -> set[int]:
    """Return the refused records among the versions of a family's rows: in the order sent, each one that
    would overlap another row, stored or accepted before."""
    refused: set[int] = set()
    calendar = _Calendar()
    for span in sorted(versions, key=lambda span: span.n):
        if not calendar.take(span):
            refused.add(span.n)
    return refused


class _Calendar:
    """The rows of a family. ``apart`` are the live spans in order, so that a new one is compared only with
    its neighbors. ``crowded`` are stored spans that already overlap."""

    def __init__(self) -> None:
        self.rows: dict[Values, SpanVersion] = {}
        self.apart: list[SpanVersion] = []
        self.crowded: list[SpanVersion] = []

    def take(self, span: SpanVersion) -> bool:
        """Replace a row with this version. Return False if a record brings it and it would overlap."""
        former = self.rows.get(span.key)
        if former:
            self._remove(former)
        if span.n >= 0 and span.is_live and self._meets(span, self.crowded + self._neighbors(span)):
            if former:
                self._put(former)
            return False
        self.rows[span.key] = span
        self._put(span)
        return True

    def _put(self, span: SpanVersion) -> None:
        if not span.is_live:
            return
        if self._meets(span, self._neighbors(span)):
            self.crowded.append(span)
        else:
            insort(self.apart, span, key=_start)

    def _remove(self, span: SpanVersion) -> None:
        if span in self.crowded:
            self.crowded.remove(span)
        elif span.is_live:
            self.apart.pop(bisect_left(self.apart, span.start, key=_start))

    def _neighbors(self, span: SpanVersion) -> list[SpanVersion]:
        place = bisect_left(self.apart, span.start, key=_start)
        return self.apart[max(place - 1, 0) : place + 1]

    @staticmethod
    def _meets(span: SpanVersion, others: list[SpanVersion]) -> bool:
        return any(other.start <= span.last and span.start <= other.last for other in others)


def _start(span: SpanVersion) -> date:
    return span.start
