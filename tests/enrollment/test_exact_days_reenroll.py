"""Every comparison of dates in undo, in new coverage of dependents, and in COBRA:
the day before, on the day, and the day after."""

from typing import Any

import pytest

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Member, Subscriber
from tests.enrollment import world
from tests.enrollment.exact import (
    AROUND_D,
    COBRA,
    DEPENDENTS,
    NEW,
    ONE,
    S1,
    back,
    each,
    end,
    had,
    kinds,
    span,
)
from tests.enrollment.storing import of_g1
from tests.enrollment.world import JAN_1, Q, day

pytestmark = pytest.mark.django_db(databases="__all__")

# --- undo ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "is_reopened"),
    [
        ("03-01", "06-29", False),
        ("03-01", "06-30", True),
        ("03-01", "07-01", False),
        ("06-30", "06-30", True),
        ("07-01", "06-30", False),  # void
    ],
)
def test_reenroll_all_reopens_what_ended_on_the_day_by_hand(asking, first, last, is_reopened):
    asking.move("S2", first)
    world.member_plan("S2", "01", "B", "MED", first)
    had("S2", end_date=last)
    for model in (SubEnrollmentPlan, MemEnrollmentPlan):
        had("S2", model=model, plan_end=last)
    for model in (Member, Subscriber):
        had("S2", model=model, disenroll_date=last)
    end(**ONE)
    back(reenrollAll=True)
    left = "" if is_reopened else last
    assert span("S2/B") == f"{first}..{left}"
    assert of_g1(SubEnrollmentPlan).get(subscriber_id="S2").plan_end == day(left or None)
    assert of_g1(MemEnrollmentPlan).get(subscriber_id="S2").plan_end == day(left or None)
    assert ("S2/01" in world.dates(), "S2" in world.dates()) == (not is_reopened, not is_reopened)


@pytest.mark.parametrize("of_member", [False, True])
@pytest.mark.parametrize(
    ("first", "last", "is_reopened"), [("06-30", "06-30", True), ("07-01", "06-30", False)]
)
def test_reenroll_all_reopens_plans_that_ended_on_the_day(asking, of_member, first, last, is_reopened):
    model: Any = MemEnrollmentPlan if of_member else SubEnrollmentPlan
    if of_member:
        world.member_plan("S2", "01", "B", "MED", "03-01")
    had("S2", model=model, plan_start=first, plan_end=last)
    end(**ONE)
    back(reenrollAll=True)
    had("S2", end_date="06-30")
    back(reenrollAll=True)
    assert of_g1(model).get(subscriber_id="S2").plan_end == (None if is_reopened else day(last))


@pytest.mark.parametrize(
    ("first", "last", "is_reopened"),
    [
        ("08-30", None, False),
        ("08-31", None, False),
        ("09-01", None, True),
        ("01-01", "02-29", True),
        ("01-01", "03-01", False),
        ("01-01", "03-02", False),
        ("07-15", "07-15", False),
        ("07-15", "07-14", True),  # void
    ],
)
def test_undo_beside_another_enrollment_of_the_division(asking, first, last, is_reopened):
    had("S2", end_date="08-31")
    end()
    world.enroll("S2", "B", first, end=last)
    done = back()
    row = of_g1(SubEnrollment).get(subscriber_id="S2", start_date=day("03-01"))
    assert row.end_date == day("08-31" if is_reopened else "06-30")
    assert kinds(done) == ({} if is_reopened else {"overlap": 1})


@each(("08-30", "08-31", "09-01"), 1, 0, 0)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_undo_under_a_date_that_stays(asking, when, found, whose):
    had("S1", end_date="08-31")
    end(**ONE)
    of_g1(GroupDivision).update(disenroll_date=None)
    model: Any = Group if whose == "group" else GroupDivision
    of_g1(model).filter(group_id="G1").update(disenroll_date=day(when))
    assert kinds(back(resetGroupDisenroll=False)).get("under stamp", 0) == found


@each(AROUND_D, False, False, True)
def test_members_come_back_where_the_enrollment_is_live_after_the_day(asking, when, found):
    end(**DEPENDENTS)
    had("S1", end_date=when)
    back(**S1, reenrollFamily=3)
    assert ("S1/02" not in world.dates()) == found


# --- new coverage of dependents ---


@pytest.mark.parametrize(
    ("first", "last", "is_live"),
    [
        ("01-01", "08-31", False),
        ("01-01", "09-01", True),
        ("08-31", None, True),
        ("09-01", None, True),
        ("09-02", None, False),
    ],
)
def test_dependents_come_back_into_what_is_live_on_the_start(asking, first, last, is_live):
    end(**ONE)
    if first == "01-01":
        had("S1", end_date=last)
    else:
        world.enroll("S1", "A", first, end=last)
    done = back(**S1, **NEW, reenrollFamily=3)
    assert ("S1/02" not in world.dates()) == is_live
    assert kinds(done).get("not live", 0) == (not is_live)


@pytest.mark.parametrize(
    ("first", "last", "comes"),
    [
        ("07-01", "08-31", True),
        ("07-01", "09-01", False),
        ("12-31", None, False),
        ("2025-01-01", None, True),
        ("10-01", "10-01", False),
        ("10-01", "09-30", True),
    ],
)
def test_plans_that_dependents_hold_meanwhile_are_not_doubled(asking, first, last, comes):
    world.member_plan("S1", "02", "A", "MED")
    of_g1(MemEnrollmentPlan).update(plan_end=day("12-31"))
    end(**DEPENDENTS)
    world.make(
        MemEnrollmentPlan,
        subscriber_id="S1",
        member_seq="02",
        group_id="G1",
        division_id="A",
        group_coverage_start=JAN_1,
        sub_start_date=day("01-01"),
        plan_id="MED",
        plan_start=day(first),
        plan_end=day(last),
    )
    assert back(**S1, **NEW, reenrollFamily=3).totals.member_plans == comes


@each(("12-30", "12-31", "2025-01-01"), "12-30", "12-31", "12-31")
def test_plans_of_dependents_end_with_what_is_live(asking, when, found):
    world.member_plan("S1", "02", "A", "MED")
    of_g1(MemEnrollmentPlan).update(plan_end=day("12-31"))
    end(**DEPENDENTS)
    had("S1", end_date=when)
    back(**S1, **NEW, reenrollFamily=3)
    assert of_g1(MemEnrollmentPlan).get(plan_start=day("09-01")).plan_end == day(found)


@each(("10-30", "10-31", "11-01"), {"beyond": 1}, {"beyond": 1}, {})
def test_plans_of_dependents_that_would_begin_after_it_has_ended_are_left_out(asking, when, found):
    world.member_plan("S1", "02", "A", "MED")
    of_g1(MemEnrollmentPlan).update(plan_start=day("11-01"), plan_end=day("12-31"))
    end(**DEPENDENTS)
    had("S1", end_date=when)
    assert kinds(back(**S1, **NEW, reenrollFamily=3)) == found
    (plan,) = of_g1(MemEnrollmentPlan).all()
    assert world.short(plan.plan_end) == ("10-31" if found else "11-01")


# --- COBRA --------------------------------------------------------------------------------------


@each(AROUND_D, (400, {}), (400, {}), (200, {}))
def test_cobra_begins_after_the_day(asking, when, found):
    end(**ONE)
    body = Q | COBRA | {"cobraStart": f"2024-{when}"}
    assert asking.send("reenroll", body, query="?preview=true").status_code == found[0]


@each(("07-01", "07-02"), {}, {"late": 1})
def test_cobra_that_begins_later_than_the_next_day_is_told(asking, when, found):
    end(**ONE)
    assert kinds(back(**COBRA, cobraStart=f"2024-{when}")) == found


@each(("2024-06-30", "2024-07-01", "2025-12-30", "2025-12-31", "2026-01-01"), 400, 200, 200, 200, 400)
def test_cobra_ends_from_its_first_day_through_the_last_one_allowed(asking, when, found):
    end(**ONE)
    assert asking.send("reenroll", Q | COBRA | {"cobraEnd": when}, query="?preview=true").status_code == found


def test_cobra_from_the_last_of_a_month_ends_with_a_shorter_month(asking):
    end(**ONE, disenroll_Date="2024-08-30")
    back(**COBRA, disenroll_Date="2024-08-30")
    assert span("S1/C") == "08-31..2026-02-28"


@each(AROUND_D, 409, 409, 200)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_cobra_needs_a_group_and_a_division_that_go_on_to_its_start(asking, when, found, whose):
    end(**ONE)
    if whose == "group":
        of_g1(Group).update(disenroll_date=day(when))
    else:
        of_g1(GroupDivision).filter(division_id="C").update(disenroll_date=day(when))
    assert asking.send("reenroll", Q | COBRA, query="?preview=true").status_code == found


@each(AROUND_D, 400, 400, 200)
def test_cobra_needs_a_contract_that_ends_on_its_start_or_later(asking, when, found):
    end(**ONE)
    of_g1(GroupContract).filter(division_id="C").update(coverage_end=day(when))
    assert asking.send("reenroll", Q | COBRA, query="?preview=true").status_code == found


@each(("06-30", "07-01", "07-02"), 200, 200, 400)
def test_cobra_needs_a_contract_that_begins_by_its_start(asking, when, found):
    end(**ONE)
    of_g1(GroupContractPlan).filter(division_id="C").delete()
    of_g1(GroupContract).filter(division_id="C").update(coverage_start=day(when))
    assert asking.send("reenroll", Q | COBRA, query="?preview=true").status_code == found


@pytest.mark.parametrize(
    ("first", "last", "comes"),
    [
        ("01-01", "06-29", False),
        ("01-01", "06-30", True),
        ("01-01", "07-01", True),
        ("06-29", None, True),
        ("06-30", None, True),
        ("07-01", None, False),
    ],
)
def test_plans_that_go_on_under_cobra_were_held_on_the_day(asking, first, last, comes):
    of_g1(SubEnrollmentPlan).filter(subscriber_id="S1", plan_id="DEN").update(
        plan_start=day(first), plan_end=day(last)
    )
    end(**ONE)
    back(**COBRA)
    plans = of_g1(SubEnrollmentPlan).filter(division_id="C").values_list("plan_id", flat=True)
    assert ("DEN" in plans) == comes


@pytest.mark.parametrize(
    ("first", "last", "is_made"),
    [
        ("01-01", "06-29", False),
        ("01-01", "06-30", True),
        ("01-01", "07-01", True),
        ("06-29", "07-01", True),
        ("06-30", "07-01", True),
        ("07-01", "07-01", False),
    ],
)
def test_cobra_goes_by_what_covered_the_day(asking, first, last, is_made):
    world.make_family("S3", "A", first, members=("01", "02"))
    end(**DEPENDENTS)
    had("S3", end_date=last)
    back(**COBRA | {"subscriber_ID": "S3"}, reenrollFamily=3, cobraStart="2024-07-02")
    assert (span("S3/C") is not None) == is_made
