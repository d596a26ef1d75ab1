"""Who must be offered COBRA after a disenrollment, and by when."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections

from enrollment.sql import cobra_offers as sql
from tables.context import databases
from tables.context.days import day_after
from tables.files.exporting import streaming_cursor

# An employer has 30 days after the loss of coverage to tell the plan administrator, who has 14 days to tell
# the people. An employer that is its own administrator has 44 days. People then have 60 days to elect.
NOTICE_DAYS = 44
ELECTION_DAYS = 60
_WINDOW = NOTICE_DAYS + ELECTION_DAYS


@dataclass(frozen=True)
class Offers:
    """How many people must be offered COBRA, how many notices are overdue, and when the next is due."""

    people: int
    overdue: int
    next_by: datetime.date | None


@dataclass(frozen=True)
class Offer:
    """One person who must be offered COBRA."""

    member_pk: int
    subscriber_id: str
    member_seq: str
    last_name: str | None
    first_name: str | None
    group_id: str
    group_name: str | None
    division_id: str | None
    disenroll_date: datetime.date
    reason_id: int
    reason: str | None

    @property
    def notice_by(self) -> datetime.date:
        """The last day for sending the notice."""
        return day_after(self.disenroll_date, NOTICE_DAYS)

    @property
    def elect_by(self) -> datetime.date:
        """The last day to elect COBRA, if the notice goes out on its last day."""
        return day_after(self.disenroll_date, _WINDOW)


def count_offers(today: datetime.date) -> Offers:
    """Count who must be offered COBRA as of ``today``, in the chosen target database."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.COUNT, {**_params(today), "overdue": today - datetime.timedelta(days=NOTICE_DAYS)})
        people, overdue, next_lost = cursor.fetchone()
    next_by = next_lost and day_after(next_lost, NOTICE_DAYS)
    return Offers(people, overdue, next_by)


def page_of_offers(today: datetime.date, *, offset: int, limit: int) -> tuple[list[Offer], int]:
    """Return one page of the people who must be offered COBRA as of ``today``, the earliest due first, and
    how many there are in total (0 for a page beyond the last)."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.PAGE, {**_params(today), "limit": limit, "offset": offset})
        rows = cursor.fetchall()
    return [Offer(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def all_offers(today: datetime.date, database: str) -> Iterator[Offer]:
    """Yield everyone who must be offered COBRA, in the same order. Reading may outlast the request."""
    with streaming_cursor(database) as rows:
        rows.execute(sql.ALL, _params(today))
        for row in rows:
            yield Offer(*row)


def _params(today: datetime.date) -> dict[str, datetime.date | int]:
    return {"today": today, "window": _WINDOW}
