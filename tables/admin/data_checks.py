"""Data checks: rows that need attention. The start page counts them, and a filter of the list shows them.

A model declares ``findings`` and ``doubts``. Each doubt is a finding too, and the page of a record shows the
doubts about it. The count and the list use the same condition.
"""

import datetime
import re
from collections.abc import Sequence

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler
from django.utils.text import slugify

from tables.context import databases
from tables.context.hooks import Hook
from tables.schema.conditions import Doubt, Finding
from tables.schema.models import Table

_ROW = re.compile(r"\bt\.")

# Findings of a table that a higher-level app adds.
MORE_FINDINGS = Hook[tuple[type[Table], Finding]]()


def doubts_of(model: type[Table]) -> list[Finding]:
    """Return the doubts of a table as findings."""
    return [Finding(slugify(each.text), each.text, each.text, each.condition) for each in model.doubts]


def findings_of(model: type[Table]) -> tuple[Finding, ...]:
    """Return the findings of a table. Its doubts come last."""
    more = (finding for table, finding in MORE_FINDINGS if table is model)
    return (*model.findings, *more, *doubts_of(model))


def finding_named(model: type[Table], slug: str | None) -> Finding | None:
    """Return the finding with this name in URLs, or None."""
    return next((each for each in findings_of(model) if each.slug == slug), None)


class Holds(Func):
    """Whether a row of a queryset belongs to a finding, whatever alias the query gives the table."""

    output_field = models.BooleanField()

    def __init__(self, finding: Finding, today: datetime.date) -> None:
        super().__init__(models.F("pk"))
        self.condition = _on(finding, today)

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, Sequence[object]]:
        column, params = compiler.compile(self.source_expressions[0])
        table = column.rpartition(".")[0]
        return f"({_ROW.sub(lambda found: f'{table}.', self.condition)})", params


def count_all(wanted: Sequence[tuple[type[Table], Finding]], today: datetime.date) -> list[int]:
    """Count the rows of several findings in the chosen target database, in one statement."""
    if not wanted:
        return []
    counts = [
        f'(SELECT count(*) FROM "{model._meta.db_table}" AS t WHERE {_on(finding, today)})'
        for model, finding in wanted
    ]
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}")
        return list(cursor.fetchone())


def _on(finding: Finding, today: datetime.date) -> str:
    return finding.condition.replace(":today", f"DATE '{today.isoformat()}'")


def of_row(model: type[Table], doubt: Doubt) -> str:
    """Ask whether the doubt applies to the row with this primary key."""
    table = model._meta
    return f"""
        SELECT EXISTS (
            SELECT FROM "{table.db_table}" AS t WHERE t."{table.pk.column}" = %s AND ({doubt.condition}))"""


def doubts_about(record: Table) -> list[str]:
    """Return the texts of the doubts that apply to a stored record of the chosen target database."""
    found = []
    with connections[databases.chosen()].cursor() as cursor:
        for doubt in record.doubts:
            cursor.execute(of_row(type(record), doubt), [record.pk])
            if cursor.fetchone()[0]:
                found.append(doubt.text)
    return found
