"""A disenrollment in a real browser with a real worker: form, preview, progress, result, CSV, undo."""

import csv
import re

import pytest
from django.db import connections
from playwright.sync_api import expect

from enrollment.pages import process_pages
from tables.context import databases
from tests.browser.screens import DESK, TELEPHONE, follow, too_wide
from tests.enrollment import world
from tests.locks import Other, waits_for
from tests.work.workers import Worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]

ENDED = {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}


@pytest.fixture
def office(sign_in, alice):
    """Alice's browser, signed in, on the page of group G1 of VBA_Demo."""
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    with databases.using("VBA_Demo"):
        world.make_f()
        page = sign_in("alice", "groups/group/", database="VBA_Demo")
        follow(page, page.get_by_role("link", name="G1", exact=True))
        yield page


@pytest.fixture
def worker():
    """A worker that is started by the test."""
    worker = Worker()
    yield worker
    if worker.process is not None:
        worker.end()


def fits(page):
    """Check that nothing of the page lies beyond the edge of a screen or a telephone."""
    for width in (TELEPHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        assert too_wide(page) == 0, page.url


def ask(page):
    """Fill in the form of a disenroll, and ask for the preview."""
    follow(page, page.get_by_role("link", name="Disenroll…"))
    expect(page.get_by_label("Subscriber and family")).to_be_checked()
    fits(page)
    page.get_by_label("Last day of coverage").fill("2024-06-30")
    page.get_by_label("Reason").select_option("1")
    follow(page, page.get_by_role("button", name="Preview"))
    expect(part(page, "Preview")).to_be_visible()
    fits(page)


def ended(page, result="Completed"):
    """Wait until the page has told the end by itself: it was not loaded anew."""
    expect(page.locator("[data-state=ended]")).to_contain_text(result)
    assert page.evaluate("window.sameDocument") is True
    expect(page.get_by_text("Cancel this process")).to_have_count(0)


def stay(page):
    """Mark the page that is open, to see whether it is the same one later."""
    page.evaluate("window.sameDocument = true")


def part(page, name):
    return page.get_by_role("region", name=name)


def test_a_group_is_disenrolled_and_brought_back_without_leaving_the_back_office(
    office, worker, monkeypatch, tmp_path
):
    monkeypatch.setattr(process_pages, "MANY_PEOPLE", 2)
    before = world.everything()
    ask(office)
    preview = part(office, "Preview")
    expect(preview).to_contain_text("2 enrollments, 3 plans, 3 members, 2 subscribers")
    expect(preview.get_by_role("row", name=re.compile(r"^A 1 2"))).to_be_visible()
    expect(preview.get_by_role("row", name=re.compile(r"^S1 A 2024-01-01 open 2024-06-30 2"))).to_be_visible()
    assert world.everything() == before
    # Three people are many here: the group's ID must be typed.
    follow(office, office.get_by_role("button", name="Disenroll now"))
    expect(office.get_by_text("You did not type G1. Nothing was started.")).to_be_visible()
    office.get_by_label("type the group ID").fill("G1")
    follow(office, office.get_by_role("button", name="Disenroll now"))

    expect(office.get_by_text("Waiting to start")).to_be_visible()
    expect(office.get_by_text("Cancel this process")).to_be_visible()
    fits(office)
    stay(office)
    worker.start()
    ended(office)
    fits(office)
    assert world.spans() == ENDED
    expect(part(office, "Log")).to_contain_text("Division 'A': 1 enrollment")
    covered = part(office, "Before and after")
    expect(covered.get_by_role("row", name="on 2024-06-30 2 2 3 3")).to_be_visible()
    expect(covered.get_by_role("row", name="on 2024-07-01 2 0 3 0")).to_be_visible()

    with office.expect_download() as download:
        office.get_by_role("link", name="All changes (CSV)").click()
    download.value.save_as(tmp_path / "changes.csv")
    with (tmp_path / "changes.csv").open(newline="", encoding="utf-8") as file:
        changes = [(row["table"], row["column"], row["after"]) for row in csv.DictReader(file)]
    assert changes.count(("subenrollment", "end_date", "2024-06-30")) == 2

    follow(office, office.get_by_role("link", name="Undo…"))
    expect(office.get_by_label("Disenrollment to reverse")).to_have_value("2024-06-30")
    fits(office)
    expect(office.get_by_label("COBRA division", exact=True)).to_be_hidden()
    office.get_by_label("COBRA (coverage continues").check()
    expect(office.get_by_label("COBRA division", exact=True)).to_be_visible()
    office.get_by_label("Undo (restores everything").check()
    follow(office, office.get_by_role("button", name="Preview"))
    expect(part(office, "Preview")).to_contain_text("2 enrollments")
    office.get_by_label("type the group ID").fill("G1")
    follow(office, office.get_by_role("button", name="Reenroll now"))
    stay(office)
    ended(office)
    assert world.everything() == before


def test_a_warning_is_seen_before_and_after(office, worker):
    worker.start()
    follow(office, office.get_by_role("link", name="Disenroll…"))
    date_on_group = office.get_by_label("Mark the group as terminated")
    expect(date_on_group).to_be_checked()
    office.get_by_label("Apply to", exact=True).select_option("A")
    expect(date_on_group).not_to_be_checked()
    date_on_group.check()
    office.get_by_label("Last day of coverage").fill("2024-06-30")
    office.get_by_label("Reason").select_option("1")
    follow(office, office.get_by_role("button", name="Preview"))
    warning = "Enrollments in other divisions stay active in a disenrolled group: 1"
    expect(office.get_by_role("alert")).to_contain_text(warning)
    follow(office, office.get_by_role("button", name="Disenroll now"))
    stay(office)
    ended(office, "Completed with warnings")
    expect(office.get_by_role("alert")).to_contain_text(warning)
    expect(part(office, "Before and after")).to_contain_text("division A of group G1")


def test_a_running_process_shows_how_far_it_is_and_is_cancelled(office, worker):
    before = world.everything()
    worker.start()
    ask(office)
    with Other() as other:
        other.hold("SELECT FROM groupdivision WHERE division_id = 'A' FOR UPDATE")
        follow(office, office.get_by_role("button", name="Disenroll now"))
        waits_for(other)
        running = office.locator("[data-state=running]")
        expect(running).to_contain_text("Setting disenroll dates")
        expect(office.get_by_role("progressbar")).to_be_visible()
        expect(office.get_by_text("of 8 steps")).to_be_visible()
        fits(office)
        office.get_by_text("Cancel this process").click()
        follow(office, office.get_by_role("button", name="Yes, cancel it"))
        expect(office.locator("[data-state=ended]")).to_contain_text("Canceled")
    assert world.everything() == before
    expect(office.get_by_text("All changes (CSV)")).to_have_count(0)
