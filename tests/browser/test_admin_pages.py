"""The back office in a real browser: sign in, choose a database, find a group, go down to a plan year."""

import re

import pytest
from playwright.sync_api import Page, expect

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tests.admin.records import least
from tests.browser.screens import follow, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture(autouse=True)
def _groups(alice):
    """One group with two divisions in VBA_Acme, none in VBA_Demo."""
    with databases.using("VBA_Acme"):
        Group.objects.create(**least(Group, group_id="G 1", name="Blue Harbor Tools", state="OR"))
        for division in ("MAIN", "OFFICE"):
            GroupDivision.objects.create(**least(GroupDivision, group_id="G 1", division_id=division))


@pytest.fixture
def office(sign_in) -> Page:
    """Alice's browser, signed in, in VBA_Acme."""
    return sign_in("alice", database="VBA_Acme")


def open_list(page: Page, title: str) -> None:
    # The names of the links start with their icons' names.
    follow(page, page.locator("#nav-sidebar").get_by_role("link", name=re.compile(f"{title}$")))


def open_group(page: Page) -> None:
    open_list(page, "Groups")
    follow(page, page.get_by_role("link", name="G 1", exact=True))


def tab(page: Page, name: str):
    return page.get_by_role("navigation", name="Sections").get_by_role("link", name=name)


def test_from_the_list_of_groups_down_to_a_new_plan_year(office):
    open_group(office)
    expect(office.get_by_label("Name", exact=True)).to_have_value("Blue Harbor Tools")
    tab(office, "Divisions").click()
    follow(office, office.get_by_role("link", name="OFFICE"))
    tab(office, "Plan years").click()
    expect(office.get_by_text("No plan years yet.")).to_be_visible()
    follow(office, office.get_by_role("link", name="Add plan year"))
    expect(office.get_by_label("Group ID")).to_have_value("G 1")
    expect(office.get_by_label("Division ID")).to_have_value("OFFICE")
    expect(office.get_by_label("Division ID")).not_to_be_editable()
    office.get_by_role("textbox", name="Plan Year", exact=True).fill("CY2024")
    office.get_by_label("From Date", exact=True).fill("2024-01-01")
    office.get_by_label("Thru Date", exact=True).fill("2024-12-31")
    follow(office, office.get_by_role("button", name="Save", exact=True))
    # Back at the division, at its plan years.
    expect(tab(office, "Plan years")).to_have_attribute("aria-current", "true")
    expect(office.get_by_role("link", name="CY2024", exact=True)).to_be_visible()
    with databases.using("VBA_Acme"):
        assert GroupPlanYear.objects.get().entry_user == "alice"
    with databases.using("VBA_Demo"):
        assert not GroupPlanYear.objects.exists()


def test_every_tab_shows_its_columns_and_only_them(office):
    open_group(office)
    sections = office.get_by_role("navigation", name="Sections").get_by_role("link")
    assert sections.count() > 5
    for n in range(sections.count()):
        sections.nth(n).click()
        expect(sections.nth(n)).to_have_attribute("aria-current", "true")
        expect(office.locator(".vba-panel:visible")).to_have_count(1)
    tab(office, "Retired").click()
    expect(office.get_by_label("Notes")).to_be_hidden()
    office.get_by_text("columns that are no longer used").locator("visible=true").click()
    expect(office.get_by_label("Notes")).to_be_visible()


def test_a_tab_stays_open_when_the_record_is_saved(office):
    open_group(office)
    tab(office, "Address").click()
    office.get_by_label("City").fill("Salem")
    follow(office, office.get_by_role("button", name="Save and continue editing"))
    expect(office.get_by_text("was changed successfully")).to_be_visible()
    expect(office.get_by_label("City")).to_be_visible()
    expect(office.get_by_label("City")).to_have_value("Salem")


def test_who_leaves_a_page_with_unsaved_changes_is_asked_first(office):
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    office.on("dialog", stay)
    open_group(office)
    open_list(office, "Divisions")  # nothing was typed
    open_group(office)
    assert asked == []
    office.get_by_label("Name", exact=True).press("End")
    office.keyboard.type(" & Sons")
    page = office.url
    divisions = office.locator("#nav-sidebar").get_by_role("link", name=re.compile("Divisions$"))
    with office.expect_event("dialog"):
        divisions.click(no_wait_after=True)
    expect(office.get_by_label("Name", exact=True)).to_have_value("Blue Harbor Tools & Sons")
    assert (asked, office.url) == (["beforeunload"], page)
    office.get_by_role("button", name="Save", exact=True).click()
    expect(office.get_by_text("was changed successfully")).to_be_visible()
    assert asked == ["beforeunload"]
    with databases.using("VBA_Acme"):
        assert Group.objects.get().name == "Blue Harbor Tools & Sons"


def test_a_wrong_field_is_found_from_the_list_of_errors(office):
    open_group(office)
    office.get_by_label("Original Date").fill("2024-02-30")
    tab(office, "Billing").click()
    office.get_by_label("Commission Lookback").fill("many")
    follow(office, office.get_by_role("button", name="Save", exact=True))
    expect(office.get_by_role("alert")).to_contain_text("2 fields to correct")
    expect(office.get_by_text("Original Date must be a date (YYYY-MM-DD)")).to_be_visible()
    office.get_by_role("alert").get_by_role("link", name="Commission Lookback").click()
    expect(office.get_by_label("Commission Lookback")).to_be_focused()
    expect(office.get_by_text("Commission Lookback must be a whole number")).to_be_visible()


def test_a_group_with_divisions_cannot_be_deleted_and_the_page_leads_to_them(office):
    open_group(office)
    follow(office, office.get_by_role("link", name="Delete group"))
    expect(office.get_by_text("Group 'G 1' still has 2 divisions and cannot be deleted.")).to_be_visible()
    expect(office.get_by_role("button", name="Delete group")).to_have_count(0)
    office.locator("#content").get_by_role("link", name="Divisions").click()
    expect(office.get_by_role("link", name="MAIN", exact=True)).to_be_visible()


def test_filters_narrow_the_list(office):
    open_list(office, "Divisions")
    office.locator("#changelist a", has_text="Filters").first.click()
    office.get_by_label("By Group ID").fill("G 2")
    office.get_by_role("button", name="Apply Filters").click()
    expect(office.get_by_text("No divisions match")).to_be_visible()


@pytest.mark.parametrize("width", [1400, 390])
def test_no_page_is_wider_than_the_screen(office, live_server, width):
    office.set_viewport_size({"width": width, "height": 900})
    for path in (
        "",
        "groups/group/",
        "groups/group/G 1/change/",
        "groups/group/add/",
        "groups/group/G 1/delete/",
    ):
        office.goto(f"{live_server.url}/admin/{path}")
        sections = office.get_by_role("navigation", name="Sections").get_by_role("link")
        for n in range(max(sections.count(), 1)):
            if sections.count():
                sections.nth(n).click()
            assert too_wide(office) == 0, (path, n)


def test_every_input_has_a_label(office):
    open_group(office)
    assert office.locator(".vba-cell input").count() > 50
    unlabelled = office.evaluate(
        """() => [...document.querySelectorAll('.vba-cell input, .vba-cell select, .vba-cell textarea')]
             .filter(input => !input.labels.length).map(input => input.name)"""
    )
    assert unlabelled == []
    described = office.evaluate(
        """() => [...document.querySelectorAll('.vba-cell [aria-describedby]')]
             .flatMap(input => input.getAttribute('aria-describedby').split(' '))
             .filter(id => !document.getElementById(id))"""
    )
    assert described == []
    assert re.search(r"/change/$", office.url)
