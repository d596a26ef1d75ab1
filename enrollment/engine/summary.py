"""The enrollment summary: how many people are covered, and how many ever were (docs/enrollment.md)."""

import datetime
from dataclasses import dataclass

from django.db import connections

from enrollment.sql import summary as sql
from tables.context import databases


@dataclass(frozen=True)
class Summary:
    """Distinct people: ever covered, and covered on the business date."""

    subscribers: int
    members: int
    subscribers_current: int
    members_current: int


@dataclass(frozen=True)
class ContractSummary:
    """The summary of one contract of a division. A person may count in several: do not add up the counts."""

    division_id: str
    coverage_start: datetime.date
    coverage_end: datetime.date | None
    people: Summary


def summarize_group(group_id: str, today: datetime.date, *, division_id: str | None = None) -> Summary:
    """Count the people of a group, or of one of its divisions, as of ``today``. Each person counts once."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.GROUP, {"group": group_id, "division": division_id, "today": today})
        return Summary(*cursor.fetchone())


def summarize_contracts(
    group_id: str, today: datetime.date, *, division_id: str | None = None
) -> list[ContractSummary]:
    """Count the people of each contract of a group, or of one of its divisions, as of ``today``; by division,
    oldest contract first."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.CONTRACTS, {"group": group_id, "division": division_id, "today": today})
        return [
            ContractSummary(division, start, end, Summary(*counts))
            for division, start, end, *counts in cursor.fetchall()
        ]
