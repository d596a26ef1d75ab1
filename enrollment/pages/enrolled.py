"""Lists of enrolled people: the families or members that a number of the enrollment summary counts."""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from django.db import connections
from django.db.models import F, Q

from enrollment.engine.statements import Parameter
from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from enrollment.sql import enrolled as sql
from members.finding import MOST_NAMES, before_middle_name, names_in
from members.models import Member, Subscriber
from tables.context import databases
from tables.files.exporting import streaming_cursor
from tables.rest.reading import count_kept

PAGE = 50
_CHUNK = 1000
_SPECIAL = re.compile(r"[\\%_]")

# Key of a member (subscriber_ID, member_Seq), or of a family (subscriber_ID, empty text).
Key = tuple[str, str]


@dataclass(frozen=True)
class People:
    """Filters of a list: people of a group, and optionally of one division and one contract.

    ``today`` is the day on which they are covered; None means any day. ``members`` lists each person,
    otherwise each family. ``plan`` (with ``tier``) and ``search`` (an ID, or the beginnings of last and first
    name: see ``names_in``) narrow the list further.
    """

    group: str
    division: str = ""
    contract: datetime.date | None = None
    today: datetime.date | None = None
    members: bool = False
    plan: str = ""
    tier: str = ""
    search: str = ""

    @property
    def filters(self) -> list[str]:
        """The names of the filters that are set."""
        return [name for name in ("division", "contract", "today", "plan", "search") if getattr(self, name)]

    @property
    def params(self) -> dict[str, Parameter]:
        """The parameters of the SQL statements."""
        names = names_in(self.search)
        patterns: dict[str, Parameter] = {}
        for n, (last, first) in enumerate([*names, *[("", "")] * (MOST_NAMES - len(names))]):
            # No last name matches null.
            patterns |= {f"last_name_{n}": _beginning(last) or None, f"first_name_{n}": _beginning(first)}
            patterns[f"whole_first_name_{n}"] = before_middle_name(first)
        return {**asdict(self), **patterns, "subscriber": self.search.strip()}


@dataclass
class PersonEnrollment:
    """One enrollment of a person, with its plans."""

    enrollment: SubEnrollment
    plans: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Start and end in words."""
        return f"{self.enrollment.start_date} – {self.enrollment.end_date or 'open'}"


@dataclass(frozen=True)
class Person:
    """One line of the list: a family (``member`` is None) or a member, with the enrollments in scope."""

    subscriber_id: str
    member: Member | None
    subscriber: Subscriber | None
    spans: list[PersonEnrollment]

    @property
    def name(self) -> str:
        """Last and first name."""
        named = self.member or self.subscriber
        return ", ".join(filter(None, (named.last_name, named.first_name))) if named else ""


def count_people(people: People) -> int:
    """Count the people, each once. A large number may be a few seconds old."""
    with connections[databases.chosen()].cursor() as cursor:
        return count_kept(cursor, sql.count(people.filters, members=people.members), people.params)


def page_of_people(
    people: People, *, after: Key | None = None, before: Key | None = None
) -> tuple[list[Person], bool]:
    """Return the page after the key ``after``, or the page before the key ``before``, and whether more people
    follow in that direction."""
    beyond = before or after or ("", "")
    query = sql.page_of_keys(people.filters, members=people.members, backwards=before is not None)
    position: dict[str, Parameter] = {
        "from_subscriber": beyond[0],
        "from_member": beyond[1],
        "size": PAGE + 1,
    }
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(query, {**people.params, **position})
        keys = cursor.fetchall()
    more, keys = len(keys) > PAGE, keys[:PAGE]
    return _persons(people, keys[::-1] if before else keys, databases.chosen()), more


def all_people(people: People, database: str) -> Iterator[Person]:
    """Yield all people in order, however many. The iteration may go on after the request has ended."""
    with streaming_cursor(database) as keys:
        keys.execute(sql.all_keys(people.filters, members=people.members), people.params)
        # Iterating over the cursor and stopping early would close it.
        while chunk := keys.fetchmany(_CHUNK):
            yield from _persons(people, chunk, database)


def _persons(people: People, keys: Sequence[Key], database: str) -> list[Person]:
    """Return the people with these keys, in the same order, by a fixed number of queries."""
    ids = list(dict.fromkeys(subscriber for subscriber, _ in keys))
    subscribers = Subscriber.objects.using(database).only("first_name", "last_name").in_bulk(ids)
    found = Member.objects.using(database).filter(subscriber_id__in=ids) if people.members else ()
    members = {(each.subscriber_id, each.member_seq): each for each in found}
    plans = _plans(people, ids, database)
    spans = _spans(people, ids, database)
    return [
        Person(
            subscriber_id=key[0],
            member=members.get(key),
            subscriber=subscribers.get(key[0]),
            spans=[_with_plans(each, plans[_enrollment_key(each)], key[1]) for each in spans[key]],
        )
        for key in keys
    ]


_Plans = list[tuple[str, str]]
# subscriber_ID, division_ID, group_Coverage_Start and start_Date.
_EnrollmentKey = tuple[str, str, datetime.date, datetime.date]


def _spans(people: People, ids: Sequence[str], database: str) -> dict[Key, list[SubEnrollment]]:
    """Return the enrollments in scope for each person of these families, in order."""
    with connections[database].cursor() as cursor:
        query = sql.enrollments_of(people.filters, members=people.members)
        cursor.execute(query, {**people.params, "subscribers": list(ids)})
        found = cursor.fetchall()
    by_id = SubEnrollment.objects.using(database).in_bulk({row[2] for row in found})
    spans: dict[Key, list[SubEnrollment]] = defaultdict(list)
    for subscriber, member, enrollment in found:
        if enrollment in by_id:  # The enrollment may have been deleted just now.
            spans[subscriber, member].append(by_id[enrollment])
    for each in spans.values():
        each.sort(key=lambda enrollment: (enrollment.start_date, enrollment.division_id))
    return spans


def _plans(people: People, ids: Sequence[str], database: str) -> dict[_EnrollmentKey, _Plans]:
    """Return the plans of these families by enrollment, as pairs of member_Seq and text."""
    scope = Q(subscriber_id__in=ids, group_id=people.group)
    plans: dict[_EnrollmentKey, _Plans] = defaultdict(list)
    for model in (SubEnrollmentPlan, MemEnrollmentPlan):
        rows = model.objects.using(database).filter(scope, _in_force(people.today))
        for row in rows.order_by("plan_id", "plan_start"):
            text = f"{row.plan_id} ({row.tier})" if row.tier else row.plan_id
            plans[_enrollment_key(row)].append((getattr(row, "member_seq", ""), text))
    return plans


def _enrollment_key(row: SubEnrollment | SubEnrollmentPlan | MemEnrollmentPlan) -> _EnrollmentKey:
    """Return the key, within the group, of an enrollment; ``row`` is the enrollment or one of its plans."""
    start = row.sub_start_date if isinstance(row, MemEnrollmentPlan) else row.start_date
    return row.subscriber_id, row.division_id, row.group_coverage_start, start


def _in_force(day: datetime.date | None) -> Q:
    """Return the condition that a plan covers the day; None means any day."""
    if day is None:
        return Q(plan_end=None) | Q(plan_end__gte=F("plan_start"))
    return Q(plan_start__lte=day) & (Q(plan_end=None) | Q(plan_end__gte=day))


def _with_plans(enrollment: SubEnrollment, plans: _Plans, member: str) -> PersonEnrollment:
    """Return an enrollment with the plans of the family and of the member; an empty ``member`` takes all."""
    return PersonEnrollment(
        enrollment, list(dict.fromkeys(text for seq, text in plans if seq in ("", member) or not member))
    )


def _beginning(name: str) -> str:
    """Return a LIKE pattern for texts that begin with a name, or an empty text if there is no name."""
    return _SPECIAL.sub(r"\\\g<0>", name) + "%" if name else ""
