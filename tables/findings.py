"""Findings: rows of a table that somebody should look at, counted on the first page and listed by a filter.

A model declares its ``findings``; each of its ``doubts`` is one as well. Number and list have one condition.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections
from django.utils.text import slugify

from vbaadmin import databases

if TYPE_CHECKING:
    from tables.models import Table

# What ends within so many days ends soon.
SOON_DAYS = 60


@dataclass(frozen=True)
class Finding:
    """One kind of rows: its name in addresses, a short title, what it means in words, and the condition in
    SQL over a row ``t``, in which ``:today`` is the business day."""

    slug: str
    title: str
    text: str
    condition: str


def findings_of(model: "type[Table]") -> tuple[Finding, ...]:
    """Return the findings of a table, those made of its doubts last."""
    doubts = [Finding(slugify(each.text), each.text, each.text, each.condition) for each in model.doubts]
    return (*model.findings, *doubts)


def finding_named(model: "type[Table]", slug: str | None) -> Finding | None:
    """Return the finding of a table by its name in addresses, None if there is none."""
    return next((each for each in findings_of(model) if each.slug == slug), None)


def keys(model: "type[Table]", finding: Finding, today: datetime.date) -> str:
    """The primary keys of the rows of a finding."""
    table = model._meta
    condition = finding.condition.replace(":today", f"DATE '{today.isoformat()}'")
    return f'SELECT t."{table.pk.column}" FROM "{table.db_table}" AS t WHERE {condition}'


def count_all(wanted: "Sequence[tuple[type[Table], Finding]]", today: datetime.date) -> list[int]:
    """Count the rows of several findings in the chosen target database, by one statement."""
    if not wanted:
        return []
    counts = [f"(SELECT count(*) FROM ({keys(model, finding, today)}) AS found)" for model, finding in wanted]
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}")
        return list(cursor.fetchone())
