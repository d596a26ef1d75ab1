"""Lists of mirrored tables: searched, filtered, sorted, and cheap however many rows there are."""

import re

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from groups.models import Group
from planyears.models import GroupPlanYear
from tests.admin.pages import address, text_of
from tests.admin.records import (
    LINEAGE,
    TODAY,
    TOMORROW,
    YESTERDAY,
    every_table,
    have,
    have_with_parents,
    listed,
    numbered,
)

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_list_is_searched_by_key_and_name(clerk):
    have(Group, group_id="A1", name="Blue Harbor Tools")
    have(Group, group_id="B2", name="Northam Bakery")
    assert listed(clerk.get(address(Group, "changelist"), q="harbor")) == ["A1"]
    assert listed(clerk.get(address(Group, "changelist"), q="b2")) == ["B2"]
    nothing = clerk.get(address(Group, "changelist"), q="nobody")
    assert "No groups match" in text_of(nothing)


def test_an_empty_list_says_what_to_do(clerk):
    assert "No groups yet Add the first group here" in text_of(clerk.get(address(Group, "changelist")))


def test_groups_are_filtered_by_state_status_and_days(clerk):
    have(Group, group_id="A", state="OH", original_date="2020-01-01")
    have(Group, group_id="B", state="TX", original_date="2021-01-01", disenroll_date=YESTERDAY)
    have(Group, group_id="C", state="TX", original_date="2022-01-01", disenroll_date=TODAY)
    have(Group, group_id="D", disenroll_date=TOMORROW)

    def found(**query):
        return listed(clerk.get(address(Group, "changelist"), **query))

    assert found(state="TX") == ["B", "C"]
    assert found(status="active") == ["A", "C", "D"]
    assert found(status="ends") == ["C", "D"]
    assert found(status="disenrolled") == ["B"]
    assert found(original_date_from="2020-06-01", original_date_to="2021-06-01") == ["B"]
    assert found(disenroll_date_from=str(TODAY)) == ["C", "D"]
    # What the filter form sends when only one of its inputs is used.
    assert found(state="", status="", original_date_from="", original_date_to="2020-01-01") == ["A"]


def test_a_list_offers_the_states_that_are_there(clerk):
    for n, state in enumerate(("TX", "OH", "TX", None)):
        have(Group, group_id=f"G{n}", state=state)
    page = clerk.get(address(Group, "changelist")).content.decode()
    select = page[page.index('<select name="state"') :].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]*)"', select) == ["", "OH", "TX"]


def test_plan_years_are_filtered_by_their_parents_and_days(clerk):
    have_with_parents(GroupPlanYear, from_date="2024-01-01", thru_date="2024-12-31")
    have(GroupPlanYear, plan_year="CY2025", from_date="2025-01-01", thru_date="2025-12-31")
    found = clerk.get(address(GroupPlanYear, "changelist"), group_id="G1", from_date_from="2025-01-01")
    assert listed(found) == ["G1 / D1 / CY2025"]
    assert listed(clerk.get(address(GroupPlanYear, "changelist"), group_id="G")) == []


def test_a_list_is_sorted_by_any_of_its_columns(clerk):
    have(Group, group_id="A", name="Zebra")
    have(Group, group_id="B", name="Acme")
    assert listed(clerk.get(address(Group, "changelist"))) == ["A", "B"]
    assert listed(clerk.get(address(Group, "changelist"), o="2")) == ["B", "A"]


def test_badges_tell_who_is_active_who_ends_and_who_has_left(clerk):
    have(Group, group_id="A")
    have(Group, group_id="B", disenroll_date=YESTERDAY)
    have(Group, group_id="C", disenroll_date=TODAY)
    page = text_of(clerk.get(address(Group, "changelist")))
    for badge in ("Active", "Disenrolled", f"Ends {TODAY}"):
        assert badge in page
    assert f"Ends {TODAY}" in text_of(clerk.get(address(Group, "change", "C")))


@every_table
def test_a_list_costs_as_many_queries_for_60_rows_as_for_10(clerk, model):
    have_with_parents(model)

    def queries():
        with (
            CaptureQueriesContext(connections["VBA_Demo"]) as target,
            CaptureQueriesContext(connections["default"]) as control,
        ):
            clerk.get(address(model, "changelist"))
        return len(target), len(control)

    for n in range(9):
        have(model, **numbered(model, n))
    few = queries()
    for n in range(9, 59):
        have(model, **numbered(model, n))
    assert queries() == few
    assert few[0] <= 3


@pytest.mark.parametrize("model", LINEAGE[:2], ids=lambda model: model.__name__)
def test_a_page_costs_as_many_queries_for_60_children_as_for_10(clerk, model):
    child = LINEAGE[LINEAGE.index(model) + 1]
    *_, record = have_with_parents(model)

    def queries():
        with CaptureQueriesContext(connections["VBA_Demo"]) as target:
            clerk.get(address(model, "change", record.pk))
        return len(target)

    for n in range(10):
        have(child, **{child.key[-1]: f"N{n}"})
    few = queries()
    for n in range(10, 60):
        have(child, **{child.key[-1]: f"N{n}"})
    # One more counts the children that the page does not show.
    assert queries() == few + 1
    assert few <= 4
