"""Every comparison of dates in disenroll, its refusals, and the summary:
the day before, on the day, and the day after."""

from typing import Any

import pytest

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupDivision
from members.models import Subscriber
from tests.enrollment import world
from tests.enrollment.exact import AROUND_D, ONE, each, end, had, kinds, member, span
from tests.enrollment.storing import of_g1
from tests.enrollment.world import JAN_1, R, day

pytestmark = pytest.mark.django_db(databases="__all__")

# --- disenroll ----------------------------------------------------------------------------------


@pytest.mark.parametrize("future", [2, 3])
@each(AROUND_D, "06-29..06-30", "06-30..06-30", "07-01..06-30")
def test_an_enrollment_that_starts_around_the_day(asking, when, found, future):
    world.make_family("S3", "A", when)
    end(disenrollFuture=future)
    stays = future == 3 and when == "07-01"
    assert span("S3/A") == (f"{when}.." if stays else found)
    plan = of_g1(SubEnrollmentPlan).get(subscriber_id="S3")
    assert plan.plan_end == (None if stays else day("06-30"))
    assert ("S3" in world.dates()) == (not stays)


@each(AROUND_D, (0, "06-29"), (0, "06-30"), (1, "06-30"))
def test_an_enrollment_and_a_plan_that_end_around_the_day(asking, when, found):
    changed, last = found
    world.make_family("S3", "A", "01-01", end=when)
    assert end().totals.enrollments == 2 + changed
    assert span("S3/A") == f"01-01..{last}"
    plan = of_g1(SubEnrollmentPlan).get(subscriber_id="S3")
    assert (plan.plan_end, plan.reason_id) == (day(last), 1 if changed else None)


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        ("07-01", "07-01", "06-30"),  # one day after D
        ("06-30", "06-30", "06-30"),  # D alone
        ("07-05", "07-04", "07-04"),  # void
        ("06-30", "07-01", "06-30"),
    ],
)
def test_short_enrollments_and_plans_around_the_day(asking, first, last, left):
    world.make_family("S3", "A", first, end=last)
    changed = end().totals.enrollments - 2
    assert (span("S3/A"), changed) == (f"{first}..{left}", int(last != left))
    plan = of_g1(SubEnrollmentPlan).get(subscriber_id="S3")
    assert (plan.plan_end, plan.reason_id) == (day(left), 1 if changed else None)


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        ("06-29", None, "06-30"),
        ("06-30", None, "06-30"),
        ("07-01", None, "06-30"),
        ("07-05", None, "07-04"),
        ("07-05", "07-05", "07-04"),
        ("07-05", "07-04", None),
        ("06-01", "06-29", None),
        ("06-01", "06-30", None),
        ("06-01", "07-01", "06-30"),
    ],
)
@pytest.mark.parametrize("of_member", [False, True])
def test_plans_below_an_enrollment_that_goes_on(asking, first, last, left, of_member):
    model: Any = MemEnrollmentPlan if of_member else SubEnrollmentPlan
    if of_member:
        world.member_plan("S2", "01", "B", "MED", "03-01")
    had("S2", model=model, plan_start=first)
    of_g1(model).filter(subscriber_id="S2").update(plan_end=day(last))
    end()
    plan = of_g1(model).get(subscriber_id="S2")
    assert (plan.plan_end, plan.reason_id) == (day(left or last), 1 if left else None)


@each(AROUND_D, "06-29", "06-30", "06-30")
def test_dates_that_members_subscribers_divisions_and_the_group_have_already(asking, when, found):
    member("S1", "02", disenroll_date=day(when))
    for model, key in ((Subscriber, {"subscriber_id": "S2"}), (GroupDivision, {"division_id": "B"})):
        of_g1(model).filter(**key).update(disenroll_date=day(when))
    if when != "06-29":  # else the disenrollment would be refused
        of_g1(Group).update(disenroll_date=day(when))
    done = end().totals
    assert {name: world.dates()[name] for name in ("S1/02", "S2", "B")} == dict.fromkeys(
        ("S1/02", "S2", "B"), found
    )
    later = when == "07-01"
    assert (done.members, done.subscribers, done.divisions) == (2 + later, 1 + later, 2 + later)
    assert done.groups == (when != "06-30")
    assert done.log_rows == (5 if later else 3)


@each(AROUND_D, True, True, False)
def test_a_family_is_dated_unless_another_group_covers_it_after_the_day(asking, when, found):
    world.make(Group, group_id="G2")
    key = {"subscriber_id": "S2", "group_id": "G2", "division_id": "B", "group_coverage_start": JAN_1}
    world.make(GroupDivision, group_id="G2", division_id="B")
    world.make(GroupContract, group_id="G2", division_id="B", coverage_start=JAN_1)
    world.make(SubEnrollment, **key, start_date=day("03-01"), end_date=day(when))
    end()
    assert ("S2" in world.dates(), "S2/01" in world.dates()) == (found, found)


@each(AROUND_D, "06-30", "06-30", None)
def test_the_subscriber_alone_ends_all_where_no_dependent_is_active_after_the_day(asking, when, found):
    member("S1", "02", disenroll_date=day(when))
    end(**ONE, disenrollFamily=2)
    assert of_g1(SubEnrollment).get(subscriber_id="S1").end_date == day(found)


@each(AROUND_D, 0, 0, 1)
def test_other_divisions_that_stay_alive_are_counted(asking, when, found):
    had("S2", end_date=when)
    assert kinds(end(division_ID="A")) == ({"alive": found} if found else {})


@pytest.mark.parametrize(
    ("cut_off", "continued"),
    [("06-30", None), ("06-30", "06-29"), ("06-30", "06-30"), ("07-01", "07-01"), ("07-15", "07-15")],
)
def test_authorizations_around_the_cut_off(asking, cut_off, continued):
    if continued:
        member("S1", "01", continue_coverage=True, continue_coverage_end_date=day(continued))
    n = day(cut_off)
    days = {"before": n.replace(day=n.day - 1) if n.day > 1 else day("06-30"), "on": n}
    days["after"] = day("07-01") if cut_off == "06-30" else n.replace(day=n.day + 1)
    shorts = {name: world.short(value) for name, value in days.items()}
    for kind in ("approved", "requested"):
        for name, first in shorts.items():
            world.authorization(f"{kind[:3]} from {name}", "01", **{f"{kind}_from": first})
        for name, last in shorts.items():
            dates = {f"{kind}_from": "06-01", f"{kind}_thru": last}
            world.authorization(f"{kind[:3]} thru {name}", "01", **dates)
        world.authorization(f"{kind[:3]} day", "01", **{f"{kind}_from": cut_off, f"{kind}_thru": cut_off})
    done = end(terminateAuth=True)
    found = world.authorizations()
    for kind in ("approved", "requested"):
        assert found[f"{kind[:3]} from before"] == f"OPEN {shorts['before']}..{cut_off}"
        assert found[f"{kind[:3]} from on"] == f"OPEN {cut_off}..{cut_off}"
        assert found[f"{kind[:3]} from after"] == f"CANC {shorts['after']}.."
        assert found[f"{kind[:3]} thru before"] == f"OPEN 06-01..{shorts['before']}"
        assert found[f"{kind[:3]} thru on"] == f"OPEN 06-01..{cut_off}"
        assert found[f"{kind[:3]} thru after"] == f"OPEN 06-01..{cut_off}"
    assert done.totals.authorizations == 8  # The six that end by the cut-off are not touched.


@each(("2019-12-30", "2019-12-31", "2020-01-01"), 400, 200, 200)
def test_refused_before_the_day_before_the_group_s_original_date(asking, when, found):
    answer = asking.send("disenroll", R | {"disenroll_Date": when}, query="?preview=true")
    assert answer.status_code == found


@each(AROUND_D, 409, 200, 200)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_a_date_is_not_postponed(asking, when, found, whose):
    if whose == "group":
        of_g1(Group).update(disenroll_date=day(when))
    else:
        of_g1(GroupDivision).filter(division_id="A").update(disenroll_date=day(when))
    body = R | ({} if whose == "group" else ONE)
    assert asking.send("disenroll", body, query="?preview=true").status_code == found


# --- the summary --------------------------------------------------------------------------------


def only_s2() -> None:
    for model in (SubEnrollmentPlan, SubEnrollment):
        of_g1(model).filter(subscriber_id="S1").delete()


@each(("03-09", "03-10", "03-11", "05-19", "05-20", "05-21"), 0, 1, 1, 1, 1, 0)
@pytest.mark.parametrize("whose", ["enrollment", "member"])
def test_who_is_covered_on_a_day(asking, when, found, whose):
    only_s2()
    if whose == "enrollment":
        asking.move("S2", "03-10")
        had("S2", end_date="05-20")
        member("S2", "01", date_enrolled=None)
    else:
        member("S2", "01", date_enrolled=day("03-10"), disenroll_date=day("05-20"))
    of_family = found if whose == "enrollment" else 1
    assert asking.summary(when) == (1, 1, of_family, found)
    path = f"groups/G1/divisions/B/enrollment-summary?asOfDate={day(when)}"
    (contract,) = asking.get(path).json()["data"]
    assert (contract["totalSubscribersCurrent"], contract["totalMembersCurrent"]) == (of_family, found)


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        ({"disenroll_date": "03-09"}, 0),
        ({"disenroll_date": "03-10"}, 1),
        ({"disenroll_date": "03-11"}, 1),
        ({"date_enrolled": "05-19"}, 1),
        ({"date_enrolled": "05-20"}, 1),
        ({"date_enrolled": "05-21"}, 0),
    ],
)
def test_who_was_ever_covered_had_a_day_in_common_with_the_enrollment(asking, dates, found):
    only_s2()
    asking.move("S2", "03-10")
    had("S2", end_date="05-20")
    member("S2", "01", **({"date_enrolled": None} | {name: day(text) for name, text in dates.items()}))
    assert asking.summary("01-01") == (1, found, 0, 0)


@each(("03-09", "03-10", "03-11"), 0, 1, 1)
def test_what_is_void_covers_no_one_and_one_day_does(asking, when, found):
    only_s2()
    asking.move("S2", "03-10")
    had("S2", end_date=when)
    assert asking.summary("03-10") == (found, found, found, found)


@each(("03-09", "03-10", "03-11"), 0, 1, 1)
def test_a_plan_of_a_member_that_is_void_covers_no_one_and_one_day_does(asking, when, found):
    only_s2()
    of_g1(GroupContract).filter(division_id="B").update(benefit_at_member="Y")
    world.member_plan("S2", "01", "B", "MED", "03-01")
    had("S2", model=MemEnrollmentPlan, plan_start="03-10", plan_end=when)
    assert asking.summary("03-10") == (1, found, 1, found)
