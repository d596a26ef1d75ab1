"""The invariants of semantics.md section 7, over random families and sequences of disenrollment, edit,
reenrollment: the same checks and the same engine as everywhere, in one transaction that is rolled back."""

import datetime
import itertools
from collections import defaultdict
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.engine import disenroll
from enrollment.engine.parameters import ReenrollFamily
from enrollment.engine.runners import reenroll_by
from enrollment.models import DisenrollLog, MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from enrollment.process_requests import fields
from enrollment.process_requests.disenroll_checks import check_disenroll
from enrollment.process_requests.reenroll_checks import check_reenroll
from enrollment.process_requests.refusals import Refused
from tables.context import databases
from tests.enrollment.drawn import (
    FIRST,
    after,
    begun_after,
    contracts,
    disenrolls,
    families,
    make_world,
    overlap,
    plainly,
    sequences,
)
from tests.enrollment.invariants import (
    check_all_came_back,
    check_journal,
    check_old_cover_stays,
    check_only_ends,
    check_only_reversed,
    check_spans,
    live_after,
    rows,
)
from tests.enrollment.world import Q, R

pytestmark = pytest.mark.django_db(databases="__all__")

_keys = itertools.count(1_000_000)
# The disenrollments of an example by their day.
_disenrolls: dict[datetime.date, set[int]] = defaultdict(set)


def run(what: str, changes: dict[str, Any]) -> Any:
    """Run a request as a worker does, having previewed it; None if it is refused."""
    is_disenroll = what == "disenroll"
    body = fields.read(
        fields.DISENROLL if is_disenroll else fields.REENROLL, (R if is_disenroll else Q) | changes
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
        check_only_reversed(asked, key, before, now, _disenrolls[asked.day])
    else:
        check_old_cover_stays(before, now)
        if asked.start and asked.family is not ReenrollFamily.DEPENDENTS_ONLY:
            check_all_came_back(asked, done, _disenrolls[asked.day])
    assert DisenrollLog.objects.count() - log_before == done.totals.log_rows
    return asked, key, done


def edit(place: int, length: int | None) -> None:
    """Someone changes the end of an enrollment, as far as the rules of the tables allow."""
    found = list(SubEnrollment.objects.filter(group_id="G1").order_by("pk"))
    if not found:
        return
    row = found[place % len(found)]
    end = after(row.start_date, length)
    others = [other for other in found if other.division_id == row.division_id and other.pk != row.pk]
    others = [other for other in others if other.subscriber_id == row.subscriber_id]
    if any(overlap((row.start_date, end), (other.start_date, other.end_date)) for other in others):
        return
    ends = [
        model.objects.filter(subscriber_id=row.subscriber_id, group_id="G1")
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
        last, edited = str(FIRST), False
        for what, asked_for in sequence:
            if what == "edit":
                edit(*asked_for)
                edited = True
                continue
            if what == "reenroll":
                asked_for = asked_for | {"disenroll_Date": last} | begun_after(last, asked_for)
            else:
                last = asked_for["disenroll_Date"]
            done = run(what, asked_for)
            check_spans(edited=edited)
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
