"""New coverage after a gap brings renewals back: all that the disenrollment cut or voided from the start on,
and a warning for whatever is left out. Through REST and a worker process."""

import pytest

from enrollment.models import EnrollmentChange, MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import GroupContract, GroupContractPlan
from members.models import Member
from tests.enrollment import world
from tests.enrollment.storing import of_g1
from tests.enrollment.world import day

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
OVERLAP = "Overlaps other coverage in the group; not reenrolled"
NO_CONTRACT = "No contract of the division covers the start date; not reenrolled"
NOT_OFFERED = "A plan is not offered by the contract; left out"
NO_PLAN = "None of the plans is offered by the contract; not reenrolled"
NOT_LIVE = "No active enrollment for these members to join; not reenrolled"
UNDER_STAMP = "Coverage continues past the disenroll date of its division or group"
DIED = "A member has died; not reenrolled"
FROM_DECEMBER = {"start_Date": "2024-12-01"}
S1 = {"groupReenroll": False, "resetGroupDisenroll": False, "subscriber_ID": "S1"}
ONE = {"division_ID": "A", "groupDisenroll": False}
NEXT = "2025-01-01"


def until(last, subscriber="S1", **start):
    """The family's enrollments, or the one with this start, and their plans had this last day beforehand."""
    of_g1(SubEnrollment).filter(subscriber_id=subscriber, **start).update(end_date=day(last))
    of_g1(SubEnrollmentPlan).filter(subscriber_id=subscriber, **start).update(plan_end=day(last))


def warnings(f, key):
    """The warnings of a process and how many each has, without the families they name."""
    parts = (line.partition(": ") for line in f.lines(key, "WARNING"))
    return {text: int(rest.split(" ")[0]) for text, _, rest in parts}


def s1():
    """The spans of S1."""
    return {name: span for name, span in world.spans().items() if name.startswith("S1")}


def plan_rows(model=SubEnrollmentPlan, **key):
    """The plans that are not void, as ``MED 12-01..12-31``, of S1."""
    rows = of_g1(model).filter(subscriber_id="S1", **key).order_by("plan_id", "plan_start", "pk")
    named = [(f"{getattr(row, 'member_seq', '')} {row.plan_id}".strip(), row) for row in rows]
    return [
        f"{name} {world.short(row.plan_start)}..{world.short(row.plan_end) or ''}"
        for name, row in named
        if row.plan_end is None or row.plan_end >= row.plan_start
    ]


@pytest.fixture
def renewed(f):
    """S1 was enrolled for the year, and anew for the years after."""
    until("12-31")
    world.enroll("S1", "A", NEXT, plans=("MED", "DEN"))
    return f


def test_the_renewal_comes_back_with_new_coverage_after_a_gap(renewed):
    before = world.everything()
    renewed.disenroll()
    assert s1()["S1/A 2025-01-01"] == "2025-01-01..12-31"
    renewed.reenroll(**FROM_DECEMBER)
    assert s1() == {
        "S1/A": "01-01..06-30",
        "S1/A 12-01": "12-01..12-31",
        "S1/A 2025-01-01": "2025-01-01..",
    }
    assert plan_rows(start_date=day("12-01")) == ["DEN 12-01..12-31", "MED 12-01..12-31"]
    assert plan_rows(start_date=day(NEXT)) == ["DEN 2025-01-01..", "MED 2025-01-01.."]
    assert world.dates() == {}
    # The renewal is as it was before the disenrollment.
    kept = [row for row in before if row[0].endswith("Enrollment") or row[0].endswith("Plan")]
    assert [row for row in kept if day(NEXT) in row] == [
        row for row in world.everything() if row in kept and day(NEXT) in row
    ]


def test_every_later_span_comes_back_with_the_end_it_had(renewed):
    until("2025-12-31", start_date=day(NEXT))
    world.enroll("S1", "A", "2026-01-01", end="2026-06-30")
    world.enroll("S1", "A", "2027-01-01")
    renewed.disenroll()
    renewed.reenroll(**FROM_DECEMBER)
    assert list(s1().values()) == [
        "01-01..06-30",
        "12-01..12-31",
        "2025-01-01..2025-12-31",
        "2026-01-01..2026-06-30",
        "2027-01-01..",
    ]


def test_one_that_spans_the_start_is_followed_by_the_later_ones(renewed):
    world.enroll("S1", "A", "2026-01-01", end="2025-12-31")  # void from the beginning: it stays void
    until("2025-12-31", start_date=day(NEXT))
    world.enroll("S1", "A", "2027-01-01")
    renewed.disenroll()
    renewed.reenroll(start_Date="2025-03-01")
    assert list(s1().values()) == [
        "01-01..06-30",
        "2025-01-01..12-31",
        "2025-03-01..2025-12-31",
        "2026-01-01..2025-12-31",
        "2027-01-01..",
    ]


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("2024-12-31", "12-31..12-31"),  # one day before the renewal
        ("2025-01-01", None),  # the renewal itself
        ("2025-01-02", "2025-01-02.."),  # one day into it
    ],
)
def test_around_the_first_day_of_the_renewal(renewed, start, first):
    renewed.disenroll()
    renewed.reenroll(start_Date=start)
    found = list(s1().values())
    late = start == "2025-01-02"
    assert found[0] == "01-01..06-30"
    assert ("2025-01-01.." in found, "2025-01-01..12-31" in found) == (not late, late)
    assert [span for span in found[1:] if not span.startswith("2025-01-01")] == ([first] if first else [])


@pytest.mark.parametrize("last", ["10-31", "11-30", "12-01"])
def test_where_nothing_spanned_the_start_new_coverage_goes_on_to_the_day_before_the_renewal(renewed, last):
    until(last, start_date=day("01-01"))
    renewed.disenroll()
    renewed.reenroll(**FROM_DECEMBER)
    assert s1()["S1/A 12-01"] == ("12-01..12-01" if last == "12-01" else "12-01..12-31")
    assert s1()["S1/A 2025-01-01"] == "2025-01-01.."
    effective = "12-01" if last == "12-01" else ""
    assert plan_rows(start_date=day("12-01")) == [f"DEN 12-01..{effective}", f"MED 12-01..{effective}"]


def test_who_began_after_the_disenroll_alone_comes_back_then(f):
    world.make_family("S3", "A", NEXT)
    f.disenroll()
    f.reenroll(**FROM_DECEMBER)
    assert world.spans()["S3/A"] == "2025-01-01.."
    assert world.dates() == {}


def test_a_renewal_in_another_division_comes_back_there_alone(f):
    until("12-31")
    world.enroll("S1", "B", NEXT)
    f.disenroll()
    f.reenroll(**FROM_DECEMBER)
    assert s1() == {"S1/A": "01-01..06-30", "S1/A 12-01": "12-01..12-31", "S1/B": "2025-01-01.."}


def test_what_spans_the_start_in_another_division_is_no_reason_for_more_in_the_first(f):
    until("10-31")
    world.enroll("S1", "B", "11-01")
    f.disenroll()
    f.reenroll(**FROM_DECEMBER)
    assert s1() == {"S1/A": "01-01..06-30", "S1/B": "11-01..10-31", "S1/B 12-01": "12-01.."}


def test_new_coverage_ends_the_day_before_the_renewal_in_another_division(f):
    until("10-31")
    world.enroll("S1", "B", NEXT)
    f.disenroll()
    f.reenroll(**FROM_DECEMBER)
    assert s1() == {"S1/A": "01-01..06-30", "S1/A 12-01": "12-01..12-31", "S1/B": "2025-01-01.."}


def test_two_divisions_side_by_side_come_back_as_they_were(f):
    world.enroll("S1", "B", NEXT)
    f.disenroll()
    f.reenroll(**FROM_DECEMBER)
    assert s1() == {"S1/A": "01-01..06-30", "S1/A 12-01": "12-01..", "S1/B": "2025-01-01.."}


def test_one_division_brings_its_own_back(f):
    until("12-31")
    world.enroll("S1", "B", NEXT)
    f.disenroll()
    f.reenroll(**FROM_DECEMBER, division_ID="B", resetGroupDisenroll=False, expect=WARNED)
    assert s1() == {"S1/A": "01-01..06-30", "S1/B": "2025-01-01.."}


# --- contracts and plans ---


def contract_from(start, *, plans=("MED", "DEN"), before=None):
    """A's contract ends the day before, or another day, and another one begins."""
    of_g1(GroupContract).filter(division_id="A").update(coverage_end=day(before or "12-31"))
    if start:
        key = {"group_id": "G1", "division_id": "A", "coverage_start": day(start)}
        world.make(GroupContract, **key, benefit_at_member="N")
        for plan in plans:
            world.make(GroupContractPlan, **key, plan_id=plan)


def test_each_span_is_under_the_contract_that_covers_its_start(renewed):
    renewed.disenroll()
    contract_from(NEXT)
    renewed.reenroll(**FROM_DECEMBER)
    made = of_g1(SubEnrollment).filter(subscriber_id="S1").order_by("start_date", "group_coverage_start")
    assert [(row.start_date, row.end_date, row.group_coverage_start) for row in made] == [
        (day("01-01"), day("06-30"), day("01-01")),
        (day("12-01"), day("12-31"), day("01-01")),
        (day(NEXT), day("12-31"), day("01-01")),
        (day(NEXT), None, day(NEXT)),
    ]
    assert plan_rows(group_coverage_start=day(NEXT)) == ["DEN 2025-01-01..", "MED 2025-01-01.."]


def test_a_renewal_stays_under_its_own_contract_where_that_goes_on(renewed):
    renewed.disenroll()
    contract_from("07-01", before="2026-12-31")
    renewed.reenroll(**FROM_DECEMBER)
    made = of_g1(SubEnrollment).filter(subscriber_id="S1").order_by("start_date")
    assert [row.group_coverage_start for row in made] == [day("01-01"), day("07-01"), day("01-01")]
    assert s1()["S1/A 2025-01-01"] == "2025-01-01.."


@pytest.mark.parametrize(("last", "is_left_out"), [("12-31", True), ("2025-01-01", False)])
def test_a_renewal_without_a_contract_for_its_start_is_left_out_with_a_warning(renewed, last, is_left_out):
    renewed.disenroll()
    contract_from(None, before=last)
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED if is_left_out else "COMPLETED")
    assert warnings(renewed, key) == ({NO_CONTRACT: 1} if is_left_out else {})
    assert (s1()["S1/A 2025-01-01"] == "2025-01-01..12-31") == is_left_out
    assert s1()["S1/A 12-01"] == "12-01..12-31"


def test_without_a_revived_renewal_new_coverage_has_no_end(renewed):
    until("10-31", start_date=day("01-01"))
    renewed.disenroll()
    contract_from(None)
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED)
    assert s1()["S1/A 12-01"] == "12-01.."
    assert warnings(renewed, key) == {NO_CONTRACT: 1}


def test_plans_that_the_renewal_s_contract_does_not_offer_are_left_out_with_a_warning(renewed):
    renewed.disenroll()
    contract_from(NEXT, plans=("MED",))
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED)
    assert plan_rows(start_date=day("12-01")) == ["DEN 12-01..12-31", "MED 12-01..12-31"]
    assert plan_rows(start_date=day(NEXT)) == ["MED 2025-01-01.."]
    assert warnings(renewed, key) == {NOT_OFFERED: 1}


def test_a_renewal_without_any_offered_plan_is_left_out_with_a_warning(renewed):
    renewed.disenroll()
    contract_from(NEXT, plans=())
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED)
    assert "2025-01-01.." not in s1().values()
    assert warnings(renewed, key) == {NOT_OFFERED: 1, NO_PLAN: 1}


def test_plans_that_began_later_within_a_span_come_back_on_their_day(renewed):
    key = {"subscriber_id": "S1", "group_id": "G1", "division_id": "A", "group_coverage_start": day("01-01")}
    for start, plan, first in (("01-01", "VIS", "12-15"), (NEXT, "VIS", "2025-03-01")):
        world.make(
            SubEnrollmentPlan, **key, start_date=day(start), plan_id=plan, plan_start=day(first), tier="2"
        )
    world.make(GroupContractPlan, group_id="G1", division_id="A", coverage_start=day("01-01"), plan_id="VIS")
    renewed.disenroll()
    renewed.reenroll(**FROM_DECEMBER)
    assert plan_rows(start_date=day("12-01"), plan_id="VIS") == ["VIS 12-15.."]
    assert plan_rows(start_date=day(NEXT), plan_id="VIS") == ["VIS 2025-03-01.."]


def test_a_plan_whose_tier_changed_later_does_so_again(f):
    until("09-30", start_date=day("01-01"))
    of_g1(SubEnrollmentPlan).filter(subscriber_id="S1").update(tier="1")
    of_g1(SubEnrollment).filter(subscriber_id="S1").update(end_date=None)
    key = {"subscriber_id": "S1", "group_id": "G1", "division_id": "A", "group_coverage_start": day("01-01")}
    world.make(
        SubEnrollmentPlan, **key, start_date=day("01-01"), plan_id="MED", plan_start=day("10-01"), tier="2"
    )
    f.disenroll()
    f.reenroll(start_Date="2024-09-01")
    made = of_g1(SubEnrollmentPlan).filter(start_date=day("09-01"), subscriber_id="S1")
    assert sorted(
        (row.plan_id, row.tier, row.plan_start, row.plan_end) for row in made.filter(plan_id="MED")
    ) == [
        ("MED", "1", day("09-01"), day("09-30")),
        ("MED", "2", day("10-01"), None),
    ]


# --- members ---


def hold_plans_by_members():
    of_g1(GroupContract).filter(division_id="A").update(benefit_at_member="Y")
    for start in ("01-01", NEXT):
        for seq in ("01", "02"):
            world.member_plan("S1", seq, "A", "MED", start)


def test_plans_of_members_come_back_in_each_span(renewed):
    hold_plans_by_members()
    renewed.disenroll()
    renewed.reenroll(**FROM_DECEMBER)
    both = ["01 MED {}", "02 MED {}"]
    first = plan_rows(MemEnrollmentPlan, sub_start_date=day("12-01"))
    assert sorted(first) == [text.format("12-01..") for text in both]
    later = plan_rows(MemEnrollmentPlan, sub_start_date=day(NEXT))
    assert sorted(later) == [text.format("2025-01-01..") for text in both]
    assert renewed.summary("2024-12-01") == (2, 3, 2, 3)
    assert renewed.summary(NEXT) == (2, 3, 2, 3)


def test_only_the_selected_members_come_back_in_each_span(renewed):
    hold_plans_by_members()
    renewed.disenroll(**ONE)
    renewed.reenroll(**S1, **FROM_DECEMBER, reenrollFamily=2, expect=WARNED)
    assert plan_rows(MemEnrollmentPlan, sub_start_date=day("12-01")) == ["01 MED 12-01.."]
    assert plan_rows(MemEnrollmentPlan, sub_start_date=day(NEXT)) == ["01 MED 2025-01-01.."]
    assert world.dates() == {"A": "06-30", "S1/02": "06-30"}
    assert s1()["S1/A 2025-01-01"] == "2025-01-01.."


def test_members_named_one_by_one_come_back_in_each_span(renewed):
    hold_plans_by_members()
    renewed.disenroll(**ONE)
    named = {"reenrollFamily": 4, "memberSeqCriterias": ["01", "02"]}
    renewed.reenroll(**S1, **FROM_DECEMBER, **named, expect=WARNED)
    assert len(plan_rows(MemEnrollmentPlan, sub_start_date=day(NEXT))) == 2
    assert world.dates() == {"A": "06-30"}


def test_dependents_come_back_into_the_renewal_that_went_on_without_them(renewed):
    hold_plans_by_members()
    renewed.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    assert plan_rows(MemEnrollmentPlan, sub_start_date=day(NEXT)) == ["01 MED 2025-01-01.."]
    renewed.reenroll(**S1, **FROM_DECEMBER, reenrollFamily=3)
    assert plan_rows(MemEnrollmentPlan, member_seq="02") == [
        "02 MED 01-01..06-30",
        "02 MED 12-01..",
        "02 MED 2025-01-01..",
    ]
    assert s1() == {"S1/A": "01-01..12-31", "S1/A 2025-01-01": "2025-01-01.."}
    before = world.everything()
    renewed.reenroll(**S1, **FROM_DECEMBER, reenrollFamily=3)
    assert world.everything() == before


def test_dependents_come_back_within_the_renewal_by_what_they_held_in_it(renewed):
    hold_plans_by_members()
    of_g1(MemEnrollmentPlan).filter(sub_start_date=day(NEXT)).update(tier="7")
    renewed.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    renewed.reenroll(**S1, start_Date="2025-02-01", reenrollFamily=3)
    made = of_g1(MemEnrollmentPlan).get(member_seq="02", plan_start=day("2025-02-01"))
    assert (made.sub_start_date, made.tier, made.plan_end) == (day(NEXT), "7", None)


def test_dependents_whose_renewal_has_ended_with_the_family_are_told(renewed):
    hold_plans_by_members()
    renewed.disenroll(**ONE)
    world.enroll("S1", "A", "11-01", end="12-31")
    key = renewed.reenroll(**S1, **FROM_DECEMBER, reenrollFamily=3, expect=WARNED)
    assert plan_rows(MemEnrollmentPlan, sub_start_date=day("11-01")) == ["02 MED 12-01.."]
    assert plan_rows(MemEnrollmentPlan, sub_start_date=day(NEXT)) == []
    assert warnings(renewed, key) == {NOT_LIVE: 1, UNDER_STAMP: 1}


def test_a_member_s_plan_that_is_not_offered_any_more_is_told(renewed):
    hold_plans_by_members()
    renewed.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    of_g1(GroupContractPlan).filter(division_id="A", plan_id="MED").delete()
    key = renewed.reenroll(**S1, **FROM_DECEMBER, reenrollFamily=3, expect=WARNED)
    assert warnings(renewed, key) == {NOT_OFFERED: 2}  # in the year, and in the renewal


def test_a_family_whose_insured_has_died_is_told_for_each_span(renewed):
    renewed.disenroll()
    Member.objects.filter(subscriber_id="S1", member_seq="01").update(date_of_death=day("07-04"))
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED)
    assert warnings(renewed, key) == {DIED: 2}
    assert s1() == {"S1/A": "01-01..06-30", "S1/A 2025-01-01": "2025-01-01..12-31"}


# --- what was entered in between, and asking again ---


@pytest.mark.parametrize(
    ("start", "end", "back"),
    [
        ("2025-03-01", None, ["12-01..12-31"]),  # beside the renewal
        ("12-15", "12-20", ["2025-01-01.."]),  # beside the first one
        ("12-20", "2025-01-05", []),  # beside both
        ("11-01", "11-30", ["12-01..12-31", "2025-01-01.."]),  # before them
    ],
)
def test_a_span_beside_what_was_entered_meanwhile_is_left_out_with_a_warning(renewed, start, end, back):
    renewed.disenroll()
    world.enroll("S1", "B", start, end=end)
    left_out = 2 - len(back)
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED if left_out else "COMPLETED")
    live = [span for name, span in s1().items() if name.startswith("S1/A") and not span.endswith("..12-31")]
    assert [span for span in s1().values() if span in back] == back
    assert len(live) == 1 + ("2025-01-01.." in back)
    assert warnings(renewed, key) == ({OVERLAP: left_out} if left_out else {})
    assert ("S1/01" in world.dates()) == (not back)


def test_asking_again_changes_nothing_and_is_told(renewed):
    hold_plans_by_members()
    renewed.disenroll()
    renewed.reenroll(**FROM_DECEMBER)
    before = world.everything()
    key = renewed.reenroll(**FROM_DECEMBER, expect=WARNED)
    assert world.everything() == before
    assert warnings(renewed, key) == {OVERLAP: 3}  # S1 twice, S2 once


def test_one_family_comes_back_alone_and_the_preview_shows_all_of_its_spans(renewed):
    world.make_family("S3", "A", NEXT)
    renewed.disenroll(**ONE)
    asked = world.Q | S1 | FROM_DECEMBER
    told = renewed.preview("reenroll", asked)
    spans = [(each["start_Date"][:10], (each["end_Date_After"] or "")[:10]) for each in told["sample"]]
    assert spans == [("2024-12-01", "2024-12-31"), (NEXT, "")]
    assert told["totals"]["enrollments"] == 2
    renewed.reenroll(**S1, **FROM_DECEMBER, expect=WARNED)  # under the division's date
    assert world.spans()["S3/A"] == "2025-01-01..12-31"


def test_every_changed_column_of_what_is_revived_is_journaled(renewed):
    renewed.disenroll(term_Date="2024-06-14")
    of_g1(SubEnrollmentPlan).filter(start_date=day(NEXT), plan_id="MED").update(tier="9")
    key = renewed.reenroll(**FROM_DECEMBER)
    revived = EnrollmentChange.objects.filter(process_key=key, before__isnull=False)
    found = {
        (each.table_name, each.before.get("tier")): (each.before, each.after)
        for each in revived
        if each.table_name.startswith("sub") and each.table_name != "subscribers"
    }
    assert found == {
        ("subenrollment", None): (
            {"end_date": "2024-12-31", "term_date": "2024-06-14"},
            {"end_date": None, "term_date": None},
        ),
        ("subenrollmentplan", None): (
            {"plan_end": "2024-12-31", "reason_id": 1, "tier": None},
            {"plan_end": None, "reason_id": None, "tier": None},
        ),
        ("subenrollmentplan", "9"): (
            {"plan_end": "2024-12-31", "reason_id": 1, "tier": "9"},
            {"plan_end": None, "reason_id": None, "tier": "9"},
        ),
    }


def test_disenrolls_of_one_day_that_overlap_come_back_one_after_the_other(f):
    f.disenroll(**ONE)
    world.enroll("S1", "A", NEXT, plans=("MED",))
    f.disenroll(**ONE)
    f.reenroll(**FROM_DECEMBER, division_ID="A")
    assert s1() == {
        "S1/A": "01-01..06-30",
        "S1/A 12-01": "12-01..12-31",
        "S1/A 2025-01-01": "2025-01-01..",
    }


def test_what_a_disenroll_for_another_day_has_voided_is_not_brought_back(renewed):
    renewed.disenroll(disenroll_Date="2024-09-30")
    renewed.disenroll()
    renewed.reenroll(**FROM_DECEMBER)
    assert s1()["S1/A 2025-01-01"] == "2025-01-01..12-31"
    assert s1()["S1/A 12-01"] == "12-01.."
