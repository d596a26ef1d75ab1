"""The enrollment summary: how many are, and ever were, covered (semantics.md section 4)."""

import datetime
from dataclasses import dataclass

from django.db import connections

from enrollment.sql import summary as sql
from vbaadmin import databases


@dataclass(frozen=True)
class Summary:
    """Distinct people: ever covered, and covered on the business date."""

    subscribers: int
    members: int
    subscribers_current: int
    members_current: int


@dataclass(frozen=True)
class ContractSummary:
    """The summary of one contract of a division. Do not add these up: a person may be under several."""

    coverage_start: datetime.date
    coverage_end: datetime.date | None
    people: Summary


def summarize_group(group_id: str, today: datetime.date) -> Summary:
    """Count the people of a group as of ``today``; each once, across all divisions."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.GROUP, {"group": group_id, "division": None, "today": today})
        return Summary(*cursor.fetchone())


def summarize_division(group_id: str, division_id: str, today: datetime.date) -> list[ContractSummary]:
    """Count the people of each contract of a division as of ``today``, oldest contract first."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.DIVISION, {"group": group_id, "division": division_id, "today": today})
        return [ContractSummary(start, end, Summary(*counts)) for start, end, *counts in cursor.fetchall()]
