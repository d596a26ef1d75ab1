"""How many people a process found covered, and how many it left: kept with its run and shown at its end."""

import datetime
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connections

from enrollment.engine.requests import Disenroll, Reenroll
from enrollment.engine.summary import Summary
from enrollment.models import EnrollmentRun
from enrollment.sql import summary as sql
from vbaadmin import databases


@dataclass(frozen=True)
class Compared:
    """The people covered on a day, or ever (None), before a process and after it."""

    day: datetime.date | None
    subscribers: tuple[int, int]
    members: tuple[int, int]


def keep(process_key: int, asked: Disenroll | Reenroll) -> None:
    """Keep how many are covered before and after a process, in the division or else in the group, around the
    day when its change takes effect. To be called in its transaction, when all is written: seen from outside,
    everything is still as it was before, and stays so, since the rows are locked."""
    scope = {"group": asked.group_id, "division": _division(asked)}
    days = _days(asked)
    database = databases.chosen()
    after = _summaries(connections[database], scope, days)
    outside = connections[database].copy()
    try:
        before = _summaries(outside, scope, days)
    finally:
        outside.close()
    rows = [_row(day, one, other, "_current") for day, one, other in zip(days, before, after, strict=True)]
    covered = {"division": scope["division"], "days": [*rows, _row(None, before[0], after[0], "")]}
    EnrollmentRun.objects.filter(process_key=process_key).update(covered=covered)


def kept(run: EnrollmentRun) -> list[Compared]:
    """Return what was kept of a run; nothing for runs of earlier versions."""
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
    """COBRA cover is in another division than the one that ended: the group tells of both."""
    return None if isinstance(asked, Reenroll) and asked.cobra else asked.division_id


def _days(asked: Disenroll | Reenroll) -> list[datetime.date]:
    """The last day before the change takes effect, and the first one after."""
    first = asked.day + datetime.timedelta(days=1)
    if isinstance(asked, Reenroll):
        first = asked.cobra.start if asked.cobra else asked.start or first
    return [first - datetime.timedelta(days=1), first]


def _summaries(connection: Any, scope: dict[str, Any], days: list[datetime.date]) -> list[Summary]:
    found = []
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute(sql.GROUP, {**scope, "today": day})
            found.append(Summary(*cursor.fetchone()))
    return found


def _row(day: datetime.date | None, before: Summary, after: Summary, which: str) -> dict[str, Any]:
    both = asdict(before), asdict(after)
    return {
        "day": day and day.isoformat(),
        "subscribers": [each[f"subscribers{which}"] for each in both],
        "members": [each[f"members{which}"] for each in both],
    }
