"""The enrollment summary by REST (semantics.md section 4): the worked example, who is counted, as of when."""

import datetime

import pytest

from enrollment.models import MemEnrollmentPlan
from groups.models import Group, GroupContract, GroupDivision
from members.models import Member
from tables.context import databases
from tests.enrollment import world
from tests.enrollment.conftest import Asking
from tests.enrollment.others import make_neighbors, make_others
from tests.enrollment.world import day, make

pytestmark = pytest.mark.django_db(databases="__all__")

COUNTS = ("totalSubscribers", "totalMembers", "totalSubscribersCurrent", "totalMembersCurrent")


@pytest.fixture
def office(client, signed_in, alice, demo_key):
    """Group G1 with divisions A and B; who asks, does so in VBA_Demo."""
    with databases.using("VBA_Demo"):
        make(Group, group_id="G1")
        for division in ("A", "B"):
            make(GroupDivision, group_id="G1", division_id=division)
            world.make_contract(division)
        make_others()
        yield Asking(client, signed_in(alice, demo_key))


@pytest.fixture
def example(office):
    """K (two members) moves from A to B in mid-2024, L's coverage in A is void, M starts in August."""
    world.make_family("K", "A", "01-01", end="06-30", members=("01", "02"))
    world.enroll("K", "B", "07-01")
    world.make_family("L", "A", "03-01", end="02-29")
    world.make_family("M", "A", "08-01")
    return office


def of_group(office, query="?asOfDate=2024-07-01"):
    """Return the four counts of the group."""
    data = office.get(f"groups/G1/enrollment-summary{query}").json()["data"]
    return tuple(data[name] for name in COUNTS)


def of_division(office, division, query="?asOfDate=2024-07-01"):
    """Return the four counts of each contract of a division."""
    data = office.get(f"groups/G1/divisions/{division}/enrollment-summary{query}").json()["data"]
    return [tuple(contract[name] for name in COUNTS) for contract in data]


def test_the_worked_example(example):
    assert of_group(example) == (2, 3, 1, 2)
    assert of_division(example, "A") == [(2, 3, 0, 0)]
    assert of_division(example, "B") == [(1, 2, 1, 2)]


def test_a_contract_is_named_and_counts_its_own_people_alone(example):
    key = {"group_id": "G1", "division_id": "B", "benefit_at_member": "N"}
    make(GroupContract, **key, coverage_start=day("2023-01-01"), coverage_end=day("2023-12-31"))
    answer = example.get("groups/G1/divisions/B/enrollment-summary?asOfDate=2024-07-01").json()["data"]
    named = [(one["coverage_Start"], one["coverage_End"], one["totalSubscribers"]) for one in answer]
    assert named == [
        ("2023-01-01T00:00:00Z", "2023-12-31T00:00:00Z", 0),
        ("2024-01-01T00:00:00Z", None, 1),
    ]
    assert {(one["group_ID"], one["division_ID"]) for one in answer} == {("G1", "B")}


def test_where_members_hold_benefits_only_who_has_a_plan_is_counted(example):
    GroupContract.objects.filter(division_id="B").update(benefit_at_member="Y")
    assert of_division(example, "B") == [(1, 0, 1, 0)]
    world.member_plan("K", "01", "B", "MED", "07-01")
    assert of_division(example, "B") == [(1, 1, 1, 1)]
    # K's second member had coverage in A, where families hold it, and none since.
    assert of_group(example) == (2, 3, 1, 1)


def test_plans_of_members_under_other_keys_cover_no_one(example):
    contracts = GroupContract.objects.filter(group_id="G1", division_id="B")
    contracts.update(benefit_at_member="Y")
    place = {"group_id": "G1", "division_id": "B"}
    last = day("2023-12-31")
    make(GroupContract, **place, coverage_start=day("2023-01-01"), coverage_end=last, benefit_at_member="Y")
    key = {"subscriber_id": "K", **place, "group_coverage_start": world.JAN_1}
    make_neighbors(key, day("07-01"), subscriber="M", division="A")
    assert of_division(example, "B") == [(0, 0, 0, 0), (1, 0, 1, 0)]
    assert of_group(example) == (2, 3, 1, 0)


def test_a_void_plan_of_a_member_covers_no_one(example):
    GroupContract.objects.filter(division_id="B").update(benefit_at_member="Y")
    world.member_plan("K", "01", "B", "MED", "07-01")
    MemEnrollmentPlan.objects.filter(group_id="G1").update(plan_end=day("06-30"))
    assert of_division(example, "B") == [(1, 0, 1, 0)]


def test_a_member_without_a_first_day_is_covered_from_the_beginning(example):
    Member.objects.filter(subscriber_id="K").update(date_enrolled=None)
    assert of_group(example) == (2, 3, 1, 2)
    Member.objects.filter(subscriber_id="K", member_seq="02").update(disenroll_date=day("06-30"))
    assert of_group(example) == (2, 3, 1, 1)
    assert of_division(example, "B") == [(1, 1, 1, 1)]


def test_a_member_who_joined_later_or_left_before_is_not_counted_under_a_contract_of_other_days(example):
    Member.objects.filter(subscriber_id="K", member_seq="02").update(date_enrolled=day("07-02"))
    assert of_division(example, "A") == [(2, 2, 0, 0)]
    assert of_division(example, "B") == [(1, 2, 1, 1)]


@pytest.mark.parametrize(("zone", "hours"), [("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12), ("UTC", 0)])
def test_without_a_date_it_is_the_day_of_the_business_s_zone(office, settings, zone, hours):
    settings.BUSINESS_ZONE = zone
    # One family is covered on each day but the first, two, three…: the count tells the day.
    first = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=2)
    days = [first + datetime.timedelta(days=number) for number in range(5)]
    for number, covered in enumerate(days):
        for one in range(number + 1):
            name = f"{number}-{one}"
            world.make_family(name, "A", covered.isoformat(), end=covered.isoformat())
    there = [_day_there(hours)]
    current = of_group(office, "")[2], of_division(office, "A", "")[0][2]
    there.append(_day_there(hours))
    assert current in {(days.index(each) + 1,) * 2 for each in there}


def _day_there(hours):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)).date()


@pytest.mark.parametrize("wrong", ["soon", "2024-02-30", "20240701", "2024-07-01x"])
def test_a_date_that_is_none_is_refused_by_name(office, wrong):
    for where in ("groups/G1", "groups/G1/divisions/A"):
        answer = office.get(f"{where}/enrollment-summary?asOfDate={wrong}")
        assert answer.status_code == 400
        told = "asOfDate must be a date (YYYY-MM-DD) between the years 1 and 9999."
        assert answer.json()["error"]["detail"] == told


def test_a_date_may_be_written_as_anywhere_else(example):
    for written in ("2024-07-01T23:59:59-11:00", "2024-07-01+00:00:00+UTC", "2024-07-01T00:00:00Z"):
        assert of_group(example, f"?asOfDate={written}") == (2, 3, 1, 2), written


def test_the_summary_of_nothing_is_404_and_of_no_one_zero(office):
    assert of_group(office) == (0, 0, 0, 0)
    for where, said in (
        ("groups/G9", "Group 'G9' was not found."),
        ("groups/G1/divisions/Z", "Division 'G1' / 'Z' was not found."),
    ):
        answer = office.get(f"{where}/enrollment-summary")
        assert answer.status_code == 404
        assert answer.json()["error"]["detail"] == said
