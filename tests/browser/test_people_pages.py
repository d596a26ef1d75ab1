"""People in a real browser: a number is shown by its button, a family at one look fits every screen."""

import pytest
from playwright.sync_api import Page, expect

from members.models import Member
from tables.context import databases
from tables.history.models import HistoryEntry
from tests.browser.screens import follow, too_wide
from tests.enrollment.world import enroll, make_f

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def office(sign_in, bob) -> Page:
    """Bob's browser, signed in, in VBA_Demo with fixture F."""
    with databases.using("VBA_Demo"):
        make_f()
        enroll("S1", "C", "2020-01-01", end="2019-12-31")
        Member.objects.filter(subscriber_id="S1", member_seq="01").update(ssn="900-12-3456")
    return sign_in("bob")


def test_a_number_is_shown_by_its_button_changed_and_masked_again(office, live_server):
    office.goto(f"{live_server.url}/admin/members/subscriber/S1/change/")
    follow(office, office.get_by_label("Members of the family").get_by_role("link", name="01"))
    ssn = office.get_by_label("SSN", exact=True)
    expect(ssn).not_to_be_editable()
    follow(office, office.get_by_role("button", name="Show SSN"))
    expect(ssn).to_have_value("900-12-3456")
    ssn.fill("900-77-7777")
    follow(office, office.get_by_role("button", name="Save and continue editing"))
    expect(office.get_by_text("was changed successfully")).to_be_visible()
    expect(ssn).not_to_have_value("900-77-7777")
    follow(office, office.get_by_role("link", name="History", exact=True).last)
    expect(office.get_by_text("900-77-7777")).to_have_count(0)
    office.get_by_role("button", name="Show SSN").click()
    expect(office.get_by_text("900-12-3456 → 900-77-7777")).to_be_visible()
    with databases.using("VBA_Demo"):
        assert Member.objects.get(subscriber_id="S1", member_seq="01").ssn == "900-77-7777"
        assert HistoryEntry.objects.filter(action="viewed", actor="bob").count() == 2


@pytest.mark.parametrize("width", [1400, 390])
def test_families_and_lists_of_people_fit_the_screen(office, live_server, width):
    office.set_viewport_size({"width": width, "height": 900})
    for path in (
        "members/subscriber/S1/change/",
        "enrolled/G1/",
        "enrolled/G1/?who=members&covered=ever",
        "enrollment-summary/G1/",
    ):
        office.goto(f"{live_server.url}/admin/{path}")
        assert too_wide(office) == 0, path
    office.goto(f"{live_server.url}/admin/members/subscriber/S1/change/")
    expect(office.get_by_text("void (never took effect)").first).to_be_visible()
    bars = [bar.bounding_box() for bar in office.locator(".vba-bar").all()]
    assert len(bars) == 5
    assert all(bar["width"] > 3 for bar in bars)
    # A plan's bar stands under its enrollment's, however narrow the screen.
    assert abs(bars[0]["x"] - bars[1]["x"]) < 1
