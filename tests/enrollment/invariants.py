"""The invariants of semantics.md section 7, as checks of all rows before and after a process."""

import datetime
import itertools
from collections import Counter
from collections.abc import Iterable, Set
from typing import Any

from django.db.models import F

from enrollment.engine.summary import summarize_group
from enrollment.models import EnrollmentChange, MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupDivision
from members.models import Authorization, Member, Subscriber
from tests.enrollment.drawn import FIRST, overlap

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
    for table, old, new in changed_rows(before, now):
        assert (old or new).get("group_id", "G1") == "G1", (table, new)


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


def kept_by_others(day: datetime.date) -> set[str]:
    """Return the families whom another group than G1 covers after a day."""
    others = SubEnrollment.objects.exclude(group_id="G1").exclude(end_date__lt=F("start_date"))
    return set(others.exclude(end_date__lte=day).values_list("subscriber_id", flat=True))


def check_only_ends(asked: Any, before: Any, now: Any) -> None:
    """A disenrollment makes and deletes no row, ends nothing later than before, and touches rows of its scope
    and people of the families that are in it alone (invariant 4); whom another group covers, keeps the
    dates."""
    assert before.keys() == now.keys()
    scope = asked.division_id or "ABC"
    in_scope = {
        row["subscriber_id"]
        for place, row in before.items()
        if place[0] == "subenrollment" and row["group_id"] == "G1" and row["division_id"] in scope
    }
    kept = kept_by_others(asked.day)
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
            assert table not in ("members", "subscribers") or new["subscriber_id"] not in kept
        assert table != "auth" or asked.terminate_auth


def check_only_reversed(asked: Any, key: int, before: Any, now: Any, of_day: Set[int]) -> None:
    """An undo makes and deletes no row, and changes only what the disenrollments ``of_day`` have changed,
    each to what it was; but with reenrollAll what else ended that day, and dates that are the day (8).
    """
    assert before.keys() == now.keys()
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
    """New coverage and COBRA change no coverage that is not void: they make rows, and revive void ones."""
    for table, old, _ in changed_rows(before, now):
        if table == "subenrollment":
            assert old["end_date"] < old["start_date"]
        elif table in ("subenrollmentplan", "memenrollmentplan"):
            assert old["plan_end"] < old["plan_start"]


def check_all_came_back(asked: Any, outcome: Any, of_day: Set[int]) -> None:
    """Of the coverage that the disenrollments ``of_day`` took away from the start on, the first and the last
    day are covered again, in the same division and by the same plans; or a warning names the family (ruling
    14)."""
    warned = {family.subscriber_id for warning in outcome.warnings for family in warning.families}
    undone = EnrollmentChange.objects.exclude(reverses=None).values("reverses")
    taken = EnrollmentChange.objects.filter(process_key__in=of_day).exclude(pk__in=undone).order_by("pk")
    # Of a row that was ended more than once, the newest entry.
    newest = {(each.table_name, each.row_key): each for each in taken}
    for (table, key), entry in newest.items():
        if table not in ("subenrollment", "subenrollmentplan") or entry.subscriber_id in warned:
            continue
        if asked.division_id not in (None, entry.division_id):
            continue
        is_plan = table == "subenrollmentplan"
        row = (SubEnrollmentPlan if is_plan else SubEnrollment).objects.get(pk=key)
        last = entry.before["plan_end" if is_plan else "end_date"]
        first = max(row.plan_start if is_plan else row.start_date, asked.start)
        if last is not None and last < first.isoformat():
            continue
        for day in (first, datetime.date.fromisoformat(last) if last else first):
            assert _is_covered(row, day, row.plan_id if is_plan else None), (row.key_values(), day)


def _is_covered(row: Any, day: datetime.date, plan: str | None) -> bool:
    """Return whether the family of a row is covered in its division on a day, by the plan if one is named."""
    scope = {"subscriber_id": row.subscriber_id, "division_id": row.division_id}
    found = SubEnrollment.objects.filter(**scope, start_date__lte=day).exclude(end_date__lt=day)
    if plan is None:
        return bool(found.exists())
    plans = SubEnrollmentPlan.objects.filter(**scope, plan_id=plan, plan_start__lte=day)
    return any(
        plans.filter(start_date=each.start_date, group_coverage_start=each.group_coverage_start)
        .exclude(plan_end__lt=day)
        .exists()
        for each in found
    )


def check_spans(*, edited: bool, groups: Iterable[str] = ("G1",)) -> None:
    """Invariants 1, 2, 3 and 11. ``edited``: someone has moved ends of enrollments by hand."""
    held: dict[tuple[str, ...], list[tuple[Any, Any]]] = {}
    parents = {}
    for row in SubEnrollment.objects.all():
        assert row.end_date is None or row.end_date >= row.start_date - datetime.timedelta(days=1)
        spans = held.setdefault((row.subscriber_id, row.group_id, row.division_id), [])
        assert not any(overlap((row.start_date, row.end_date), other) for other in spans)
        spans.append((row.start_date, row.end_date))
        parents[row.subscriber_id, row.group_id, row.division_id, row.start_date] = row
    check_children(SubEnrollmentPlan, "start_date", parents, edited)
    check_children(MemEnrollmentPlan, "sub_start_date", parents, edited)
    days = (FIRST, datetime.date(2024, 6, 15), datetime.date(2024, 12, 31))
    for group, today in itertools.product(groups, days):
        people = summarize_group(group, today)
        assert people.subscribers_current <= people.subscribers
        assert people.members_current <= people.members


def check_children(model: Any, start: str, parents: Any, edited: bool) -> None:
    """What is not void lies within its enrollment; without an end of its own it ends with it. Where the
    enrollment was moved by hand, a plan may come back with a later end: it counts until the enrollment's."""
    for row in model.objects.all():
        parent = parents[row.subscriber_id, row.group_id, row.division_id, getattr(row, start)]
        assert row.plan_end is None or row.plan_end >= row.plan_start - datetime.timedelta(days=1)
        if row.plan_end is not None and row.plan_end < row.plan_start:
            continue
        assert row.plan_start >= parent.start_date
        if row.plan_end is not None and parent.end_date is not None and not edited:
            assert row.plan_end <= parent.end_date


def live_after(day: datetime.date, division: str | None, group: str = "G1") -> list[Any]:
    """Return the enrollments in scope that are live after a day."""
    scope = SubEnrollment.objects.filter(group_id=group, **({"division_id": division} if division else {}))
    return [
        row
        for row in scope
        if row.end_date is None or (row.end_date > day and row.end_date >= row.start_date)
    ]
