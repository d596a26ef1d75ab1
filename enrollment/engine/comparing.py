"""How many people are covered before and after a process: kept with its run and shown when it ends."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from enrollment.engine.parameters import Disenroll, Reenroll
from enrollment.engine.statements import Parameter
from enrollment.models import EnrollmentRun
from enrollment.sql import summary as sql
from tables.context import databases
from tables.context.days import day_after


@dataclass(frozen=True)
class Compared:
    """The people covered on a day, or at any time (None), before a process and after it."""

    day: datetime.date | None
    subscribers: tuple[int, int]
    members: tuple[int, int]


def keep(process_key: int, asked: Disenroll | Reenroll) -> None:
    """Count who is covered before and after a process, in the division or else in the group, around the day
    when its change takes effect, and keep the counts.

    Call this in the process's transaction, after everything is written. A second connection still sees the
    rows as they were before, and no one else can change them: they are locked.
    """
    division, days = _division(asked), _days(asked)
    around: dict[str, Parameter] = {
        "group": asked.group_id,
        "division": division,
        "last_day": days[0],
        "next_day": days[1],
    }
    database = databases.chosen()
    after = _count(connections[database], around)
    outside = connections[database].copy()
    try:
        before = _count(outside, around)
    finally:
        outside.close()
    rows = [
        {
            "day": day and day.isoformat(),
            "subscribers": [before[n], after[n]],
            "members": [before[n + 1], after[n + 1]],
        }
        for n, day in ((0, days[0]), (2, days[1]), (4, None))
    ]
    covered = {"division": division, "days": rows}
    EnrollmentRun.objects.filter(process_key=process_key).update(covered=covered)


def kept(run: EnrollmentRun) -> list[Compared]:
    """Return the counts kept with a run. Runs of earlier versions have none."""
    days = run.covered["days"] if run.covered else ()
    return [
        Compared(
            datetime.date.fromisoformat(each["day"]) if each["day"] else None,
            tuple(each["subscribers"]),
            tuple(each["members"]),
        )
        for each in days
    ]


def _division(asked: Disenroll | Reenroll) -> str | None:
    """Return the division to count in. COBRA coverage is in another division: count the whole group."""
    return None if isinstance(asked, Reenroll) and asked.cobra else asked.division_id


def _days(asked: Disenroll | Reenroll) -> tuple[datetime.date, datetime.date]:
    """Return the last day before the change takes effect, and the day on which it does."""
    start = None
    if isinstance(asked, Reenroll):
        start = asked.cobra.start if asked.cobra else asked.start
    return (start - datetime.timedelta(days=1), start) if start else (asked.day, day_after(asked.day))


def _count(connection: BaseDatabaseWrapper, around: Mapping[str, Parameter]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql.AROUND, around)
        found: tuple[int, ...] = cursor.fetchone()
        return found
