"""Two other employers with the divisions, plans and people of G1: what no process of G1 may touch.

F9 goes on. G1's families are in its books under the same keys as in G1, but their coverage there is void; X1
is enrolled there alone. H1 has left on the day of R. Before and after G1 in the order of their IDs: a
statement that forgets the group meets one of them first.
"""

import datetime
import itertools
from typing import Any

from django.db import connections
from django.db.models import Model, Q

from enrollment.models import (
    DisenrollLog,
    InvoiceRequest,
    MemEnrollmentPlan,
    SubEnrollment,
    SubEnrollmentPlan,
)
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Authorization, Member, Subscriber
from tables.context import databases
from tests.enrollment.storing import built, make

GOES_ON, HAS_LEFT = "F9", "H1"
OTHERS = (GOES_ON, HAS_LEFT)
LEFT_ON = datetime.date(2024, 6, 30)
FIRST = datetime.date(2024, 1, 1)
STORED_AT = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
A_DAY = datetime.timedelta(days=1)
# Who is enrolled with others alone, and where.
PEOPLE = {"X1": GOES_ON, "X2": HAS_LEFT}
OF_OTHERS = Q(subscriber_id__in=PEOPLE)
_OF_GROUPS = (
    *(Group, GroupDivision, GroupContract, GroupContractPlan),
    *(SubEnrollment, SubEnrollmentPlan, MemEnrollmentPlan, DisenrollLog, InvoiceRequest),
)
_OF_PEOPLE = (Subscriber, Member, Authorization)


def make_others() -> None:
    """Store the others after the model of G1, which has been made: the same divisions, contracts and plans,
    and its families so far. Where a rule reads something of a group, theirs differs."""
    for model in (Group, GroupDivision, GroupContract, GroupContractPlan):
        for group in OTHERS:
            _copy(model, "group_id", group, where="group_id = 'G1'")
    Group.objects.filter(group_id=GOES_ON).update(original_date="2000-01-01")
    divisions = GroupDivision.objects.filter(group_id=GOES_ON)
    divisions.filter(division_id="C").update(cobra_division=False)
    divisions.exclude(division_id="C").update(cobra_division=True, default_cobra_reason=2)
    divisions.update(invoice_level="S")
    _copy(GroupDivision, "division_id", "Z", where="group_id = 'F9' AND division_id = 'A'")
    GroupContract.objects.filter(group_id=GOES_ON).update(benefit_at_member="Y")
    _copy(GroupContractPlan, "plan_id", "VIS", where="group_id = 'F9' AND plan_id = 'MED'")
    for model in (Group, GroupDivision):
        model._default_manager.filter(group_id=HAS_LEFT).update(disenroll_date=LEFT_ON)
    for number, (subscriber, group) in enumerate(PEOPLE.items()):
        _make_people(subscriber, group, LEFT_ON if group == HAS_LEFT else None, f"OTHER{number}")
    for row in SubEnrollment.objects.filter(group_id="G1"):
        make_twins(row)


def _make_people(subscriber: str, group: str, last: datetime.date | None, auth_number: str) -> None:
    """Store a family of two in divisions A and B, and an authorization of what comes after ``last``."""
    make(Subscriber, subscriber_id=subscriber, date_enrolled=FIRST, disenroll_date=last)
    for seq in ("01", "02"):
        own = {"subscriber_id": subscriber, "member_seq": seq}
        make(Member, **own, date_enrolled=FIRST, disenroll_date=last)
        make(
            Authorization, auth_number=f"{auth_number}-{seq}", **own, auth_code="OPEN", approved_from=LEFT_ON
        )
    for division in ("A", "B"):
        place = {"group_id": group, "division_id": division, "group_coverage_start": FIRST}
        cover = {"subscriber_id": subscriber, **place, "start_date": FIRST}
        if GroupContract.objects.filter(group_id=group, division_id=division, coverage_start=FIRST).exists():
            make(SubEnrollment, **cover, end_date=last)
            make(SubEnrollmentPlan, **cover, plan_id="MED", plan_start=FIRST, plan_end=last)


def make_twins(row: Any, *, live: bool = False) -> None:
    """Store what F9 has of a family under the key of its enrollment with G1, if it has such a contract and
    not the enrollment already: void, or with ``live`` of the same span; and below it both plans for everyone,
    without an end."""
    place = {"group_id": GOES_ON, "division_id": row.division_id}
    own = {"subscriber_id": row.subscriber_id, "group_coverage_start": row.group_coverage_start}
    if SubEnrollment.objects.filter(**place, **own, start_date=row.start_date).exists():
        return
    if GroupContract.objects.filter(**place, coverage_start=row.group_coverage_start).exists():
        make_held({**place, **own}, row.start_date, row.end_date if live else row.start_date - A_DAY)


def make_held(key: dict[str, Any], start: datetime.date, end: datetime.date | None) -> None:
    """Store an enrollment, and below it both plans for the family and for each member, which have no end."""
    make(SubEnrollment, **key, start_date=start, end_date=end)
    members = Member.objects.filter(subscriber_id=key["subscriber_id"]).values_list("member_seq", flat=True)
    stamps = {"entry_date": STORED_AT, "update_date": STORED_AT}
    held = [{**key, **stamps, "plan_id": plan, "plan_start": start} for plan in ("MED", "DEN")]
    SubEnrollmentPlan.objects.bulk_create(built(SubEnrollmentPlan, **each, start_date=start) for each in held)
    of_members = itertools.product(held, members)
    MemEnrollmentPlan.objects.bulk_create(
        built(MemEnrollmentPlan, **each, sub_start_date=start, member_seq=seq) for each, seq in of_members
    )


def make_neighbors(key: dict[str, Any], start: datetime.date, *, subscriber: str, division: str) -> None:
    """Store void enrollments, held as above, each under a key that differs from this one in one column: in
    the subscriber, the group, the division, the contract (of 2023, which must be there) or the first day."""
    changes: tuple[dict[str, Any], ...] = (
        {"subscriber_id": subscriber},
        {"group_id": GOES_ON},
        {"division_id": division},
        {"group_coverage_start": datetime.date(2023, 1, 1)},
        {},
    )
    for change in changes:
        place, first = {**key, **change}, start if change else start + A_DAY
        if not SubEnrollment.objects.filter(**place, start_date=first).exists():
            make_held(place, first, first - A_DAY)


def _copy(model: type[Model], column: str, value: str, *, where: str) -> None:
    """Store copies of some rows with another value in a column of their key."""
    names = [field.column for field in model._meta.fields if field.column not in (None, "id", column)]
    kept, table = ", ".join(map(str, names)), model._meta.db_table
    query = f"INSERT INTO {table} ({column}, {kept}) SELECT %s, {kept} FROM {table} WHERE {where}"
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(query, [value])


def rows_of_others() -> list[tuple[Any, ...]]:
    """Return all that the others have, and their people, with all stamps."""
    found: list[tuple[Any, ...]] = []
    for models, chosen in ((_OF_GROUPS, Q(group_id__in=OTHERS)), (_OF_PEOPLE, OF_OTHERS)):
        for model in models:
            rows = model._default_manager.filter(chosen).order_by("pk").values_list()
            found += [(model.__name__, *row) for row in rows]
    return found
