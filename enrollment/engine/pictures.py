"""Figures for the coverage charts: over time, by plan and tier, by division (``enrollment.sql.pictures``)."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections

from enrollment.engine.statements import Row
from enrollment.sql import pictures as sql
from tables.context import databases

MONTHS = 24


@dataclass(frozen=True)
class Covered:
    """How many people are covered on one day, by one plan and tier, or in one division."""

    label: str
    subscribers: int
    members: int
    tier: str = ""


def month_ends(until: datetime.date, months: int = MONTHS) -> list[datetime.date]:
    """Return ``until`` and the ends of the months before it, oldest first: ``months`` days in total."""
    days = [until]
    first = until.replace(day=1)
    while len(days) < months and first > datetime.date.min:
        days.append(first - datetime.timedelta(days=1))
        first = days[-1].replace(day=1)
    return days[::-1]


def people_over_time(
    until: datetime.date, *, group_id: str | None = None, division_id: str | None = None
) -> list[Covered]:
    """Count the people covered at each month's end up to ``until``, and on ``until``, in the chosen target
    database, a group or a division. Each person counts once."""
    days = month_ends(until)
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(
            sql.OVER_TIME,
            {"days": days, "first": days[0], "last": until, "group": group_id, "division": division_id},
        )
        found = cursor.fetchall()
    return [
        Covered(day.isoformat(), _on(found, "family", bit), _on(found, "member", bit))
        for bit, day in enumerate(days)
    ]


def _on(found: Sequence[tuple[str, int, int]], kind: str, bit: int) -> int:
    return sum(people for which, mask, people in found if which == kind and mask >> bit & 1)


def people_by_plan(
    day: datetime.date, *, group_id: str | None = None, division_id: str | None = None
) -> list[Covered]:
    """Count the people covered on ``day``, by plan and tier. A person with two plans counts in both."""
    rows = _rows(sql.BY_PLAN, day, group_id, division_id)
    return [Covered(plan, subscribers, members, tier) for plan, tier, subscribers, members in rows]


def people_by_division(
    day: datetime.date, *, group_id: str | None = None, division_id: str | None = None
) -> list[Covered]:
    """Count the people covered on ``day``, by division. A person in two divisions counts in both."""
    return [Covered(*row) for row in _rows(sql.BY_DIVISION, day, group_id, division_id)]


def _rows(statement: str, day: datetime.date, group_id: str | None, division_id: str | None) -> list[Row]:
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(statement, {"day": day, "group": group_id, "division": division_id})
        return list(cursor.fetchall())
