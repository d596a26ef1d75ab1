"""Every comparison of dates in disenroll, reenroll, refusals and the summary: the day before, on the day, and
the day after. Asked as every door asks, and run by the engine in the test's own transaction."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from enrollment.asking import DISENROLL, REENROLL, ask
from enrollment.engine import disenroll
from enrollment.engine.outcome import Outcome
from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from enrollment.runs import reenroll_by
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Member, Subscriber
from tests.enrollment import world
from tests.enrollment.world import JAN_1, Q, R, day

pytestmark = pytest.mark.django_db(databases="__all__")

# D is 06-30, new cover begins on 09-01.
AROUND_D = ("06-29", "06-30", "07-01")
AROUND_START = ("08-31", "09-01", "09-02")
NEW = {"start_Date": "2024-09-01"}
ONE = {"division_ID": "A", "groupDisenroll": False}
DEPENDANTS = ONE | {"disenrollFamily": 3}
S1 = {"groupReenroll": False, "resetGroupDisenroll": False, "subscriber_ID": "S1"}
COBRA = S1 | {"reenrollCOBRA": True, "cobraDivision": "C", "cobraReason": 2}
_keys = itertools.count(3_000_000)


@pytest.fixture
def f(asking: Any) -> Iterator[Any]:
    """Fixture F; no worker is needed."""
    return asking


def end(**changes: Any) -> Outcome:
    """Disenroll as R asks, with changes."""
    asked = ask(DISENROLL, "G1", R | changes).asked
    return disenroll.run(asked, next(_keys), lambda done, steps, text: None)


def back(**changes: Any) -> Outcome:
    """Reenroll as Q asks, with changes."""
    asked = ask(REENROLL, "G1", Q | changes).asked
    done: Outcome = reenroll_by(asked).run(asked, next(_keys), lambda done, steps, text: None)
    return done


def kinds(outcome: Outcome) -> dict[str, int]:
    """The warnings by kind, with their counts."""
    return {warning.problem: warning.count for warning in outcome.warnings}


def had(subscriber: str, *, model: Any = SubEnrollment, **values: Any) -> None:
    """The family's enrollment or plans had these dates."""
    dates = {name: day(value) for name, value in values.items() if value is not None}
    model.objects.filter(subscriber_id=subscriber).update(**dates)


def member(subscriber: str, seq: str, **values: Any) -> None:
    Member.objects.filter(subscriber_id=subscriber, member_seq=seq).update(**values)


def span(name: str) -> str | None:
    return world.spans().get(name)


def each(days: tuple[str, ...], *found: Any) -> Any:
    """Each of the days with what is to be found."""
    return pytest.mark.parametrize(("when", "found"), list(zip(days, found, strict=True)), ids=days)


# --- disenroll ----------------------------------------------------------------------------------


@pytest.mark.parametrize("future", [2, 3])
@each(AROUND_D, "06-29..06-30", "06-30..06-30", "07-01..06-30")
def test_an_enrollment_that_starts_around_the_day(f, when, found, future):
    world.make_family("S3", "A", when)
    end(disenrollFuture=future)
    stays = future == 3 and when == "07-01"
    assert span("S3/A") == (f"{when}.." if stays else found)
    plan = SubEnrollmentPlan.objects.get(subscriber_id="S3")
    assert plan.plan_end == (None if stays else day("06-30"))
    assert ("S3" in world.dates()) == (not stays)


@each(AROUND_D, (0, "06-29"), (0, "06-30"), (1, "06-30"))
def test_an_enrollment_and_a_plan_that_end_around_the_day(f, when, found):
    changed, last = found
    world.make_family("S3", "A", "01-01", end=when)
    assert end().totals.enrollments == 2 + changed
    assert span("S3/A") == f"01-01..{last}"
    plan = SubEnrollmentPlan.objects.get(subscriber_id="S3")
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
def test_short_enrollments_and_plans_around_the_day(f, first, last, left):
    world.make_family("S3", "A", first, end=last)
    changed = end().totals.enrollments - 2
    assert (span("S3/A"), changed) == (f"{first}..{left}", int(last != left))
    plan = SubEnrollmentPlan.objects.get(subscriber_id="S3")
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
def test_plans_below_an_enrollment_that_goes_on(f, first, last, left, of_member):
    model: Any = MemEnrollmentPlan if of_member else SubEnrollmentPlan
    if of_member:
        world.member_plan("S2", "01", "B", "MED", "03-01")
    had("S2", model=model, plan_start=first)
    model.objects.filter(subscriber_id="S2").update(plan_end=day(last))
    end()
    plan = model.objects.get(subscriber_id="S2")
    assert (plan.plan_end, plan.reason_id) == (day(left or last), 1 if left else None)


@each(AROUND_D, "06-29", "06-30", "06-30")
def test_dates_that_members_subscribers_divisions_and_the_group_have_already(f, when, found):
    member("S1", "02", disenroll_date=day(when))
    for model, key in ((Subscriber, {"subscriber_id": "S2"}), (GroupDivision, {"division_id": "B"})):
        model.objects.filter(**key).update(disenroll_date=day(when))
    if when != "06-29":  # else the disenroll would be refused
        Group.objects.update(disenroll_date=day(when))
    done = end().totals
    assert {name: world.dates()[name] for name in ("S1/02", "S2", "B")} == dict.fromkeys(
        ("S1/02", "S2", "B"), found
    )
    later = when == "07-01"
    assert (done.members, done.subscribers, done.divisions) == (2 + later, 1 + later, 2 + later)
    assert done.groups == (when != "06-30")
    assert done.log_rows == (5 if later else 3)


@each(AROUND_D, True, True, False)
def test_a_family_is_dated_unless_another_group_covers_it_after_the_day(f, when, found):
    world.make(Group, group_id="G2")
    key = {"subscriber_id": "S2", "group_id": "G2", "division_id": "B", "group_coverage_start": JAN_1}
    world.make(GroupDivision, group_id="G2", division_id="B")
    world.make(GroupContract, group_id="G2", division_id="B", coverage_start=JAN_1)
    world.make(SubEnrollment, **key, start_date=day("03-01"), end_date=day(when))
    end()
    assert ("S2" in world.dates(), "S2/01" in world.dates()) == (found, found)


@each(AROUND_D, "06-30", "06-30", None)
def test_the_subscriber_alone_ends_all_where_no_dependant_is_active_after_the_day(f, when, found):
    member("S1", "02", disenroll_date=day(when))
    end(**ONE, disenrollFamily=2)
    assert SubEnrollment.objects.get(subscriber_id="S1").end_date == day(found)


@each(AROUND_D, 0, 0, 1)
def test_other_divisions_that_stay_alive_are_counted(f, when, found):
    had("S2", end_date=when)
    assert kinds(end(division_ID="A")) == ({"alive": found} if found else {})


@pytest.mark.parametrize(
    ("cut_off", "continued"),
    [("06-30", None), ("06-30", "06-29"), ("06-30", "06-30"), ("07-01", "07-01"), ("07-15", "07-15")],
)
def test_authorizations_around_the_cut_off(f, cut_off, continued):
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
    done = end(terminateAuth=True)
    found = world.authorizations()
    for kind in ("approved", "requested"):
        assert found[f"{kind[:3]} from before"] == f"OPEN {shorts['before']}..{cut_off}"
        assert found[f"{kind[:3]} from on"] == f"OPEN {cut_off}..{cut_off}"
        assert found[f"{kind[:3]} from after"] == f"CANC {shorts['after']}.."
        assert found[f"{kind[:3]} thru before"] == f"OPEN 06-01..{shorts['before']}"
        assert found[f"{kind[:3]} thru on"] == f"OPEN 06-01..{cut_off}"
        assert found[f"{kind[:3]} thru after"] == f"OPEN 06-01..{cut_off}"
    assert done.totals.authorizations == 8  # The four that end by the cut-off are not touched.


@each(("2019-12-30", "2019-12-31", "2020-01-01"), 400, 200, 200)
def test_refused_before_the_day_before_the_group_s_original_date(f, when, found):
    answer = f.send("disenroll", R | {"disenroll_Date": when}, query="?preview=true")
    assert answer.status_code == found


@each(AROUND_D, 409, 200, 200)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_a_date_is_not_postponed(f, when, found, whose):
    if whose == "group":
        Group.objects.update(disenroll_date=day(when))
    else:
        GroupDivision.objects.filter(division_id="A").update(disenroll_date=day(when))
    body = R | ({} if whose == "group" else ONE)
    assert f.send("disenroll", body, query="?preview=true").status_code == found


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
def test_reenroll_all_reopens_what_ended_on_the_day_by_hand(f, first, last, is_reopened):
    f.move("S2", first)
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
    assert SubEnrollmentPlan.objects.get(subscriber_id="S2").plan_end == day(left or None)
    assert MemEnrollmentPlan.objects.get(subscriber_id="S2").plan_end == day(left or None)
    assert ("S2/01" in world.dates(), "S2" in world.dates()) == (not is_reopened, not is_reopened)


@pytest.mark.parametrize("of_member", [False, True])
@pytest.mark.parametrize(
    ("first", "last", "is_reopened"), [("06-30", "06-30", True), ("07-01", "06-30", False)]
)
def test_reenroll_all_reopens_plans_that_ended_on_the_day(f, of_member, first, last, is_reopened):
    model: Any = MemEnrollmentPlan if of_member else SubEnrollmentPlan
    if of_member:
        world.member_plan("S2", "01", "B", "MED", "03-01")
    had("S2", model=model, plan_start=first, plan_end=last)
    end(**ONE)
    back(reenrollAll=True)
    had("S2", end_date="06-30")
    back(reenrollAll=True)
    assert model.objects.get(subscriber_id="S2").plan_end == (None if is_reopened else day(last))


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
def test_undo_beside_another_enrollment_of_the_division(f, first, last, is_reopened):
    had("S2", end_date="08-31")
    end()
    world.enroll("S2", "B", first, end=last)
    done = back()
    row = SubEnrollment.objects.get(subscriber_id="S2", start_date=day("03-01"))
    assert row.end_date == day("08-31" if is_reopened else "06-30")
    assert kinds(done) == ({} if is_reopened else {"overlap": 1})


@each(("08-30", "08-31", "09-01"), 1, 0, 0)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_undo_under_a_date_that_stays(f, when, found, whose):
    had("S1", end_date="08-31")
    end(**ONE)
    GroupDivision.objects.update(disenroll_date=None)
    model: Any = Group if whose == "group" else GroupDivision
    model.objects.filter(group_id="G1").update(disenroll_date=day(when))
    assert kinds(back(resetGroupDisenroll=False)).get("under stamp", 0) == found


@each(AROUND_D, False, False, True)
def test_members_come_back_where_the_enrollment_is_live_after_the_day(f, when, found):
    end(**DEPENDANTS)
    had("S1", end_date=when)
    back(**S1, reenrollFamily=3)
    assert ("S1/02" not in world.dates()) == found


# --- new cover ----------------------------------------------------------------------------------


@each(AROUND_START, "09-01..", "09-01..09-01", "09-01..09-02")
def test_new_cover_has_the_end_from_before_if_that_is_not_before_the_start(f, when, found):
    had("S2", end_date=when)
    had("S1", model=SubEnrollmentPlan, plan_end=when)
    end()
    back(**NEW)
    assert span("S2/B 09-01") == found
    for plan in SubEnrollmentPlan.objects.filter(subscriber_id="S1", start_date=day("09-01")):
        assert f"09-01..{world.short(plan.plan_end) or ''}" == found


@each(AROUND_START, 409, 200, 200)
def test_new_cover_needs_a_contract_that_ends_on_the_start_or_later(f, when, found):
    end()
    GroupContract.objects.filter(division_id="A").update(coverage_end=day(when))
    assert f.send("reenroll", Q | NEW | {"division_ID": "A"}, query="?preview=true").status_code == found
    assert kinds(back(**NEW)) == ({"no contract": 1} if found == 409 else {})


@each(AROUND_START, "09-01", "09-01", None)
def test_new_cover_needs_a_contract_that_begins_by_the_start(f, when, found):
    end()
    GroupContract.objects.filter(division_id="A").update(coverage_end=day("08-30"))
    key = {"group_id": "G1", "division_id": "A", "coverage_start": day(when)}
    world.make(GroupContract, **key)
    for plan in ("MED", "DEN"):
        world.make(GroupContractPlan, **key, plan_id=plan)
    answer = f.send("reenroll", Q | NEW | {"division_ID": "A"}, query="?preview=true")
    assert answer.status_code == (200 if found else 409)
    done = back(**NEW)
    assert kinds(done) == ({} if found else {"no contract": 1})
    made = SubEnrollment.objects.filter(subscriber_id="S1", start_date=day("09-01"))
    assert [row.group_coverage_start for row in made] == ([day(when)] if found else [])


@each(AROUND_D, 400, 400, 200)
def test_new_cover_begins_after_the_day(f, when, found):
    end()
    body = Q | {"start_Date": f"2024-{when}"}
    assert f.send("reenroll", body, query="?preview=true").status_code == found


@each(AROUND_D, True, True, False)
def test_new_cover_goes_by_what_covers_the_day(f, when, found):
    f.move("S2", when)
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
def test_plans_that_come_with_new_cover(f, first, last, comes, of_member):
    model: Any = MemEnrollmentPlan if of_member else SubEnrollmentPlan
    if of_member:
        world.member_plan("S1", "02", "A", "DEN")
    model.objects.filter(subscriber_id="S1", plan_id="DEN").update(plan_start=day(first), plan_end=day(last))
    end()
    back(**NEW)
    start = {"sub_start_date" if of_member else "start_date": day("09-01")}
    made = [
        f"{world.short(row.plan_start)}..{world.short(row.plan_end) or ''}"
        for row in model.objects.filter(subscriber_id="S1", plan_id="DEN", **start)
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
def test_new_cover_beside_what_was_entered_meanwhile(f, first, last, is_made, division):
    had("S1", end_date="12-31")
    end()
    world.enroll("S1", division, first, end=last)
    done = back(**NEW)
    made = SubEnrollment.objects.filter(subscriber_id="S1", start_date=day("09-01"))
    assert made.exists() == is_made
    assert kinds(done) == ({} if is_made else {"overlap": 1})


@pytest.mark.parametrize(("last", "is_void"), [("08-31", True), ("09-01", False), ("09-02", False)])
def test_only_a_void_row_of_the_key_is_revived(f, last, is_void):
    end()
    world.enroll("S1", "A", "09-01", end=last)
    done = back(**NEW)
    assert span("S1/A 09-01") == ("09-01.." if is_void else f"09-01..{last}")
    assert kinds(done) == ({} if is_void else {"overlap": 1})


@each(AROUND_D, "06-29", "06-30", None)
def test_who_had_left_by_the_day_stays_out_of_new_cover(f, when, found):
    member("S1", "02", disenroll_date=day(when))
    end()
    back(**NEW)
    assert world.dates().get("S1/02") == found


@each(AROUND_D, "06-29", "06-30", None)
def test_who_was_dated_by_hand_meanwhile_and_had_left_by_the_day_stays_out_of_new_cover(f, when, found):
    member("S1", "02", disenroll_date=day("06-30"))
    end()
    member("S1", "02", disenroll_date=day(when))
    back(**NEW)
    assert world.dates().get("S1/02") == found


@each(AROUND_START, "CANC", "OPEN", "OPEN")
def test_authorizations_that_begin_on_the_start_or_later_are_restored(f, when, found):
    world.authorization("AU1", "01", approved_from=when)
    world.authorization("AU2", "01", requested_from=when)
    end(terminateAuth=True)
    back(**NEW, resetAuth=True)
    assert {text.split(" ")[0] for text in world.authorizations().values()} == {found}


@each(AROUND_START, None, "09-01", "09-02")
@pytest.mark.parametrize("whose", ["group", "division"])
def test_dates_before_the_start_are_taken_off(f, when, found, whose):
    end(**ONE)
    model: Any = Group if whose == "group" else GroupDivision
    model.objects.filter(group_id="G1").update(disenroll_date=day(when))
    back(**NEW)
    assert world.dates().get("G1" if whose == "group" else "A") == found


@each(("12-30", "12-31", "2025-01-01"), 1, 0, 0)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_new_cover_under_a_date_that_stays(f, when, found, whose):
    had("S1", end_date="12-31")
    end(**ONE)
    GroupDivision.objects.update(disenroll_date=None)
    model: Any = Group if whose == "group" else GroupDivision
    model.objects.filter(group_id="G1").update(disenroll_date=day(when))
    assert kinds(back(**NEW, resetGroupDisenroll=False)).get("under stamp", 0) == found


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
def test_dependants_come_back_into_what_is_live_on_the_start(f, first, last, is_live):
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
def test_plans_that_dependants_hold_meanwhile_are_not_doubled(f, first, last, comes):
    world.member_plan("S1", "02", "A", "MED")
    MemEnrollmentPlan.objects.update(plan_end=day("12-31"))
    end(**DEPENDANTS)
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
def test_plans_of_dependants_end_with_what_is_live(f, when, found):
    world.member_plan("S1", "02", "A", "MED")
    MemEnrollmentPlan.objects.update(plan_end=day("12-31"))
    end(**DEPENDANTS)
    had("S1", end_date=when)
    back(**S1, **NEW, reenrollFamily=3)
    assert MemEnrollmentPlan.objects.get(plan_start=day("09-01")).plan_end == day(found)


@each(("10-30", "10-31", "11-01"), {"beyond": 1}, {"beyond": 1}, {})
def test_plans_of_dependants_that_would_begin_after_it_has_ended_are_left_out(f, when, found):
    world.member_plan("S1", "02", "A", "MED")
    MemEnrollmentPlan.objects.update(plan_start=day("11-01"))
    end(**DEPENDANTS)
    had("S1", end_date=when)
    done = back(**S1, **NEW, reenrollFamily=3)
    assert (kinds(done), done.totals.member_plans) == (found, int(not found))


# --- COBRA --------------------------------------------------------------------------------------


@each(AROUND_D, (400, {}), (400, {}), (200, {}))
def test_cobra_begins_after_the_day(f, when, found):
    end(**ONE)
    body = Q | COBRA | {"cobraStart": f"2024-{when}"}
    assert f.send("reenroll", body, query="?preview=true").status_code == found[0]


@each(("07-01", "07-02"), {}, {"late": 1})
def test_cobra_that_begins_later_than_the_next_day_is_told(f, when, found):
    end(**ONE)
    assert kinds(back(**COBRA, cobraStart=f"2024-{when}")) == found


@each(("2024-06-30", "2024-07-01", "2025-12-30", "2025-12-31", "2026-01-01"), 400, 200, 200, 200, 400)
def test_cobra_ends_from_its_first_day_through_the_last_one_allowed(f, when, found):
    end(**ONE)
    assert f.send("reenroll", Q | COBRA | {"cobraEnd": when}, query="?preview=true").status_code == found


def test_cobra_from_the_last_of_a_month_ends_with_a_shorter_month(f):
    end(**ONE, disenroll_Date="2024-08-30")
    back(**COBRA, disenroll_Date="2024-08-30")
    assert span("S1/C") == "08-31..2026-02-28"


@each(AROUND_D, 409, 409, 200)
@pytest.mark.parametrize("whose", ["group", "division"])
def test_cobra_needs_a_group_and_a_division_that_go_on_to_its_start(f, when, found, whose):
    end(**ONE)
    if whose == "group":
        Group.objects.update(disenroll_date=day(when))
    else:
        GroupDivision.objects.filter(division_id="C").update(disenroll_date=day(when))
    assert f.send("reenroll", Q | COBRA, query="?preview=true").status_code == found


@each(AROUND_D, 400, 400, 200)
def test_cobra_needs_a_contract_that_ends_on_its_start_or_later(f, when, found):
    end(**ONE)
    GroupContract.objects.filter(division_id="C").update(coverage_end=day(when))
    assert f.send("reenroll", Q | COBRA, query="?preview=true").status_code == found


@each(("06-30", "07-01", "07-02"), 200, 200, 400)
def test_cobra_needs_a_contract_that_begins_by_its_start(f, when, found):
    end(**ONE)
    GroupContractPlan.objects.filter(division_id="C").delete()
    GroupContract.objects.filter(division_id="C").update(coverage_start=day(when))
    assert f.send("reenroll", Q | COBRA, query="?preview=true").status_code == found


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
def test_plans_that_go_on_under_cobra_were_held_on_the_day(f, first, last, comes):
    SubEnrollmentPlan.objects.filter(subscriber_id="S1", plan_id="DEN").update(
        plan_start=day(first), plan_end=day(last)
    )
    end(**ONE)
    back(**COBRA)
    plans = SubEnrollmentPlan.objects.filter(division_id="C").values_list("plan_id", flat=True)
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
def test_cobra_goes_by_what_covered_the_day(f, first, last, is_made):
    world.make_family("S3", "A", first, members=("01", "02"))
    end(**DEPENDANTS)
    had("S3", end_date=last)
    back(**COBRA | {"subscriber_ID": "S3"}, reenrollFamily=3, cobraStart="2024-07-02")
    assert (span("S3/C") is not None) == is_made


# --- the summary --------------------------------------------------------------------------------


def only_s2() -> None:
    for model in (SubEnrollmentPlan, SubEnrollment):
        model.objects.filter(subscriber_id="S1").delete()


@each(("03-09", "03-10", "03-11", "05-19", "05-20", "05-21"), 0, 1, 1, 1, 1, 0)
@pytest.mark.parametrize("whose", ["enrollment", "member"])
def test_who_is_covered_on_a_day(f, when, found, whose):
    only_s2()
    if whose == "enrollment":
        f.move("S2", "03-10")
        had("S2", end_date="05-20")
        member("S2", "01", date_enrolled=None)
    else:
        member("S2", "01", date_enrolled=day("03-10"), disenroll_date=day("05-20"))
    of_family = found if whose == "enrollment" else 1
    assert f.summary(when) == (1, 1, of_family, found)
    path = f"groups/G1/divisions/B/enrollment-summary?asOfDate={day(when)}"
    (contract,) = f.get(path).json()["data"]
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
def test_who_was_ever_covered_had_a_day_in_common_with_the_enrollment(f, dates, found):
    only_s2()
    f.move("S2", "03-10")
    had("S2", end_date="05-20")
    member("S2", "01", **({"date_enrolled": None} | {name: day(text) for name, text in dates.items()}))
    assert f.summary("01-01") == (1, found, 0, 0)


@each(("03-09", "03-10", "03-11"), 0, 1, 1)
def test_what_is_void_covers_nobody_and_one_day_does(f, when, found):
    only_s2()
    f.move("S2", "03-10")
    had("S2", end_date=when)
    assert f.summary("03-10") == (found, found, found, found)


@each(("03-09", "03-10", "03-11"), 0, 1, 1)
def test_a_plan_of_a_member_that_is_void_covers_nobody_and_one_day_does(f, when, found):
    only_s2()
    GroupContract.objects.filter(division_id="B").update(benefit_at_member="Y")
    world.member_plan("S2", "01", "B", "MED", "03-01")
    had("S2", model=MemEnrollmentPlan, plan_start="03-10", plan_end=when)
    assert f.summary("03-10") == (1, found, 1, found)
