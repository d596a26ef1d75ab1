"""Boundary days of active subscribers, of members an added enrollment covers again, and of overlaps."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from enrollment.models import SubEnrollment
from members.models import Member, Subscriber
from tables.context import databases
from tables.context.days import business_date
from tests.api.families import BASE, ENROLLMENT, ENROLLMENT_PLAN, have, have_cover
from tests.api.programs import data_of

pytestmark = pytest.mark.django_db(databases="__all__")


def days_away(days):
    return (business_date() + datetime.timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("first", "last", "is_active"),
    [(-1, None, 1), (0, None, 1), (1, None, 0), (-9, -1, 0), (-9, 0, 1), (-9, 1, 1)],
)
@pytest.mark.parametrize("of_plan", [False, True])
def test_who_is_active_on_a_day(program, first, last, is_active, of_plan):
    have_cover(program)
    dates = [days_away(first), None if last is None else days_away(last)]
    start, end = ["2024-01-01", None] if of_plan else dates
    program.post(BASE + ENROLLMENT.made_at, ENROLLMENT.record(start_Date=start, end_Date=end))
    if of_plan:
        plan = ENROLLMENT_PLAN.record(plan_Start=dates[0], plan_End=dates[1])
        assert program.post(BASE + ENROLLMENT_PLAN.made_at, plan).status_code == 200
    found = data_of(program.get("/vbasoftware/active-subscribers", groupId="G1"))
    held = [row["planDescription"] for row in found]
    assert held == (["MED" if is_active else None] if of_plan else [None] * is_active)


@pytest.mark.parametrize(("ended", "stays"), [("2023-12-31", 0), ("2024-01-01", 1), ("2024-01-02", 1)])
def test_whom_an_added_enrollment_brings_back(program, ended, stays):
    have_cover(program)
    with databases.using("VBA_Demo"):
        for model in (Member, Subscriber):
            model.objects.update(disenroll_date=ended)
    body = {"subEnrollment": ENROLLMENT.record(), "addMembers": True, "requesting_User_ID": "bob"}
    assert program.post("/vbasoftware/subscribers/S1/add-enrollment", body).status_code == 200
    with databases.using("VBA_Demo"):
        for model in (Member, Subscriber):
            assert bool(model.objects.get().disenroll_date) == stays


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        ("2024-01-01", "2024-02-28", False),
        ("2024-01-02", "2024-02-29", False),
        ("2024-01-02", "2024-03-01", True),
        ("2024-05-30", None, True),
        ("2024-05-31", None, True),
        ("2024-06-01", None, False),
        ("2024-04-01", "2024-04-01", True),
        ("2024-04-01", "2024-03-31", False),  # void
        ("2024-03-20", "2024-04-20", True),
    ],
)
@pytest.mark.parametrize(
    "stored", [("2024-03-01", "2024-05-31"), ("2024-04-02", "2024-04-02"), ("2024-04-02", "2024-04-01")]
)
def test_which_spans_a_form_refuses(program, stored, first, last, overlaps):
    have_cover(program)
    have(program, ENROLLMENT)
    days = [text and datetime.date.fromisoformat(text) for text in (*stored, first, last)]
    with databases.using("VBA_Demo"):
        row = SubEnrollment.objects.get()
        SubEnrollment.objects.update(start_date=days[0], end_date=days[1])
        row.pk, row._state.adding, row.start_date, row.end_date = None, True, days[2], days[3]
        try:
            row.full_clean()
            refused = False
        except ValidationError:
            refused = True
    # Only a span that contains it overlaps a single day. Nothing overlaps a void span.
    assert refused == (
        overlaps if stored[0] == "2024-03-01" else stored[0] == stored[1] and last == "2024-04-20"
    )
