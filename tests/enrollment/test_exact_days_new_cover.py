"""Every comparison of dates in new coverage and its refusals: the day before, the day, and the day after."""

from typing import Any

import pytest

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from tests.enrollment import world
from tests.enrollment.exact import AROUND_D, AROUND_START, NEW, ONE, back, each, end, had, kinds, member, span
from tests.enrollment.storing import of_g1
from tests.enrollment.world import JAN_1, Q, day

pytestmark = pytest.mark.django_db(databases="__all__")

# --- new coverage ----------------------------------------------------------------------------------


@each(AROUND_START, "09-01..", "09-01..09-01", "09-01..09-02")
def test_new_coverage_has_the_end_from_before_if_that_is_not_before_the_start(asking, when, found):
    had("S2", end_date=when)
    had("S1", model=SubEnrollmentPlan, plan_end=when)
    end()
    back(**NEW)
    assert span("S2/B 09-01") == found
    for plan in of_g1(SubEnrollmentPlan).filter(subscriber_id="S1", start_date=day("09-01")):
        assert f"09-01..{world.short(plan.plan_end) or ''}" == found


@each(AROUND_START, 409, 200, 200)
def test_new_coverage_needs_a_contract_that_ends_on_the_start_or_later(asking, when, found):
    end()
    of_g1(GroupContract).filter(division_id="A").update(coverage_end=day(when))
    assert asking.send("reenroll", Q | NEW | {"division_ID": "A"}, query="?preview=true").status_code == found
    assert kinds(back(**NEW)) == ({"no contract": 1} if found == 409 else {})


@each(AROUND_START, "09-01", "09-01", None)
def test_new_coverage_needs_a_contract_that_begins_by_the_start(asking, when, found):
    end()
    of_g1(GroupContract).filter(division_id="A").update(coverage_end=day("08-30"))
    key = {"group_id": "G1", "division_id": "A", "coverage_start": day(when)}
    world.make(GroupContract, **key)
    for plan in ("MED", "DEN"):
        world.make(GroupContractPlan, **key, plan_id=plan)
    answer = asking.send("reenroll", Q | NEW | {"division_ID": "A"}, query="?preview=true")
    assert answer.status_code == (200 if found else 409)
    done = back(**NEW)
    assert kinds(done) == ({} if found else {"no contract": 1})
    made = of_g1(SubEnrollment).filter(subscriber_id="S1", start_date=day("09-01"))
    assert [row.group_coverage_start for row in made] == ([day(when)] if found else [])


@each(AROUND_D, 400, 400, 200)
def test_new_coverage_begins_after_the_day(asking, when, found):
    end()
    body = Q | {"start_Date": f"2024-{when}"}
    assert asking.send("reenroll", body, query="?preview=true").status_code == found


@each(AROUND_D, True, True, False)
def test_new_coverage_goes_by_what_covers_the_day(asking, when, found):
    asking.move("S2", when)
    had("S2", end_date="08-15")
    had("S2", model=SubEnrollmentPlan, plan_end="08-15")
    end()
    back(**NEW)
    assert span("S2/B 09-01") == ("09-01.." if found else None)


@pytest.mark.parametrize(
    ("first", "last", "comes"),
    [
        ("01-01", "06-29", None),
        ("01-01", "06-30", "09-01.."),
        ("01-01", "07-01", "09-01.."),
        ("06-29", "08-31", "09-01.."),
        ("06-30", "08-31", "09-01.."),
        ("07-01", "08-31", None),
        ("07-01", "09-01", "09-01..09-01"),
        ("08-31", None, "09-01.."),
        ("09-01", None, "09-01.."),
        ("09-02", None, "09-02.."),
    ],
)
@pytest.mark.parametrize("of_member", [False, True])
def test_plans_that_come_with_new_coverage(asking, first, last, comes, of_member):
    model: Any = MemEnrollmentPlan if of_member else SubEnrollmentPlan
    if of_member:
        world.member_plan("S1", "02", "A", "DEN")
    of_g1(model).filter(subscriber_id="S1", plan_id="DEN").update(plan_start=day(first), plan_end=day(last))
    end()
    back(**NEW)
    start = {"sub_start_date" if of_member else "start_date": day("09-01")}
    made = [
        f"{world.short(row.plan_start)}..{world.short(row.plan_end) or ''}"
        for row in of_g1(model).filter(subscriber_id="S1", plan_id="DEN", **start)
    ]
    assert made == ([comes] if comes else [])


@pytest.mark.parametrize(
    ("first", "last", "is_made"),
    [
        ("08-01", "08-31", True),
        ("08-01", "09-01", False),
        ("08-01", "09-02", False),
        ("12-30", None, False),
        ("12-31", None, False),
        ("2025-01-01", None, True),
        ("10-01", "10-01", False),
        ("10-01", "09-30", True),  # void
    ],
)
@pytest.mark.parametrize("division", ["A", "B"])
def test_new_coverage_beside_what_was_entered_meanwhile(asking, first, last, is_made, division):
    had("S1", end_date="12-31")
    end()
    world.enroll("S1", division, first, end=last)
    done = back(**NEW)
    made = of_g1(SubEnrollment).filter(subscriber_id="S1", start_date=day("09-01"))
    assert made.exists() == is_made
    assert kinds(done) == ({} if is_made else {"overlap": 1})


@pytest.mark.parametrize(("last", "is_void"), [("08-31", True), ("09-01", False), ("09-02", False)])
def test_only_a_void_row_of_the_key_is_revived(asking, last, is_void):
    end()
    world.enroll("S1", "A", "09-01", end=last)
    done = back(**NEW)
    assert span("S1/A 09-01") == ("09-01.." if is_void else f"09-01..{last}")
    assert kinds(done) == ({} if is_void else {"overlap": 1})


@pytest.mark.parametrize(
    ("begins", "last"), [("09-02", "09-01"), ("09-03", "09-02"), ("2025-01-01", "12-31")]
)
def test_coverage_ends_the_day_before_the_next_enrollment_that_comes_back(asking, begins, last):
    end(**ONE)
    world.enroll("S1", "A", begins, plans=("MED",))
    end(**ONE)
    assert kinds(back(**NEW)) == {}
    assert span("S1/A 09-01") == f"09-01..{last}"
    assert of_g1(SubEnrollment).get(subscriber_id="S1", start_date=day(begins)).end_date is None


@pytest.mark.parametrize(
    ("begins", "last"), [("09-02", "09-01"), ("09-03", "09-02"), ("2025-01-01", "12-31")]
)
def test_a_plan_that_meets_the_next_of_its_kind_ends_the_day_before(asking, begins, last):
    had("S2", model=SubEnrollmentPlan, plan_end="08-01")
    key = {"subscriber_id": "S2", "group_id": "G1", "division_id": "B", "group_coverage_start": JAN_1}
    world.make(
        SubEnrollmentPlan, **key, start_date=day("03-01"), plan_id="MED", plan_start=day(begins), tier="2"
    )
    end()
    back(**NEW)
    made = of_g1(SubEnrollmentPlan).filter(subscriber_id="S2", start_date=day("09-01"))
    found = sorted((row.plan_start, row.plan_end, row.tier) for row in made)
    assert found == [(day("09-01"), day(last), None), (day(begins), None, "2")]


@each(("10-30", "10-31", "11-01"), None, None, "10-31")
def test_a_plan_that_meets_the_next_enrollment_ends_before_it_or_is_left_out(asking, when, found):
    of_g1(SubEnrollmentPlan).filter(subscriber_id="S1", plan_id="DEN").update(plan_start=day("10-31"))
    end(**ONE)
    world.enroll("S1", "A", when, plans=("MED",))
    end(**ONE)
    done = back(**NEW)
    made = of_g1(SubEnrollmentPlan).filter(subscriber_id="S1", start_date=day("09-01"), plan_id="DEN")
    assert [(row.plan_start, row.plan_end) for row in made] == ([(day("10-31"), None)] if found else [])
    assert kinds(done) == ({} if found else {"beyond": 1})


@each(AROUND_D, "06-29", "06-30", None)
def test_who_had_left_by_the_day_stays_out_of_new_coverage(asking, when, found):
    member("S1", "02", disenroll_date=day(when))
    end()
    back(**NEW)
    assert world.dates().get("S1/02") == found


@each(AROUND_D, "06-29", "06-30", None)
def test_who_was_dated_by_hand_and_had_left_by_the_day_stays_out_of_new_coverage(asking, when, found):
    member("S1", "02", disenroll_date=day("06-30"))
    end()
    member("S1", "02", disenroll_date=day(when))
    back(**NEW)
    assert world.dates().get("S1/02") == found


@each(AROUND_START, "CANC", "OPEN", "OPEN")
def test_authorizations_that_begin_on_the_start_or_later_are_restored(asking, when, found):
    world.authorization("AU1", "01", approved_from=when)
    world.authorization("AU2", "01", requested_from=when)
    end(terminateAuth=True)
    back(**NEW, resetAuth=True)
    assert {text.split(" ")[0] for text in world.authorizations().values()} == {found}


@each(AROUND_START, None, "09-01", "09-02")
@pytest.mark.parametrize("whose", ["group", "division"])
def test_dates_before_the_start_are_taken_off(asking, when, found, whose):
    end(**ONE)
    model: Any = Group if whose == "group" else GroupDivision
    of_g1(model).filter(group_id="G1").update(disenroll_date=day(when))
    back(**NEW)
    assert world.dates().get("G1" if whose == "group" else "A") == found


@each(("12-30", "12-31", "2025-01-01"), 1, 0, 0)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_new_coverage_under_a_date_that_stays(asking, when, found, whose):
    had("S1", end_date="12-31")
    end(**ONE)
    of_g1(GroupDivision).update(disenroll_date=None)
    model: Any = Group if whose == "group" else GroupDivision
    of_g1(model).filter(group_id="G1").update(disenroll_date=day(when))
    assert kinds(back(**NEW, resetGroupDisenroll=False)).get("under stamp", 0) == found
