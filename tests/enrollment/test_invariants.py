"""The invariants of semantics.md section 7, over random families and sequences of disenroll, edit, reenroll:
the same checks and the same engine as everywhere, in one transaction that is rolled back."""

import datetime
import itertools
from collections import Counter, defaultdict
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, example, given, settings
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
later = st.one_of(st.none(), st.none(), st.integers(0, 400))
# Cover mostly begins before it is ended, and mostly somebody has a plan: else nothing would come of it.
begins = st.integers(0, 200).map(lambda n: FIRST + datetime.timedelta(days=n))
ends = st.integers(90, 330).map(lambda n: str(FIRST + datetime.timedelta(days=n)))
held = st.sampled_from([("MED",), ("MED", "DEN"), ("DEN",), ()])


def after(start: datetime.date, length: int | None) -> datetime.date | None:
    """Return the last day of a span, None for one without end; length 0 is void."""
    return None if length is None else start + datetime.timedelta(days=length - 1)


enrollments = st.tuples(st.sampled_from("AB"), begins, later, held, later)
members = st.tuples(st.one_of(st.none(), begins), later, st.sampled_from([None, None, None, None, FIRST]))
families = st.tuples(
    st.lists(enrollments, min_size=1, max_size=3), st.lists(members, min_size=1, max_size=3), st.booleans()
)
disenrolls = st.fixed_dictionaries(
    {
        "disenroll_Date": ends,
        "division_ID": st.sampled_from([None, "A", "A", "B"]),
        "groupDisenroll": st.sampled_from([False, False, True]),
        "disenrollFamily": st.sampled_from([1, 1, 1, 2, 3]),
        "disenrollFuture": st.sampled_from([2, 2, 3]),
        "terminateAuth": st.booleans(),
        "term_Date": st.sampled_from([None, "2024-05-05"]),
    }
).map(lambda body: body | {"groupDisenroll": body["groupDisenroll"] and body["disenrollFamily"] == 1})
# So many days after the last day of cover; None: as the process has it by default.
gaps = st.one_of(st.none(), st.integers(1, 90))
undos = st.fixed_dictionaries(
    {
        "division_ID": st.sampled_from([None, None, "A"]),
        "resetGroupDisenroll": st.booleans(),
        "resetAuth": st.booleans(),
        "reenrollAll": st.booleans(),
        "reenrollFamily": st.sampled_from([1, 1, 2, 3]),
    }
)
news = st.tuples(undos, st.integers(1, 90)).map(lambda drawn: drawn[0] | {"start_Date": drawn[1]})
cobras = st.fixed_dictionaries(
    {
        "reenrollCOBRA": st.just(True),
        "resetGroupDisenroll": st.just(False),
        "division_ID": st.sampled_from([None, "A"]),
        "reenrollAll": st.booleans(),
        "reenrollFamily": st.sampled_from([1, 1, 2, 3]),
        "cobraDivision": st.just("C"),
        "cobraReason": st.just(2),
        "cobraStart": gaps,
        "cobraPlanCriterias": st.sampled_from([[], [{"plan_ID": "MED", "tier": "1"}]]),
    }
)
reenrolls = st.one_of(undos, news, cobras)
# The first and the last day of a second contract of each division; the first goes on until the day before it.
contracts = st.one_of(st.just((FIRST, None)), st.tuples(days, later))
edits = st.tuples(st.integers(0, 5), later)
# Rounds of a disenroll, perhaps an edit, perhaps a reenroll.
rounds = st.tuples(
    disenrolls,
    st.one_of(st.none(), st.none(), edits),
    st.one_of(reenrolls, reenrolls, st.none()),
)
sequences = st.lists(rounds, min_size=1, max_size=2).map(
    lambda drawn: [
        (what, body)
        for one in drawn
        for what, body in zip(("disenroll", "edit", "reenroll"), one, strict=True)
        if body is not None
    ]
)
_keys = itertools.count(1_000_000)
# The disenrolls of an example by their day.
_disenrolls: dict[datetime.date, set[int]] = defaultdict(set)


def plainly(back: dict[str, Any]) -> Any:
    """Return an example in which two families of a division are ended and brought back in one way."""
    family = ([("A", FIRST, None, ("MED", "DEN"), None)], [(None, None, None), (FIRST, None, None)], True)
    end = {"disenroll_Date": "2024-06-30", "division_ID": "A", "groupDisenroll": False, "terminateAuth": True}
    return example(
        drawn=[family, family],
        at_member=False,
        contract=(FIRST, None),
        sequence=[("disenroll", end), ("reenroll", back)],
    )


def begun_after(last: str, asked_for: dict[str, Any]) -> dict[str, Any]:
    """Return the dates of what begins so many days after the last day of cover."""
    day = datetime.date.fromisoformat(last)
    gaps = {name: asked_for.get(name) for name in ("start_Date", "cobraStart")}
    return {name: str(day + datetime.timedelta(days=gap)) for name, gap in gaps.items() if gap}


def overlap(first: tuple[Any, Any], second: tuple[Any, Any]) -> bool:
    """Tell whether two spans, neither void, share a day."""
    far = datetime.date.max
    void = any(end is not None and end < start for start, end in (first, second))
    return not void and first[0] <= (second[1] or far) and second[0] <= (first[1] or far)


def make_world(drawn: list[Any], at_member: bool, contract: tuple[Any, Any] = (FIRST, None)) -> None:
    """Store what was drawn; spans that would overlap in a division are left out."""
    make(Group, group_id="G1", original_date=FIRST)
    make(world.Reason, reason_id=1)
    make(world.Reason, reason_id=2, cobra_length=18)
    for division in "ABC":
        make(GroupDivision, group_id="G1", division_id=division, cobra_division=division == "C")
        make_contracts(division, contract, "Y" if at_member and division == "A" else "N")
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


def make_contracts(division: str, second: tuple[Any, Any], at_member: str) -> None:
    """Store a division's contract from the first day, and a second one that comes after it and has no DEN."""
    start, length = second
    is_one = start == FIRST
    end = None if is_one else start - datetime.timedelta(days=1)
    world.make_contract(division, benefit_at_member=at_member, coverage_end=end)
    if is_one:
        return
    key = {"group_id": "G1", "division_id": division, "coverage_start": start}
    last = after(start, max(1, length) if length is not None else None)
    make(GroupContract, **key, benefit_at_member=at_member, coverage_end=last)
    make(world.GroupContractPlan, **key, plan_id="MED")


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
    if is_disenroll:
        _disenrolls[asked.day].add(key)
    assert (told.totals, told.divisions, told.warnings) == (done.totals, done.divisions, done.warnings)
    now = rows()
    check_journal(key, before, now, done.totals)
    if is_disenroll:
        check_only_ends(asked, before, now)
    elif not (asked.start or asked.cobra):
        check_only_reversed(asked, key, before, now)
    else:
        check_old_cover_stays(before, now)
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


ENDS = {
    "subenrollment": "end_date",
    "subenrollmentplan": "plan_end",
    "memenrollmentplan": "plan_end",
    "members": "disenroll_date",
    "subscribers": "disenroll_date",
    "groups": "disenroll_date",
    "groupdivision": "disenroll_date",
}


def changed_rows(before: Any, now: Any) -> list[tuple[str, Any, Any]]:
    """Return table, old and new row of all rows that have changed."""
    return [(place[0], before[place], row) for place, row in now.items() if before.get(place, row) != row]


def check_only_ends(asked: Any, before: Any, now: Any) -> None:
    """A disenroll makes and deletes no row, ends nothing later than before, and touches rows of its scope and
    people of the families that are in it alone (invariant 4)."""
    assert before.keys() == now.keys()
    scope = asked.division_id or "ABC"
    in_scope = {
        row["subscriber_id"]
        for place, row in before.items()
        if place[0] == "subenrollment" and row["division_id"] in scope
    }
    for table, old, new in changed_rows(before, now):
        if table in ENDS:
            last, first = new[ENDS[table]], old[ENDS[table]]
            assert last is not None
            assert first is None or last < first or (last == first and table == "subenrollment")
        if "division_id" in new:
            assert new["division_id"] in scope
        if table == "groups":
            assert asked.group_disenroll
        elif table != "groupdivision":
            assert new["subscriber_id"] in in_scope
        assert table != "auth" or asked.terminate_auth


def check_only_reversed(asked: Any, key: int, before: Any, now: Any) -> None:
    """An undo makes and deletes no row, and changes only what disenrolls for its day have changed, each entry
    back to what it was; but with reenrollAll what else ended that day, and dates that are the day
    (invariant 8)."""
    assert before.keys() == now.keys()
    of_day = _disenrolls[asked.day]
    reversed_by = [each for each in EnrollmentChange.objects.filter(process_key=key) if each.reverses]
    assert len(reversed_by) == len({each.reverses for each in reversed_by})
    for entry in EnrollmentChange.objects.filter(process_key=key):
        if entry.reverses is None:
            assert asked.everything or entry.table_name in ("groups", "groupdivision")
            assert entry.before[ENDS[entry.table_name]] == asked.day.isoformat()
            continue
        reversed_one = EnrollmentChange.objects.get(pk=entry.reverses)
        assert reversed_one.process_key in of_day
        assert (reversed_one.table_name, reversed_one.row_key) == (entry.table_name, entry.row_key)
        place = entry.table_name, entry.row_key
        for column, value in reversed_one.before.items():
            assert entry.after[column] == value, place


def check_old_cover_stays(before: Any, now: Any) -> None:
    """New cover and COBRA change no cover that is not void: they make rows, and bring void ones to life."""
    for table, old, _ in changed_rows(before, now):
        if table == "subenrollment":
            assert old["end_date"] < old["start_date"]
        elif table in ("subenrollmentplan", "memenrollmentplan"):
            assert old["plan_end"] < old["plan_start"]


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
@plainly({"start_Date": 20})
@plainly({"reenrollCOBRA": True, "resetGroupDisenroll": False, "cobraDivision": "C", "cobraReason": 2})
@plainly({"resetAuth": True})
@given(
    drawn=st.lists(families, min_size=1, max_size=3),
    at_member=st.booleans(),
    contract=contracts,
    sequence=sequences,
)
def test_spans_stay_whole_whatever_comes(db, drawn, at_member, contract, sequence):
    with databases.using("VBA_Demo"), transaction.atomic(using="VBA_Demo"):
        make_world(drawn, at_member, contract)
        last = str(FIRST)
        for what, asked_for in sequence:
            if what == "edit":
                edit(*asked_for)
                continue
            if what == "reenroll":
                asked_for = asked_for | {"disenroll_Date": last} | begun_after(last, asked_for)
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
