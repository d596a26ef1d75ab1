"""A clerk's day without a manual: edit a group, load a file and correct it, disenroll, read, undo, export.

With SHOTS=folder every page on the way is kept as a picture, light and dark, wide and narrow.
"""

import csv
import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Page, expect

from planyears.models import GroupPlanYear
from tables.context import databases
from tests.browser.screens import at_rest, follow
from tests.enrollment import world
from tests.work.workers import Worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]

SHOTS = os.environ.get("SHOTS")
PLAN_YEARS = (
    "Group_ID,Division_ID,Plan_Year,From_Date,Thru_Date,"
    "Qtr4_Accum,Qtr4_Deductible,Qtr4_Out_Of_Pocket,Qtr4_Member,Qtr4_Subscriber\n"
    "G1,A,CY2025,2025-01-01,2025-12-31,no,no,no,no,no\n"
    "G1,Z,CY2025,2025-01-01,2025-12-31,no,no,no,no,no\n"
    "G1,B,CY2025,2025-12-31,2025-01-01,no,no,no,no,no\n"
)
CORRECTED = PLAN_YEARS.replace("G1,Z", "G1,C").replace("2025-12-31,2025-01-01", "2025-01-01,2025-12-31")


@pytest.fixture
def office(sign_in, alice):
    """Alice's browser on the first page of VBA_Demo, with fixture F there and a worker at work."""
    cache.clear()
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    with databases.using("VBA_Demo"):
        world.make_f()
        page = sign_in("alice", database="VBA_Demo")
        worker = Worker().start()
        yield page
        worker.end()


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page in each of its four looks, if pictures are wanted."""
    if not SHOTS:
        return
    for theme in ("light", "dark"):
        for width in (1400, 390):
            page.evaluate(
                f"document.documentElement.classList.toggle('dark', {str(theme == 'dark').lower()})"
            )
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_load_state("networkidle")
            at_rest(page)
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{theme}.png", full_page=width == 390)
    page.evaluate("document.documentElement.classList.remove('dark')")
    page.set_viewport_size({"width": 1400, "height": 900})


def open_group(page: Page) -> None:
    """Find the group by its name in the list of groups."""
    follow(page, page.locator("#nav-sidebar").get_by_role("link", name="Groups"))
    page.get_by_placeholder("Search").first.fill("Harbor")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, page.get_by_role("link", name="G1", exact=True))


def send(page: Page, name: str, content: str) -> None:
    """Choose a file on the load page and have it checked."""
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )
    follow(page, page.get_by_role("button", name="Upload and preview"))
    follow(page, page.get_by_role("button", name="Validate"))


def part(page: Page, name: str):
    return page.get_by_role("region", name=name)


def ended(page: Page) -> None:
    expect(page.locator("[data-state=ended]")).to_contain_text("Completed")


def test_a_clerks_day(office, tmp_path):
    expect(part(office, "People covered")).to_contain_text("Members covered")
    shoot(office, "01-first-page")

    # A group is found and edited.
    open_group(office)
    shoot(office, "02-group")
    office.get_by_label("Federal ID", exact=True).fill("00-1234567")
    follow(office, office.get_by_role("button", name="Save and continue editing"))
    expect(office.get_by_text("was changed successfully")).to_be_visible()

    # A file with errors is sent, its errors are read, and the corrected one is loaded.
    follow(office, office.locator("#nav-sidebar").get_by_role("link", name="Plan years"))
    follow(office, office.get_by_role("link", name="Load a file"))
    shoot(office, "03-load")
    send(office, "plan-years.csv", PLAN_YEARS)
    problems = part(office, "List of errors")
    expect(problems).to_contain_text("Division 'G1' / 'Z' was not found.")
    expect(problems).to_contain_text("Thru Date must not be before From Date.")
    shoot(office, "04-problems")
    follow(office, office.get_by_role("link", name="Load another file").first)
    send(office, "corrected.csv", CORRECTED)
    shoot(office, "04-corrected")
    office.get_by_role("button", name="Load now").click()
    expect(office.get_by_label("Result")).to_contain_text("Loaded")
    assert GroupPlanYear.objects.filter(plan_year="CY2025").count() == 3

    # The group is disenrolled, with a preview; its end is watched.
    open_group(office)
    follow(office, office.get_by_role("link", name="Disenroll…"))
    office.get_by_label("Last day of coverage").fill("2024-06-30")
    office.get_by_label("Reason").select_option("1")
    follow(office, office.get_by_role("button", name="Preview"))
    expect(part(office, "Preview")).to_contain_text("2 enrollments, 3 plans, 3 members, 2 subscribers")
    shoot(office, "05-preview")
    follow(office, office.get_by_role("button", name="Disenroll now"))
    ended(office)
    shoot(office, "06-result")
    process = office.url

    # The summary is read: nobody is covered on the day after.
    follow(office, office.get_by_role("link", name="on 2024-07-01"))
    expect(office.get_by_role("row", name="Covered on 2024-07-01 0 0")).to_be_visible()
    expect(office.locator("canvas").first).to_be_visible()
    shoot(office, "07-summary")
    office.goto(office.url.replace("as_of=2024-07-01", "as_of=2024-06-30"))
    follow(office, office.get_by_role("row", name="Covered on 2024-06-30").get_by_role("link", name="2"))
    expect(office.get_by_role("link", name="S1", exact=True)).to_be_visible()
    shoot(office, "08-people")
    follow(office, office.get_by_role("link", name="S1", exact=True))
    expect(office.get_by_text("2024-06-30").first).to_be_visible()
    shoot(office, "09-family")

    # It is undone.
    office.goto(process)
    follow(office, office.get_by_role("link", name="Undo…"))
    follow(office, office.get_by_role("button", name="Preview"))
    follow(office, office.get_by_role("button", name="Reenroll now"))
    ended(office)
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01.."}

    # And a list is exported.
    follow(office, office.locator("#nav-sidebar").get_by_role("link", name="Plan years"))
    shoot(office, "10-list")
    with office.expect_download() as download:
        office.get_by_role("link", name="Export as CSV").click()
    download.value.save_as(tmp_path / "plan-years.csv")
    with (tmp_path / "plan-years.csv").open(newline="", encoding="utf-8") as file:
        assert [row["Division_ID"] for row in csv.DictReader(file)] == ["A", "B", "C"]
