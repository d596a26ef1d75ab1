"""People whom two groups cover under the same division, contract and first day, and rows that differ from
those of a process by one column of their key: each process minds its own."""

import pytest

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import GroupContract, GroupContractPlan
from tests.enrollment import world
from tests.enrollment.others import GOES_ON, make_neighbors
from tests.enrollment.world import JAN_1, R, day

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
ONE = {"division_ID": "A", "groupDisenroll": False}
S1 = {"groupReenroll": False, "resetGroupDisenroll": False, "subscriber_ID": "S1"}
DEPENDENTS = {**S1, "reenrollFamily": 3}
FROM_SEPTEMBER = {"start_Date": "2024-09-01"}
COBRA = {**S1, "reenrollCOBRA": True, "cobraDivision": "C", "cobraReason": 2}
ENDED = {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
STAMPED = dict.fromkeys(("G1", "A", "B", "C"), "06-30")
S2_DATED = dict.fromkeys(("S2", "S2/01"), "06-30")


def also_covered(*, end=None):
    """What F9 has of S1 under the same key as G1 covers S1, too."""
    SubEnrollment.objects.filter(subscriber_id="S1", group_id=GOES_ON).update(end_date=end)


@pytest.fixture
def both(f):
    """S1 is covered by G1 and by F9, without an end."""
    also_covered()
    return f


def test_who_goes_on_in_another_group_is_logged_and_keeps_the_dates_open(both):
    world.authorization("AU1", "01", approved_from="07-05")
    both.disenroll(terminateAuth=True)
    assert world.spans() == ENDED
    assert world.dates() == STAMPED | S2_DATED
    assert (world.logged(), world.authorizations()) == (5, {"AU1": "OPEN 07-05.."})


def test_coverage_of_another_group_that_has_ended_by_the_day_or_is_void_keeps_no_date_open(f):
    also_covered(end=day("06-30"))
    f.disenroll()
    assert world.dates() == STAMPED | S2_DATED | dict.fromkeys(("S1", "S1/01", "S1/02"), "06-30")


def test_undo_does_not_mind_coverage_of_another_group(both):
    before = world.everything()
    both.disenroll()
    both.reenroll()
    assert world.everything() == before


def test_an_undo_of_one_family_counts_the_divisions_that_it_is_in_alone(f):
    world.enroll("S1", "B", "02-01", group=GOES_ON)
    f.disenroll()
    key = f.reenroll(**S1, expect=WARNED)
    (line,) = f.lines(key, "COUNT")
    assert line.startswith("Division 'A': 1 enrollment, 2 plans")


def test_the_families_of_a_division_are_those_that_are_in_it_in_this_group(f):
    world.enroll("S2", "A", "03-01", end="02-29", group=GOES_ON)
    f.disenroll()
    only = {"division_ID": "A", "reenrollFamily": 3, "resetGroupDisenroll": False}
    (line,) = f.lines(f.reenroll(**only, expect=WARNED), "WARNING")
    assert line == "No active enrollment for these members to rejoin; not reopened: 1 (S1)."


def test_an_undo_of_one_group_leaves_what_a_disenroll_of_the_same_day_has_ended_in_another(both):
    key = both.queue("disenroll", R | {"group_ID": GOES_ON}, group=GOES_ON)["vbaProcess_Key"]
    assert both.end_of(int(key)).process_result == "COMPLETED"
    before = world.everything()
    both.disenroll()
    both.reenroll()
    assert world.everything() == before


def test_what_has_ended_in_another_group_on_the_day_does_not_come_back_with_all(f):
    also_covered(end=day("06-30"))
    for model in (SubEnrollmentPlan, MemEnrollmentPlan):
        model.objects.filter(group_id=GOES_ON).update(plan_end=day("06-30"))
    f.disenroll()
    f.reenroll(reenrollAll=True)
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01.."}


def test_coverage_of_another_group_makes_no_enrollment_of_this_one_live(both):
    both.disenroll()
    for more in ({}, FROM_SEPTEMBER):
        before = world.everything()
        key = both.reenroll(**DEPENDENTS, **more, expect=WARNED)
        assert world.everything() == before
        (line,) = both.lines(key, "WARNING")
        assert line.startswith("No active enrollment for these members to ")


def test_new_coverage_and_cobra_do_not_overlap_coverage_of_another_group(both):
    world.enroll("S1", "C", "07-01", group=GOES_ON)
    both.disenroll(**ONE)
    both.reenroll(**COBRA)
    assert world.spans()["S1/C"] == "07-01..2025-12-31"
    SubEnrollment.objects.filter(group_id="G1", division_id="C").update(end_date=day("08-31"))
    both.reenroll(**S1, **FROM_SEPTEMBER, expect=WARNED)
    assert world.spans()["S1/A 09-01"] == "09-01.."


# --- keys that differ in one column ---

KEY = {"subscriber_id": "S1", "group_id": "G1", "division_id": "A", "group_coverage_start": JAN_1}


def rows_of(model):
    names = [field.column for field in model._meta.fields if field.column]
    return {row["id"]: row for row in model.objects.values(*names)}


@pytest.fixture(params=["N", "Y"])
def crowded(f, request):
    """S1 is in A with plans of both kinds; beside all keys that it has or gets are void ones with more."""
    contracts = GroupContract.objects.filter(group_id="G1")
    contracts.update(benefit_at_member=request.param)
    for division in "ABC":
        place = {"group_id": "G1", "division_id": division, "coverage_start": day("2023-01-01")}
        last = day("2023-12-31")
        world.make(GroupContract, **place, coverage_end=last, benefit_at_member=request.param)
        world.make(GroupContractPlan, **place, plan_id="MED")
    SubEnrollmentPlan.objects.filter(**KEY, plan_id="DEN").delete()
    for plan, seq in (("MED", "01"), ("DEN", "01"), ("MED", "02")):
        world.member_plan("S1", seq, "A", plan)
    for division, start in (("A", "01-01"), ("A", "09-01"), ("C", "07-01")):
        make_neighbors(KEY | {"division_id": division}, day(start), subscriber="S2", division="B")
    return f


MODELS = (SubEnrollment, SubEnrollmentPlan, MemEnrollmentPlan)


def changed_by(f, what, **asked):
    """Run a process; return how many enrollments, plans and plans of members it has changed or made, all of
    S1 in G1, by division, contract and start."""
    before = [rows_of(model) for model in MODELS]
    getattr(f, what)(**asked)
    found = {}
    for number, model in enumerate(MODELS):
        for pk, row in rows_of(model).items():
            if row != before[number].get(pk):
                assert (row["subscriber_id"], row["group_id"]) == ("S1", "G1"), row
                start = row.get("sub_start_date") or row["start_date"]
                place = f"{row['division_id']} {row['group_coverage_start'].year} {world.short(start)}"
                found.setdefault(place, [0, 0, 0])[number] += 1
    return found


OF_S1 = {"A 2024 01-01": [1, 1, 3]}


def test_rows_of_other_keys_stay_when_coverage_ends_and_comes_back(crowded):
    f = crowded
    before = world.everything()
    for only, count in (({"disenrollFamily": 3}, 1), ({"disenrollFamily": 2}, 2)):
        expected = {"A 2024 01-01": [0, 0, count]}
        assert changed_by(f, "disenroll", **ONE, **only, expect=WARNED) == expected
        assert changed_by(f, "reenroll", **S1, reenrollFamily=only["disenrollFamily"]) == expected
        assert world.everything() == before
    assert changed_by(f, "disenroll", **ONE) == OF_S1
    assert changed_by(f, "reenroll", division_ID="A") == OF_S1
    assert world.everything() == before


def test_rows_of_other_keys_stay_when_new_coverage_is_made(crowded):
    f = crowded
    assert changed_by(f, "disenroll", **ONE) == OF_S1
    made = {"A 2024 09-01": [1, 1, 3]}
    assert changed_by(f, "reenroll", division_ID="A", **FROM_SEPTEMBER) == made


def test_rows_of_other_keys_stay_when_coverage_goes_on_under_cobra(crowded):
    f = crowded
    assert changed_by(f, "disenroll", **ONE) == OF_S1
    assert changed_by(f, "reenroll", **COBRA) == {"C 2024 07-01": [1, 1, 3]}


def test_rows_of_other_keys_stay_when_dependents_come_back_from_a_day(crowded):
    f = crowded
    f.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    assert changed_by(f, "reenroll", **DEPENDENTS, **FROM_SEPTEMBER) == {"A 2024 01-01": [0, 0, 1]}
