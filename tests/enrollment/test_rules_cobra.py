"""Rules of COBRA that scenario 39 does not tell: refusals, contract, plans, and for whom it is."""

import pytest

from enrollment.models import Reason, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Member
from tests.enrollment import world
from tests.enrollment.world import Q, day

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
ONE = {"division_ID": "A", "groupDisenroll": False}
COBRA = {
    "groupReenroll": False,
    "resetGroupDisenroll": False,
    "subscriber_ID": "S1",
    "reenrollCOBRA": True,
    "cobraDivision": "C",
    "cobraReason": 2,
}


def warnings(f, key):
    return {line.partition(":")[0] for line in f.lines(key, "WARNING")}


@pytest.fixture
def ended(f):
    """S1's coverage in division A has ended on 06-30."""
    f.disenroll(**ONE)
    return f


END = "cobraEnd is not valid: '{}'. It must be from 2024-07-01 through 2025-12-31."
REFUSED = [
    ({"cobraDivision": None}, (400, "cobraDivision is required.")),
    ({"cobraDivision": "B"}, (400, "cobraDivision is not valid: 'B'.")),
    ({"cobraReason": None}, (400, "cobraReason is required.")),
    ({"cobraReason": 1}, (400, "cobraReason is not valid: '1'.")),
    ({"cobraStart": "2024-06-30"}, (400, "cobraStart must be after disenroll_Date.")),
    ({"cobraEnd": "2026-01-01"}, (400, END.format("2026-01-01"))),
    ({"cobraEnd": "2024-06-30"}, (400, END.format("2024-06-30"))),
    ({"cobraCovStart": "2024-02-01"}, (400, "No contract covers 2024-07-01.")),
    (
        {"cobraPlanCriterias": [{"plan_ID": "VIS"}]},
        (400, "cobraPlanCriterias is not valid: 'VIS'."),
    ),
    ({"cobraPlanCriterias": [{"tier": "1"}]}, (400, "cobraPlanCriterias is not valid: ''.")),
    ({"disenroll_Date": "9999-12-31"}, (400, "cobraStart must be after disenroll_Date.")),
]


def test_cobra_is_refused(ended):
    for changes, answer in REFUSED:
        assert ended.post("reenroll", Q | COBRA | changes) == answer, changes


def test_a_reason_of_an_unknown_kind_of_length_is_refused(ended):
    Reason.objects.filter(reason_id=2).update(cobra_length_type="Moons")
    assert ended.post("reenroll", Q | COBRA) == (400, "cobraReason is not valid: '2'.")


def test_where_the_employer_has_dropped_the_plans_there_is_no_cobra(ended):
    GroupDivision.objects.filter(group_id="G1", division_id="C").update(disenroll_date=day("06-30"))
    assert ended.post("reenroll", Q | COBRA) == (
        409,
        "Division 'C' is disenrolled; COBRA is not available.",
    )
    Group.objects.filter(group_id="G1").update(disenroll_date=day("06-30"))
    assert ended.post("reenroll", Q | COBRA) == (409, "Group 'G1' is disenrolled; COBRA is not available.")


def test_the_reason_is_by_default_that_of_the_division(ended):
    GroupDivision.objects.filter(group_id="G1", division_id="A").update(default_cobra_reason=2)
    ended.reenroll(**(COBRA | {"cobraReason": None, "division_ID": "A"}))
    assert world.spans()["S1/C"] == "07-01..2025-12-31"


def test_all_plans_held_on_the_day_go_on_with_their_tiers_if_offered(ended):
    SubEnrollmentPlan.objects.filter(plan_id="MED").update(tier="4")
    GroupContractPlan.objects.filter(group_id="G1", division_id="C", plan_id="DEN").delete()
    key = ended.reenroll(**COBRA, expect=WARNED)
    (plan,) = SubEnrollmentPlan.objects.filter(group_id="G1", division_id="C")
    assert (plan.plan_id, plan.tier, plan.reason_id) == ("MED", "4", None)
    assert warnings(ended, key) == {"A plan is not offered by the contract; left out"}
    assert world.dates() == {"A": "06-30"}


def test_a_plan_that_had_ended_by_the_day_does_not_go_on(f):
    SubEnrollmentPlan.objects.filter(subscriber_id="S1", plan_id="DEN").update(plan_end=day("05-31"))
    f.disenroll(**ONE)
    f.reenroll(**COBRA)
    assert set(
        SubEnrollmentPlan.objects.filter(group_id="G1", division_id="C").values_list("plan_id", flat=True)
    ) == {"MED"}


def test_without_a_plan_there_is_no_cobra(ended):
    SubEnrollmentPlan.objects.filter(subscriber_id="S1", plan_id="MED").update(plan_end=day("05-31"))
    wanted = {"cobraPlanCriterias": [{"plan_ID": "MED"}]}
    key = ended.reenroll(**COBRA, **wanted, expect=WARNED)
    assert "S1/C" not in world.spans()
    assert warnings(ended, key) == {"None of the plans is offered by the contract; not reenrolled"}


def test_cobra_that_begins_later_is_told(ended):
    key = ended.reenroll(**COBRA, cobraStart="2024-08-01", cobraEnd="2024-12-31", expect=WARNED)
    assert world.spans()["S1/C"] == "08-01..12-31"
    assert warnings(ended, key) == {"COBRA starts later than the day after the disenroll date"}


def test_cobra_is_under_the_contract_that_was_named(ended):
    keys = {"group_id": "G1", "division_id": "C", "coverage_start": day("03-01")}
    world.make(GroupContract, **keys, benefit_at_member="N")
    world.make(GroupContractPlan, **keys, plan_id="MED")
    ended.reenroll(**COBRA, cobraCovStart="2024-01-01")
    assert SubEnrollment.objects.get(group_id="G1", division_id="C").group_coverage_start == day("01-01")


def test_dependents_go_on_alone_when_the_insured_has_died(ended):
    Member.objects.filter(subscriber_id="S1", member_seq="01").update(date_of_death=day("06-29"))
    ended.reenroll(**COBRA, reenrollFamily=3)
    assert world.spans()["S1/C"] == "07-01..2025-12-31"
    assert world.dates() == {"A": "06-30", "S1/01": "06-30"}


def test_dependents_whose_enrollment_goes_on_are_told_to_overlap(f):
    f.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    key = f.reenroll(**COBRA, reenrollFamily=3, expect=WARNED)
    assert "S1/C" not in world.spans()
    assert warnings(f, key) == {"Overlaps other coverage in the group; not reenrolled"}


def test_cobra_twice_is_told_to_overlap(ended):
    ended.reenroll(**COBRA)
    before = world.everything()
    key = ended.reenroll(**COBRA, expect=WARNED)
    assert world.everything() == before
    assert warnings(ended, key) == {"Overlaps other coverage in the group; not reenrolled"}
