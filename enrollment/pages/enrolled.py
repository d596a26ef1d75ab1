"""Lists of enrolled people: the families or members whom a number of the enrollment summary counts."""

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

# A family, or a member: subscriber_ID, and member_Seq or an empty text.
Key = tuple[str, str]


@dataclass(frozen=True)
class People:
    """Who is asked for: of a group [, a division] [, a contract]; covered on a day, without one ever.

    ``members``: each person for himself, else families. ``plan`` (with ``tier``) and ``search`` (an
    ID, or the beginnings of last and first name: see ``names_in``) narrow the list further.
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
        """The values of the filters, as the statements want them."""
        names = names_in(self.search)
        patterns: dict[str, Parameter] = {}
        for n, (last, first) in enumerate([*names, *[("", "")] * (MOST_NAMES - len(names))]):
            # No last name is like null.
            patterns |= {f"last_name_{n}": _beginning(last) or None, f"first_name_{n}": _beginning(first)}
            patterns[f"whole_first_name_{n}"] = before_middle_name(first)
        return {**asdict(self), **patterns, "subscriber": self.search.strip()}


@dataclass
class PersonEnrollment:
    """One enrollment of a person, with the plans held by it."""

    enrollment: SubEnrollment
    plans: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The span in words."""
        return f"{self.enrollment.start_date} – {self.enrollment.end_date or 'open'}"


@dataclass(frozen=True)
class Person:
    """One line of the list: a family (``member`` is None) or a member, with what covers them in scope."""

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
    """Count them, each once; where there are many, the number may be some seconds old."""
    with connections[databases.chosen()].cursor() as cursor:
        return count_kept(cursor, sql.count(people.filters, members=people.members), people.params)


def page_of_people(
    people: People, *, after: Key | None = None, before: Key | None = None
) -> tuple[list[Person], bool]:
    """Return the page behind the key ``after``, or the one that ends before the key ``before``, and whether
    there are more in that direction."""
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
    """Yield all of them in order, however many there are; it may go on when the request is over."""
    with streaming_cursor(database) as keys:
        keys.execute(sql.all_keys(people.filters, members=people.members), people.params)
        # An iteration that is broken off would close the cursor.
        while chunk := keys.fetchmany(_CHUNK):
            yield from _persons(people, chunk, database)


def _persons(people: People, keys: Sequence[Key], database: str) -> list[Person]:
    """Return the people of these keys, in their order, by a fixed number of queries."""
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
    """Return for each of the people in these families the enrollments that list them, in order."""
    with connections[database].cursor() as cursor:
        query = sql.enrollments_of(people.filters, members=people.members)
        cursor.execute(query, {**people.params, "subscribers": list(ids)})
        found = cursor.fetchall()
    by_id = SubEnrollment.objects.using(database).in_bulk({row[2] for row in found})
    spans: dict[Key, list[SubEnrollment]] = defaultdict(list)
    for subscriber, member, enrollment in found:
        if enrollment in by_id:  # and was not deleted just now
            spans[subscriber, member].append(by_id[enrollment])
    for each in spans.values():
        each.sort(key=lambda enrollment: (enrollment.start_date, enrollment.division_id))
    return spans


def _plans(people: People, ids: Sequence[str], database: str) -> dict[_EnrollmentKey, _Plans]:
    """Return by enrollment the plans of these families, as pairs of member_Seq and text."""
    scope = Q(subscriber_id__in=ids, group_id=people.group)
    plans: dict[_EnrollmentKey, _Plans] = defaultdict(list)
    for model in (SubEnrollmentPlan, MemEnrollmentPlan):
        rows = model.objects.using(database).filter(scope, _in_force(people.today))
        for row in rows.order_by("plan_id", "plan_start"):
            text = f"{row.plan_id} ({row.tier})" if row.tier else row.plan_id
            plans[_enrollment_key(row)].append((getattr(row, "member_seq", ""), text))
    return plans


def _enrollment_key(row: SubEnrollment | SubEnrollmentPlan | MemEnrollmentPlan) -> _EnrollmentKey:
    """Return the key of an enrollment within the group; the row is the enrollment, or one of its plans."""
    start = row.sub_start_date if isinstance(row, MemEnrollmentPlan) else row.start_date
    return row.subscriber_id, row.division_id, row.group_coverage_start, start


def _in_force(day: datetime.date | None) -> Q:
    """Return the condition that a plan covers the day, or without one any day."""
    if day is None:
        return Q(plan_end=None) | Q(plan_end__gte=F("plan_start"))
    return Q(plan_start__lte=day) & (Q(plan_end=None) | Q(plan_end__gte=day))


def _with_plans(enrollment: SubEnrollment, plans: _Plans, member: str) -> PersonEnrollment:
    """Return a span with the plans of the family and of the member; of all members where none is named."""
    return PersonEnrollment(
        enrollment, list(dict.fromkeys(text for seq, text in plans if seq in ("", member) or not member))
    )


def _beginning(name: str) -> str:
    """Return the pattern of what begins with a name; without one the pattern of nothing."""
    return _SPECIAL.sub(r"\\\g<0>", name) + "%" if name else ""
