"""Rolling the plan years of a group's divisions forward: preview, names, creation."""

import datetime
import re

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from groups.models import Group, GroupDivision
from planyears.following import a_year_later, next_name
from planyears.models import GroupPlanYear
from tables.context import databases
from tests.admin.pages import Clerk, text_of
from tests.admin.records import have
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__")

PAGE = "/admin/next-plan-years/G1/"


def plan_year(division, name, first, last, **values):
    have(GroupPlanYear, division_id=division, plan_year=name, from_date=first, thru_date=last, **values)


@pytest.fixture
def group(clerk):
    """G1 with divisions D1 (a calendar year with carry-over), D2 (from July) and D3 (gone)."""
    have(Group)
    for division in ("D1", "D2", "D3"):
        have(GroupDivision, division_id=division, disenroll_date="2026-06-30" if division == "D3" else None)
    carry = {"qtr4_accum": True, "qtr4_from_date": "2026-10-01", "qtr4_thru_date": "2026-12-31"}
    plan_year("D1", "CY2025", "2025-01-01", "2025-12-31")
    plan_year("D1", "CY2026", "2026-01-01", "2026-12-31", qtr4_planyear="CY2027", ex_code="CO", **carry)
    plan_year("D2", "26-27", "2026-07-01", "2027-06-30")
    plan_year("D3", "CY2026", "2026-01-01", "2026-12-31")


def rows(clerk):
    with databases.using("VBA_Demo"):
        found = GroupPlanYear.objects.filter(group_id="G1", from_date__gte="2027-01-01")
        return {
            (y.division_id, y.plan_year): f"{y.from_date}..{y.thru_date}"
            for y in found.order_by("division_id")
        }


def make(clerk, page=PAGE, *, leave_out=(), **changes):
    """Send the page as it was shown, with changes."""
    context = clerk.get(page).context
    shown = context["rows"]
    sent = {"previewed": context["previewed"]} | {f"name-{row.source.pk}": row.plan_year for row in shown}
    chosen = [row.source.pk for row in shown if row.is_chosen and row.source.division_id not in leave_out]
    by_division = {f"name-{row.source.pk}": changes.get(row.source.division_id) for row in shown}
    sent |= {name: value for name, value in by_division.items() if value is not None}
    return clerk.client.post(page, {**sent, "chosen": changes.get("chosen", chosen)}, follow=True)


def test_a_new_plan_year_starts_the_day_after_the_latest_one_ends(clerk, group):
    page = clerk.get("/admin/groups/group/G1/change/")
    assert f'href="{PAGE}"' in page.content.decode()
    shown = text_of(clerk.get(PAGE))
    assert "The division is terminated as of 2026-06-30." in shown
    assert rows(clerk) == {}
    answer = make(clerk)
    assert "Created 2 plan years." in text_of(answer)
    assert rows(clerk) == {
        ("D1", "CY2027"): "2027-01-01..2027-12-31",
        ("D2", "27-28"): "2027-07-01..2028-06-30",
    }


def test_other_columns_are_copied_and_carry_over_dates_move_a_year(clerk, group):
    make(clerk)
    new = clerk.stored(GroupPlanYear, plan_year="CY2027")
    assert (new.qtr4_accum, new.ex_code, new.qtr4_planyear) == (True, "CO", "CY2028")
    assert (str(new.qtr4_from_date), str(new.qtr4_thru_date)) == ("2027-10-01", "2027-12-31")
    assert new.entry_user == "bob"


def test_a_second_roll_forward_creates_nothing(clerk, group):
    make(clerk)
    shown = {row.source.plan_year: row for row in clerk.get(PAGE).context["rows"]}
    assert "CY2027" in shown
    named = clerk.get(PAGE, plan_year="CY2026").context["rows"][0]
    assert named.problem == "Plan year CY2027 of this division overlaps these dates."
    assert not named.is_chosen


def test_divisions_can_be_left_out_and_names_changed(clerk, group):
    make(clerk, leave_out=("D2",), D1="NEW27")
    assert rows(clerk) == {("D1", "NEW27"): "2027-01-01..2027-12-31"}


def test_the_page_works_with_large_row_numbers(clerk, group):
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("UPDATE groupplanyear SET id = id + 1234567")
    page = clerk.get(PAGE).content.decode()
    sent = {}
    for tag in re.findall("<input[^>]*>", page):
        named = re.search(r'name="([^"]+)" value="([^"]*)"', tag)
        if named and ("checkbox" not in tag or " checked" in tag):
            sent.setdefault(named[1], []).append(named[2])
    assert clerk.client.post(PAGE, sent).status_code == 302
    assert set(rows(clerk)) == {("D1", "CY2027"), ("D2", "27-28")}


def test_a_change_after_the_preview_creates_nothing(clerk, group):
    page = clerk.get(PAGE).context
    first = page["rows"][0]
    with databases.using("VBA_Demo"):
        GroupPlanYear.objects.filter(pk=first.source.pk).update(thru_date="2027-01-31")
    sent = {"previewed": page["previewed"], "chosen": first.source.pk}
    answer = clerk.client.post(PAGE, sent)
    assert answer.status_code == 400
    assert "Someone changed the plan years" in text_of(answer)
    assert rows(clerk) == {}


def test_each_plan_type_rolls_forward(clerk, group):
    plan_year("D1", "DN2026", "2026-01-01", "2026-12-31", plan_type="DENTAL")
    shown = clerk.get(PAGE).context["rows"]
    assert [row.plan_year for row in shown if row.source.division_id == "D1"] == ["CY2027", "DN2027"]


def problems_of(clerk, division):
    return {
        row.plan_year: row.problem
        for row in clerk.get(PAGE).context["rows"]
        if row.source.division_id == division
    }


def test_of_two_plan_years_with_one_end_the_later_name_rolls_forward(clerk, group):
    plan_year("D1", "DX2026", "2026-07-01", "2026-12-31")
    assert set(problems_of(clerk, "D1")) == {"DX2027"}
    plan_year("D1", "DY2026", "2026-07-01", "2026-12-30")
    assert set(problems_of(clerk, "D1")) == {"DX2027"}
    plan_year("D1", "AY2026", "2026-07-01", "2027-01-01")
    assert set(problems_of(clerk, "D1")) == {"AY2027"}


@pytest.mark.parametrize(("ended", "is_told"), [("2026-12-30", 1), ("2026-12-31", 1), ("2027-01-01", 0)])
def test_only_a_division_that_reaches_the_first_day_gets_a_next_plan_year(clerk, group, ended, is_told):
    with databases.using("VBA_Demo"):
        GroupDivision.objects.filter(division_id="D3").update(disenroll_date=ended)
    assert bool(problems_of(clerk, "D3")["CY2027"]) == is_told


@pytest.mark.parametrize(
    ("first", "last", "is_told"),
    [
        ("2026-01-01", "2026-12-31", 0),
        ("2026-01-01", "2027-01-01", 1),
        ("2027-12-30", "2028-06-30", 1),
        ("2027-12-31", "2028-06-30", 1),
        ("2028-01-01", "2028-06-30", 0),
    ],
)
def test_an_overlapping_next_plan_year_needs_attention(clerk, group, first, last, is_told):
    plan_year("D1", "DN2026", "2026-01-01", "2026-12-31", plan_type="DENTAL")
    plan_year("D1", "OTHER", first, last)
    assert bool(problems_of(clerk, "D1")["DN2027"]) == is_told


def test_an_invalid_name_has_an_error_beside_it_and_creates_nothing(clerk, group):
    for wrong, why in (
        ("CY2025", "already exists"),
        ("", "Plan Year is required"),
        ("MUCHTOOLONG", "At most 8"),
    ):
        answer = make(clerk, D1=wrong)
        assert answer.status_code == 400
        assert why in text_of(answer)
        assert rows(clerk) == {}
    assert make(clerk, chosen=[]).status_code == 400


def test_a_plan_year_without_a_last_day_cannot_roll_forward(clerk, group):
    with databases.using("VBA_Demo"):
        GroupPlanYear.objects.filter(plan_year="26-27").update(thru_date=None)
        endless = GroupPlanYear.objects.get(plan_year="26-27").pk
    assert "no last day" in text_of(clerk.get(PAGE))
    assert make(clerk, chosen=[endless]).status_code == 400


def test_a_group_without_plan_years_says_so_and_an_unknown_one_is_404(clerk):
    have(Group)
    assert "no plan years yet" in text_of(clerk.get(PAGE))
    assert clerk.get("/admin/next-plan-years/G9/").status_code == 404


def test_users_who_may_not_add_plan_years_see_no_link_and_no_page(clerk, group, django_user_model):
    user = django_user_model.objects.create_user("vera", is_staff=True)
    give_role(user, "Viewer", "VBA_Demo")
    viewer = Clerk.of(user)
    assert PAGE not in viewer.get("/admin/groups/group/G1/change/").content.decode()
    assert viewer.get(PAGE).status_code == 403


@pytest.mark.parametrize("meanwhile", ["added", "deleted"])
def test_a_division_added_or_deleted_during_the_request_breaks_nothing(clerk, group, meanwhile):
    done = []

    def after_the_first(execute, sql, *rest):
        answer = execute(sql, *rest)
        if not done and re.search('FROM "group(division|planyear)"', sql):
            done.append(sql)
            if meanwhile == "added":
                have(GroupDivision, division_id="D4")
                plan_year("D4", "CY2026", "2026-01-01", "2026-12-31")
            else:
                with databases.using("VBA_Demo"):
                    GroupPlanYear.objects.filter(division_id="D1").delete()
                    GroupDivision.objects.filter(division_id="D1").delete()
        return answer

    with connections["VBA_Demo"].execute_wrapper(after_the_first):
        page = clerk.get(PAGE)
    assert done
    assert page.status_code == 200
    assert {row.source.division_id for row in page.context["rows"]} >= {"D2", "D3"}


def test_a_year_whose_digits_look_like_two_years_increases_by_one(clerk, group):
    with databases.using("VBA_Demo"):
        GroupPlanYear.objects.all().delete()
    plan_year("D1", "CY2020", "2020-01-01", "2020-12-31", qtr4_planyear="CY2021")
    plan_year("D2", "CY2021", "2021-01-01", "2021-12-31")
    plan_year("D3", "FY2021", "2018-07-01", "2019-06-30")
    assert [row.plan_year for row in clerk.get(PAGE).context["rows"]] == ["CY2021", "CY2022", "FY2122"]
    make(clerk)
    assert clerk.stored(GroupPlanYear, plan_year="CY2021", division_id="D1").qtr4_planyear == "CY2022"


def test_many_divisions_take_the_same_number_of_queries_as_one(clerk, group):
    counts = []
    for turn in range(2):
        with CaptureQueriesContext(connections["VBA_Demo"]) as queries:
            clerk.get(PAGE)
        counts.append(len(queries))
        for n in range(10):
            have(GroupDivision, division_id=f"X{turn}{n}")
            plan_year(f"X{turn}{n}", "CY2026", "2026-01-01", "2026-12-31")
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("name", "following"),
    [
        ("CY2026", "CY2027"),
        ("2026", "2027"),
        ("26-27", "27-28"),
        ("FY2627", "FY2728"),
        ("FY9900", "FY0001"),
        ("99-00", "00-01"),
        ("PLAN", "PLAN"),
        ("", ""),
    ],
)
def test_names_move_to_the_next_year(name, following):
    assert next_name(name) == following


@given(st.dates(max_value=datetime.date(9998, 12, 31)))
def test_a_year_later_is_the_same_day_or_the_end_of_the_same_month(day):
    later = a_year_later(day)
    assert (later.year, later.month) == (day.year + 1, day.month)
    ends = (day + datetime.timedelta(1)).month != day.month
    assert (later + datetime.timedelta(1)).month != later.month if ends else later.day == day.day
