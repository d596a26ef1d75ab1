"""The start page and the charts of the summary in a real browser: loaded after the page, and drawn."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tables.context import databases
from tests.browser.screens import follow, too_wide
from tests.enrollment import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]

DRAWN = "() => [...document.querySelectorAll('canvas')].filter(each => Chart.getChart(each)).length"


@pytest.fixture
def office(sign_in, bob) -> Page:
    """Bob's browser, signed in to VBA_Demo."""
    cache.clear()
    with databases.using("VBA_Demo"):
        world.make_f()
    return sign_in("bob")


def test_numbers_load_after_the_page_and_link_to_their_lists(office, live_server):
    people = office.get_by_role("region", name="People covered")
    expect(people.get_by_role("link", name="3 Members covered today")).to_be_visible()
    expect(office.get_by_role("link", name="0 People to be offered COBRA")).to_be_visible()
    office.wait_for_function(f"({DRAWN})() === 1")
    people.get_by_text("Show data").click()
    expect(people.get_by_role("row")).to_have_count(25)
    office.evaluate("() => { for (const each of document.querySelectorAll('canvas')) each.dataset.old = '' }")
    people.get_by_role("button", name="Refresh").click()
    expect(office.locator("canvas[data-old]")).to_have_count(0)
    office.wait_for_function(f"({DRAWN})() === 1")
    office.set_viewport_size({"width": 390, "height": 900})
    assert too_wide(office) == 0
    people.get_by_role("link", name="3 Members covered today").click()
    expect(office.get_by_role("heading", name="Covered today")).to_be_visible()


def test_the_summary_shows_its_charts(office, live_server):
    office.goto(f"{live_server.url}/admin/enrollment-summary/G1/")
    office.wait_for_function(f"({DRAWN})() === 3")
    office.get_by_label("Division", exact=True).select_option("B")
    follow(office, office.get_by_role("button", name="Show"))
    office.wait_for_function(f"({DRAWN})() === 2")
    office.set_viewport_size({"width": 390, "height": 900})
    assert too_wide(office) == 0


def test_a_signed_out_user_gets_the_sign_in_page_in_the_whole_window(office):
    expect(office.get_by_role("button", name="Refresh")).to_have_count(2)
    office.context.clear_cookies()
    office.get_by_role("button", name="Refresh").first.click()
    expect(office.get_by_label("Username")).to_be_visible()
    expect(office.get_by_role("heading", name="People covered")).to_have_count(0)
