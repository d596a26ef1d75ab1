"""Editing columns of several rows in a real browser, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from groups.models import Group
from tables.context import databases
from tests.admin.records import least
from tests.browser.screens import follow
from tests.browser.wcag import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def groups(sign_in, bob) -> Page:
    """Bob's browser at the list of three groups."""
    with databases.using("VBA_Demo"):
        for n in range(3):
            Group.objects.create(**least(Group, group_id=f"G{n}", name=f"Group {n}", issue_state="OR"))
    return sign_in("bob", "groups/group/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_columns_are_found_by_keyboard_and_what_was_typed_is_written_after_the_preview(groups, theme):
    groups.emulate_media(color_scheme=theme)
    for n in (0, 2):
        groups.locator("input[name=_selected_action]").nth(n).check()
    groups.locator("select[name=action]").first.select_option(label="Edit columns…")
    follow(groups, groups.locator("[name=index]").first)
    expect(groups.get_by_role("heading", name="Edit columns of 2 groups")).to_be_visible()
    expect(groups.get_by_label("Find a column")).to_be_focused()
    barriers = serious(groups)
    for column in ("renewal date", "issue state"):
        groups.keyboard.type(column)
        groups.keyboard.press("Enter")
        groups.keyboard.press("Space")
        groups.get_by_label("Find a column").fill("")
        groups.get_by_label("Find a column").focus()
    expect(groups.get_by_role("status")).to_contain_text("Chosen: Renewal Date, Issue State.")
    follow(groups, groups.get_by_role("button", name="Enter values"))
    barriers += serious(groups)
    groups.get_by_label("Renewal Date").fill("2031-01-01")
    groups.get_by_label("Issue State").fill("WA")
    follow(groups, groups.get_by_role("button", name="Choose other columns"))
    follow(groups, groups.get_by_role("button", name="Enter values"))
    expect(groups.get_by_label("Issue State")).to_have_value("WA")
    groups.get_by_label("Issue State").press("Enter")
    expect(groups.get_by_role("button", name="Change 2 groups")).to_be_visible()
    assert barriers + serious(groups) == []
    groups.get_by_role("button", name="Change 2 groups").click()
    expect(groups.get_by_text("Changed 2 groups: Renewal Date, Issue State.")).to_be_visible()
    with databases.using("VBA_Demo"):
        states = Group.objects.order_by("pk").values_list("issue_state", flat=True)
        assert list(states) == ["WA", "OR", "WA"]
