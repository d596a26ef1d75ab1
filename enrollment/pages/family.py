"""The family panel on the page of a subscriber: members, coverage over time, authorizations, history.

The number of queries does not depend on the size of the family. If there are too many rows, the oldest are
left out.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count
from django.urls import reverse
from unfold.utils import display_for_label

from enrollment.models import (
    EnrollmentChange,
    EnrollmentRun,
    MemEnrollmentPlan,
    SubEnrollment,
    SubEnrollmentPlan,
)
from enrollment.pages.timeline import Coverage, Timeline, draw
from groups.models import Group
from members.models import Authorization, Member, Subscriber
from processes.models import VBAProcess
from tables.admin.filters import cover_status
from tables.admin.links import RecordPanel
from tables.admin.related import admin_url, record_url
from tables.context.days import business_date
from tables.history.reading import Change, Line, latest_entries, line_of, may_view
from tables.schema.models import Table

MOST_MEMBERS = MOST_ENROLLMENTS = MOST_AUTHORIZATIONS = 50
_MOST_PLANS = 500
_LINES = 15
_Plan = SubEnrollmentPlan | MemEnrollmentPlan
_Record = TypeVar("_Record", bound=Table)
_BADGES = {"active": "success", "ends": "warning", "disenrolled": "danger", "died": "danger"}


@dataclass(frozen=True)
class Rows(Generic[_Record]):
    """Some rows of a table, the URL of the list of all of them, and whether there are more."""

    rows: Sequence[_Record]
    list_url: str
    more: bool


@dataclass(frozen=True)
class MemberLine:
    """A member as the page shows it."""

    member: Member
    url: str
    status: str

    @property
    def name(self) -> str:
        """First and last name."""
        return " ".join(filter(None, (self.member.first_name, self.member.last_name)))


def panels(record: Table, user: User | AnonymousUser) -> Iterable[RecordPanel]:
    """Yield the family's panel on the page of a subscriber."""
    if isinstance(record, Subscriber):
        yield RecordPanel("Family", "family", "enrollment/family.html", _family(record, user))


def _family(subscriber: Subscriber, user: User | AnonymousUser) -> dict[str, object]:
    """Return the parts of the family that the user may see."""
    today = business_date()
    members = _rows(Member, subscriber, user, MOST_MEMBERS, "member_seq")
    enrollments = _rows(SubEnrollment, subscriber, user, MOST_ENROLLMENTS, "-start_date")
    # The order of the index by family and member. With another order, PostgreSQL scans the index by number.
    auths = _rows(Authorization, subscriber, user, MOST_AUTHORIZATIONS, "member_seq", "auth_number")
    of_family = _rows(SubEnrollmentPlan, subscriber, user, _MOST_PLANS, "-plan_start")
    of_members = _rows(MemEnrollmentPlan, subscriber, user, _MOST_PLANS, "-plan_start")
    plans: list[_Plan] = [*(of_family.rows if of_family else ()), *(of_members.rows if of_members else ())]
    shown: list[Table] = [
        subscriber,
        *(members.rows if members else ()),
        *(enrollments.rows if enrollments else ()),
        *(auths.rows if auths else ()),
        *plans,
    ]
    return {
        "members": members,
        "lines": [_member_line(member) for member in members.rows] if members else [],
        "enrollments": enrollments,
        "timeline": _timeline(enrollments.rows, plans, members, today) if enrollments else None,
        "auths": auths,
        "auth_lines": [(auth, record_url(auth), *_window(auth)) for auth in auths.rows] if auths else [],
        "history": _history(subscriber, shown, user),
        "history_url": admin_url(Subscriber, "history", subscriber.pk),
        "today": today,
    }


def _rows(
    model: type[_Record], subscriber: Subscriber, user: User | AnonymousUser, most: int, *order: str
) -> Rows[_Record] | None:
    """Return the family's rows of a table; None if the user may not see them."""
    if not may_view(user, model):
        return None
    key = {"subscriber_id": subscriber.subscriber_id}
    order = ("subscriber_id", *order)
    found = list(model._default_manager.filter(**key).order_by(*order)[: most + 1])
    return Rows(found[:most], admin_url(model, "changelist", **key), len(found) > most)


def _member_line(member: Member) -> MemberLine:
    status = cover_status(member.disenroll_date)
    if member.date_of_death:
        status = ("died", f"Died {member.date_of_death}")
    return MemberLine(member, record_url(member), display_for_label(status, "", _BADGES))


def _window(auth: Authorization) -> tuple[str, datetime.date | None, datetime.date | None]:
    """Return the approved dates of an authorization; if there are none, the requested dates."""
    kind = "approved" if auth.approved_from else "requested"
    return kind, getattr(auth, f"{kind}_from"), getattr(auth, f"{kind}_thru")


def _timeline(
    enrollments: Sequence[SubEnrollment],
    plans: Iterable[_Plan],
    members: Rows[Member] | None,
    today: datetime.date,
) -> Timeline:
    groups = Group.objects.only("name").in_bulk({each.group_id for each in enrollments})
    people = {each.member_seq: each.first_name for each in members.rows} if members else {}
    held = defaultdict(list)
    for plan in plans:
        start = plan.sub_start_date if isinstance(plan, MemEnrollmentPlan) else plan.start_date
        held[plan.group_id, plan.division_id, plan.group_coverage_start, start].append(plan)
    covers = []
    for each in enrollments:
        key = (each.group_id, each.division_id, each.group_coverage_start, each.start_date)
        name = groups[each.group_id].name if each.group_id in groups else None
        covers.append(
            Coverage(
                title=f"{each.group_id} / {each.division_id}",
                note=name or "",
                start=each.start_date,
                end=each.end_date,
                url=record_url(each),
                parts=[_plan(plan, each, people) for plan in sorted(held[key], key=_plan_order)],
            )
        )
    return draw(covers, today)


def _plan_order(plan: _Plan) -> tuple[str, str, datetime.date]:
    return getattr(plan, "member_seq", ""), plan.plan_id, plan.plan_start


def _plan(plan: _Plan, enrollment: SubEnrollment, people: Mapping[str, str | None]) -> Coverage:
    notes = [f"tier {plan.tier}"] if plan.tier else []
    if isinstance(plan, MemEnrollmentPlan):
        notes.insert(0, " ".join(filter(None, (plan.member_seq, people.get(plan.member_seq)))))
    return Coverage(
        title=plan.plan_id,
        note=", ".join(notes),
        start=plan.plan_start,
        end=plan.plan_end,
        parent_end=enrollment.end_date,
        url=record_url(plan),
    )


def _history(subscriber: Subscriber, records: Sequence[Table], user: User | AnonymousUser) -> list[Line]:
    """Return the latest changes of these records. All changes of one process are one line."""
    by_key = {(each._meta.db_table, tuple(map(str, each.key_values()))): each for each in records}
    lines = []
    for entry in latest_entries(records, _LINES):
        record = by_key[entry.table_name, tuple(entry.row_key)]
        line = line_of(entry)
        what = " ".join([str(record._meta.verbose_name), *_named(record)])
        lines.append(
            Line(
                line.at, line.actor, line.source, f"{line.what}: {what}", line.changes, "", record_url(record)
            )
        )
    if may_view(user, SubEnrollment):
        lines += _processes(subscriber)
    return sorted(lines, key=lambda line: line.at, reverse=True)[:_LINES]


def _named(record: Table) -> Iterable[str]:
    """Yield the parts of the key that distinguish a record from others of its family."""
    key = dict(zip(record.key, record.key_values(), strict=True))
    yield from (key[name] for name in ("member_seq", "plan_id", "auth_number") if name in key)
    if "division_id" in key:
        yield f"{key['group_id']} / {key['division_id']}"
    starts = (key[name] for name in ("plan_start", "start_date") if name in key)
    yield from (f"from {start}" for start in islice(starts, 1))


def _processes(subscriber: Subscriber) -> Iterable[Line]:
    changes = EnrollmentChange.objects.filter(subscriber_id=subscriber.subscriber_id)
    counted = changes.values("process_key").annotate(rows=Count("id")).order_by("-process_key")[:_LINES]
    rows = {each["process_key"]: each["rows"] for each in counted}
    runs = EnrollmentRun.objects.in_bulk(rows)
    processes = {each.vbaprocess_key: each for each in VBAProcess.objects.filter(vbaprocess_key__in=rows)}
    for key, run in runs.items():
        process = processes.get(key)
        yield Line(
            at=run.written_at,
            actor=run.user_name or (process and process.process_user) or "",
            source="Process",
            what=f"{'Disenrollment' if run.is_disenroll else 'Reenrollment'}, process {key}",
            changes=[Change("Rows of this family", None, str(rows[key]))],
            link=reverse("admin:processes_vbaprocess_change", args=[process.pk]) if process else "",
        )
