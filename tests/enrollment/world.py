"""The world of semantics.md section 6: fixture F, its requests R and Q, and short ways to look at it."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import connections

from enrollment.models import (
    DisenrollLog,
    MemEnrollmentPlan,
    Reason,
    SubEnrollment,
    SubEnrollmentPlan,
)
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Authorization, Member, Subscriber
from tables.context import databases
from tests.enrollment.others import OF_OTHERS, make_twins
from tests.enrollment.storing import make

JAN_1 = datetime.date(2024, 1, 1)


def day(text: str | None) -> datetime.date | None:
    """Return a date; one without a year, ``06-30``, is of 2024."""
    if text is None:
        return None
    return datetime.date.fromisoformat(text if len(text) == 10 else f"2024-{text}")


def short(value: datetime.date | None) -> str | None:
    """Return a date as the scenarios write it."""
    if value is None:
        return None
    return value.strftime("%m-%d") if value.year == 2024 else value.isoformat()


def make_f() -> None:
    """Store fixture F in the chosen database."""
    make(Group, group_id="G1", name="Harbor Foods", original_date=day("2020-01-01"))
    for division in ("A", "B", "C"):
        make(GroupDivision, group_id="G1", division_id=division, cobra_division=division == "C")
        make_contract(division)
    make(Reason, reason_id=1, description="Group terminated")
    make(Reason, reason_id=2, description="Job lost", cobra_length=18, cobra_length_type="Months")
    make_family("S1", "A", "01-01", plans=("MED", "DEN"), members=("01", "02"))
    make_family("S2", "B", "03-01")


def make_contract(
    division: str, *, plans: tuple[str, ...] = ("MED", "DEN"), group: str = "G1", **values: Any
) -> None:
    """Store a contract from 2024 on and what it offers."""
    key = {"group_id": group, "division_id": division, "coverage_start": JAN_1}
    make(GroupContract, **key, **{"benefit_at_member": "N", **values})
    for plan in plans:
        make(GroupContractPlan, **key, plan_id=plan)


def make_family(
    subscriber: str,
    division: str,
    start: str,
    *,
    end: str | None = None,
    plans: tuple[str, ...] = ("MED",),
    members: tuple[str, ...] = ("01",),
    group: str = "G1",
) -> None:
    """Store a family with one enrollment and its plans."""
    make(Subscriber, subscriber_id=subscriber, first_name="Sam", last_name="Harbor", date_enrolled=day(start))
    for seq in members:
        make(Member, subscriber_id=subscriber, member_seq=seq, date_enrolled=day(start))
    enroll(subscriber, division, start, end=end, plans=plans, group=group)


def enroll(
    subscriber: str,
    division: str,
    start: str,
    *,
    end: str | None = None,
    plans: tuple[str, ...] = ("MED",),
    group: str = "G1",
) -> None:
    """Store an enrollment and its plans, of the same span; one of G1 with its twin, if there are others."""
    key = {
        "subscriber_id": subscriber,
        "group_id": group,
        "division_id": division,
        "group_coverage_start": JAN_1,
        "start_date": day(start),
    }
    row = make(SubEnrollment, **key, end_date=day(end))
    if group == "G1":
        make_twins(row)
    for plan in plans:
        make(SubEnrollmentPlan, **key, plan_id=plan, plan_start=day(start), plan_end=day(end))


def more_families(number: int, *, like: str) -> list[str]:
    """Store so many families with the rows that another one has; return their IDs."""
    with connections[databases.chosen()].cursor() as cursor:
        for model in (Subscriber, Member, SubEnrollment, SubEnrollmentPlan):
            columns = [field.column for field in model._meta.fields if field.column]
            names = ", ".join(name for name in columns if name not in ("id", "subscriber_id"))
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} (subscriber_id, {names})"
                f" SELECT 'M' || lpad(n::text, 4, '0'), {names}"
                f" FROM {model._meta.db_table}, generate_series(1, %s) AS n WHERE subscriber_id = %s",
                [number, like],
            )
    return [f"M{n:04}" for n in range(1, number + 1)]


def member_plan(subscriber: str, seq: str, division: str, plan: str, start: str = "01-01") -> None:
    """Store a plan that a member holds by himself."""
    make(
        MemEnrollmentPlan,
        subscriber_id=subscriber,
        member_seq=seq,
        group_id="G1",
        division_id=division,
        group_coverage_start=JAN_1,
        sub_start_date=day(start),
        plan_id=plan,
        plan_start=day(start),
    )


def authorization(number: str, seq: str, **values: str | None) -> None:
    """Store an authorization of S1's member without a plan; dates as ``approved_from="06-01"``."""
    dates = {name: day(value) for name, value in values.items()}
    make(Authorization, auth_number=number, subscriber_id="S1", member_seq=seq, auth_code="OPEN", **dates)


# --- looking at it ---


def spans() -> dict[str, str]:
    """Return G1's enrollments as ``{"S1/A": "01-01..06-30"}``; several of one division by their starts."""
    found: dict[str, str] = {}
    for row in SubEnrollment.objects.filter(group_id="G1").order_by(
        "subscriber_id", "division_id", "start_date"
    ):
        name = f"{row.subscriber_id}/{row.division_id}"
        name = f"{name} {short(row.start_date)}" if name in found else name
        found[name] = f"{short(row.start_date)}..{short(row.end_date) or ''}"
    return found


def plans() -> dict[str, str]:
    """Return G1's plans of enrollments as ``{"S1/A MED": "01-01..06-30 (1)"}`` with its reason."""
    return {
        f"{row.subscriber_id}/{row.division_id} {row.plan_id}{_from(row)}": _plan(row)
        for row in SubEnrollmentPlan.objects.filter(group_id="G1")
    }


def member_plans() -> dict[str, str]:
    """Return G1's plans of members as ``{"S1/01 MED": "01-01..06-30 (1)"}`` with its reason."""
    return {
        f"{row.subscriber_id}/{row.member_seq} {row.plan_id}": _plan(row)
        for row in MemEnrollmentPlan.objects.filter(group_id="G1")
    }


def _from(row: Any) -> str:
    return (
        ""
        if row.plan_start == row.group_coverage_start or row.plan_start < day("06-30")
        else f" {short(row.plan_start)}"
    )


def _plan(row: Any) -> str:
    reason = f" ({row.reason_id})" if row.reason_id is not None else ""
    return f"{short(row.plan_start)}..{short(row.plan_end) or ''}{reason}"


def dates() -> dict[str, str]:
    """Return every disenroll date there is: of G1, its divisions, its subscribers and members."""
    rows: list[tuple[str, Any]] = [(row.group_id, row) for row in Group.objects.filter(group_id="G1")]
    rows += [(row.division_id, row) for row in GroupDivision.objects.filter(group_id="G1")]
    rows += [(row.subscriber_id, row) for row in Subscriber.objects.exclude(OF_OTHERS)]
    rows += [(f"{row.subscriber_id}/{row.member_seq}", row) for row in Member.objects.exclude(OF_OTHERS)]
    return {name: str(short(row.disenroll_date)) for name, row in rows if row.disenroll_date}


def authorizations() -> dict[str, str]:
    """Return G1's authorizations as ``{"AU2": "OPEN 06-20..06-30"}``, by its governing dates."""
    found = {}
    for row in Authorization.objects.exclude(OF_OTHERS):
        kind = "approved" if row.approved_from else "requested"
        first, last = getattr(row, f"{kind}_from"), getattr(row, f"{kind}_thru")
        found[row.auth_number] = f"{row.auth_code} {short(first)}..{short(last) or ''}"
    return found


def logged() -> int:
    """Return how many lines DisenrollLog has of G1."""
    return DisenrollLog.objects.filter(group_id="G1").count()


def everything() -> list[tuple[Any, ...]]:
    """Return all rows that a process may touch, without their update stamps."""
    found: list[tuple[Any, ...]] = []
    for model in (
        Group,
        GroupDivision,
        Subscriber,
        Member,
        SubEnrollment,
        SubEnrollmentPlan,
        MemEnrollmentPlan,
        Authorization,
    ):
        names = [field.column for field in model._meta.fields if field.column]
        names = [name for name in names if name not in ("update_date", "update_user")]
        found += [(model.__name__, *row) for row in model._default_manager.order_by("pk").values_list(*names)]
    return found


Ask = Callable[..., Any]
R = {
    "user_ID": "u1",
    "group_ID": "G1",
    "disenroll_Date": "2024-06-30",
    "reason_ID": 1,
    "disenrollFamily": 1,
    "terminateAuth": False,
    "disenrollFuture": 2,
    "groupDisenroll": True,
}
Q = {
    "user_ID": "u1",
    "disenroll_Date": "2024-06-30",
    "groupReenroll": True,
    "resetGroupDisenroll": True,
}
