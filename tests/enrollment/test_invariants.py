"""The invariants of semantics.md section 7, over random families and sequences of disenroll, edit, reenroll:
the same checks and the same engine as everywhere, in one transaction that is rolled back."""

import datetime
import itertools
from collections import Counter
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment import bodies
from enrollment.engine import disenroll
from enrollment.engine.summary import summarize_group
from enrollment.models import (
    DisenrollLog,
    EnrollmentChange,
    MemEnrollmentPlan,
    SubEnrollment,
    SubEnrollmentPlan,
)
from enrollment.refusals import Refused, check_disenroll, check_reenroll
from enrollment.runs import reenroll_by
from groups.models import Group, GroupContract, GroupDivision
from members.models import Authorization, Member, Subscriber
from tests.enrollment import world
from tests.enrollment.world import JAN_1, Q, R, make
from vbaadmin import databases

pytestmark = pytest.mark.django_db(databases="__all__")

FIRST = datetime.date(2024, 1, 1)
days = st.integers(0, 365).map(lambda n: FIRST + datetime.timedelta(days=n))
later = st.one_of(st.none(), st.integers(0, 400))


def after(start: datetime.date, length: int | None) -> datetime.date | None:
    """Return the last day of a span, None for one without end; length 0 is void."""
    return None if length is None else start + datetime.timedelta(days=length - 1)


enrollments = st.tuples(st.sampled_from("AB"), days, later, st.sets(st.sampled_from(["MED", "DEN"])), later)
members = st.tuples(st.one_of(st.none(), days), later, st.sampled_from([None, None, None, FIRST]))
families = st.tuples(
    st.lists(enrollments, min_size=1, max_size=3), st.lists(members, min_size=1, max_size=3), st.booleans()
)
disenrolls = st.fixed_dictionaries(
    {
        "disenroll_Date": days.map(str),
        "division_ID": st.sampled_from([None, None, "A", "B"]),
        "groupDisenroll": st.booleans(),
        "disenrollFamily": st.sampled_from([1, 1, 1, 2, 3]),
        "disenrollFuture": st.sampled_from([2, 2, 3]),
        "terminateAuth": st.booleans(),
        "term_Date": st.sampled_from([None, "2024-05-05"]),
    }
)
reenrolls = st.fixed_dictionaries(
    {
        "division_ID": st.sampled_from([None, None, "A"]),
        "resetGroupDisenroll": st.booleans(),
        "resetAuth": st.booleans(),
        "reenrollAll": st.booleans(),
        "reenrollFamily": st.sampled_from([1, 1, 2, 3]),
        "start_Date": st.one_of(st.none(), days.map(str)),
    }
)
edits = st.tuples(st.integers(0, 5), later)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("disenroll"), disenrolls),
        st.tuples(st.just("reenroll"), reenrolls),
        st.tuples(st.just("edit"), edits),
    ),
    min_size=1,
    max_size=4,
)
_keys = itertools.count(1_000_000)


def overlap(first: tuple[Any, Any], second: tuple[Any, Any]) -> bool:
    """Tell whether two spans, neither void, share a day."""
    far = datetime.date.max
    void = any(end is not None and end < start for start, end in (first, second))
    return not void and first[0] <= (second[1] or far) and second[0] <= (first[1] or far)


def make_world(drawn: list[Any], at_member: bool) -> None:
    """Store what was drawn; spans that would overlap in a division are left out."""
    make(Group, group_id="G1", original_date=FIRST)
    make(world.Reason, reason_id=1)
    for division in "AB":
        make(GroupDivision, group_id="G1", division_id=division)
        world.make_contract(division, benefit_at_member="Y" if at_member and division == "A" else "N")
    for number, (spans, people, with_auth) in enumerate(drawn):
        subscriber = f"S{number}"
        make(Subscriber, subscriber_id=subscriber)
        for seq, (enrolled, length, died) in enumerate(people, 1):
            gone = after(enrolled or FIRST, length)
            make(
                Member,
                subscriber_id=subscriber,
                member_seq=f"0{seq}",
                date_enrolled=enrolled,
                disenroll_date=gone,
                date_of_death=died,
            )
        make_enrollments(subscriber, spans, len(people))
        if with_auth:
            make(
                Authorization,
                auth_number=f"AU{number}",
                subscriber_id=subscriber,
                member_seq="01",
                auth_code="OPEN",
                approved_from=spans[0][1],
            )


def make_enrollments(subscriber: str, spans: list[Any], people: int) -> None:
    """Store a family's enrollments with plans inside of them."""
    stored: dict[str, list[tuple[Any, Any]]] = {"A": [], "B": []}
    for division, start, length, plans, plan_length in spans:
        span = (start, after(start, length))
        taken = stored[division]
        if any(overlap(span, other) or span[0] == other[0] for other in taken):
            continue
        taken.append(span)
        key = {
            "subscriber_id": subscriber,
            "group_id": "G1",
            "division_id": division,
            "group_coverage_start": JAN_1,
        }
        make(SubEnrollment, **key, start_date=start, end_date=span[1])
        plan_end = after(start, plan_length)
        if span[1] is not None:
            plan_end = min(plan_end or span[1], span[1])
        for plan in plans:
            of_plan = {"plan_id": plan, "plan_start": start, "plan_end": plan_end}
            make(SubEnrollmentPlan, **key, start_date=start, **of_plan)
            for seq in range(1, people + 1):
                make(MemEnrollmentPlan, **key, sub_start_date=start, member_seq=f"0{seq}", **of_plan)


def run(what: str, changes: dict[str, Any]) -> Any:
    """Run a request as a worker does, having previewed it; None if it is refused."""
    is_disenroll = what == "disenroll"
    body = bodies.read(
        bodies.DISENROLL if is_disenroll else bodies.REENROLL, (R if is_disenroll else Q) | changes
    )
    try:
        check = check_disenroll if is_disenroll else check_reenroll
        asked = check("G1", body, user_is_valid=True)
    except Refused:
        return None
    engine: Any = disenroll if is_disenroll else reenroll_by(asked)
    with transaction.atomic(using=databases.chosen()):
        told = engine.preview(asked)
        transaction.set_rollback(True, using=databases.chosen())
    key = next(_keys)
    before, log_before = rows(), DisenrollLog.objects.count()
    with transaction.atomic(using=databases.chosen()):
        done = engine.run(asked, key, lambda *progress: None)
    assert (told.totals, told.divisions, told.warnings) == (done.totals, done.divisions, done.warnings)
    check_journal(key, before, rows(), done.totals)
    assert DisenrollLog.objects.count() - log_before == done.totals.log_rows
    return asked, key, done


TABLES = (
    Group,
    GroupDivision,
    GroupContract,
    Subscriber,
    Member,
    SubEnrollment,
    SubEnrollmentPlan,
    MemEnrollmentPlan,
    Authorization,
)


def rows() -> dict[tuple[str, Any], dict[str, Any]]:
    """Return all rows by table and primary key, without their stamps."""
    found = {}
    for model in TABLES:
        names = [field.column for field in model._meta.fields if field.column]
        names = [name for name in names if not name.startswith(("update_", "entry_"))]
        for row in model._default_manager.values("pk", *names):
            found[model._meta.db_table, str(row.pop("pk"))] = row
    return found


def check_journal(key: int, before: Any, now: Any, totals: Any) -> None:
    """Every changed column, and nothing else, is in the journal once (invariant 10); 9 and 4 by the way."""
    entries = list(EnrollmentChange.objects.filter(process_key=key))
    assert len(entries) == totals.changes
    places = Counter((entry.table_name, entry.row_key) for entry in entries)
    assert not places or max(places.values()) == 1
    journaled = {(entry.table_name, entry.row_key): entry for entry in entries}
    for place, row in now.items():
        changed = {name for name in row if place in before and row[name] != before[place][name]}
        name = ("groupdivision", row["division_id"]) if place[0] == "groupdivision" else place
        if place not in before:
            assert journaled[name].before is None
        elif changed:
            assert changed <= set(journaled[name].after)
            assert not changed & {"paid_through", "coverage_end"}
    assert before.keys() <= now.keys()


def check_spans() -> None:
    """Invariants 1, 2, 3 and 11."""
    held: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    parents = {}
    for row in SubEnrollment.objects.all():
        assert row.end_date is None or row.end_date >= row.start_date - datetime.timedelta(days=1)
        spans = held.setdefault((row.subscriber_id, row.division_id), [])
        assert not any(overlap((row.start_date, row.end_date), other) for other in spans)
        spans.append((row.start_date, row.end_date))
        parents[row.subscriber_id, row.division_id, row.start_date] = row
    check_children(SubEnrollmentPlan, "start_date", parents)
    check_children(MemEnrollmentPlan, "sub_start_date", parents)
    for today in (FIRST, datetime.date(2024, 6, 15), datetime.date(2024, 12, 31)):
        people = summarize_group("G1", today)
        assert people.subscribers_current <= people.subscribers
        assert people.members_current <= people.members


def check_children(model: Any, start: str, parents: Any) -> None:
    """What is not void lies within its enrollment; without an end of its own it ends with it."""
    for row in model.objects.all():
        parent = parents[row.subscriber_id, row.division_id, getattr(row, start)]
        assert row.plan_end is None or row.plan_end >= row.plan_start - datetime.timedelta(days=1)
        if row.plan_end is not None and row.plan_end < row.plan_start:
            continue
        assert row.plan_start >= parent.start_date
        if row.plan_end is not None and parent.end_date is not None:
            assert row.plan_end <= parent.end_date


def live_after(day: datetime.date, division: str | None) -> list[Any]:
    """Return the enrollments in scope that are live after a day."""
    scope = SubEnrollment.objects.filter(group_id="G1", **({"division_id": division} if division else {}))
    return [
        row
        for row in scope
        if row.end_date is None or (row.end_date > day and row.end_date >= row.start_date)
    ]


def edit(place: int, length: int | None) -> None:
    """Somebody changes the end of an enrollment, as far as the rules of the tables allow."""
    found = list(SubEnrollment.objects.order_by("pk"))
    if not found:
        return
    row = found[place % len(found)]
    end = after(row.start_date, length)
    others = [other for other in found if other.division_id == row.division_id and other.pk != row.pk]
    others = [other for other in others if other.subscriber_id == row.subscriber_id]
    if any(overlap((row.start_date, end), (other.start_date, other.end_date)) for other in others):
        return
    ends = [
        model.objects.filter(subscriber_id=row.subscriber_id)
        for model in (SubEnrollmentPlan, MemEnrollmentPlan)
    ]
    for plans in ends:
        for plan in plans:
            if (
                plan.plan_end is None
                or end is None
                or plan.plan_end <= end
                or plan.plan_end < plan.plan_start
            ):
                continue
            if plan.division_id == row.division_id:
                return
    SubEnrollment.objects.filter(pk=row.pk).update(end_date=end)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(families, min_size=1, max_size=3), at_member=st.booleans(), sequence=steps)
def test_spans_stay_whole_whatever_comes(db, drawn, at_member, sequence):
    with databases.using("VBA_Demo"), transaction.atomic(using="VBA_Demo"):
        make_world(drawn, at_member)
        last = str(FIRST)
        for what, asked_for in sequence:
            if what == "edit":
                edit(*asked_for)
                continue
            if what == "reenroll":
                asked_for = asked_for | {"disenroll_Date": last}
            else:
                last = asked_for["disenroll_Date"]
            done = run(what, asked_for)
            check_spans()
            if done is None:
                continue
            asked, *_ = done
            if what == "disenroll":
                everyone = asked.family == 1 and asked.future == 2
                assert not (everyone and live_after(asked.day, asked.division_id))
            before = rows()
            again = run(what, asked_for)  # the same request at once changes nothing (invariant 7)
            assert again is None or (rows() == before and again[2].totals.changes == 0)
        transaction.set_rollback(True, using="VBA_Demo")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(families, min_size=1, max_size=3), at_member=st.booleans(), asked_for=disenrolls)
def test_undo_restores_rows_identically(db, drawn, at_member, asked_for):
    drawn = [
        (spans, [(first, last, None) for first, last, _ in people], auth) for spans, people, auth in drawn
    ]
    with databases.using("VBA_Demo"), transaction.atomic(using="VBA_Demo"):
        make_world(drawn, at_member)
        before = rows()
        if run("disenroll", asked_for) is not None:
            undo = {"disenroll_Date": asked_for["disenroll_Date"], "resetAuth": True, "division_ID": None}
            _, _, outcome = run("reenroll", undo)
            assert outcome.warnings == []
            assert rows() == before
        connections["VBA_Demo"].check_constraints()
        transaction.set_rollback(True, using="VBA_Demo")
