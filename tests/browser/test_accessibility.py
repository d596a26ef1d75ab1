"""WCAG 2.2 AA as far as a program can tell: axe-core finds nothing serious on any kind of page."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page

from enrollment.process_requests import process_request
from groups.models import Group
from loads.models import CHECKED, LOADED, SENT, FileLoad
from processes import running
from processes.models import VBAProcess
from tables.context import databases
from tests.admin.pages import Clerk
from tests.admin.records import TODAY
from tests.admin.uploads import TWO, groups_csv, sent, step
from tests.browser.screens import follow
from tests.browser.wcag import serious
from tests.conftest import PASSWORD
from tests.enrollment import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]

# The same on each page, and half of what there is to look at.
SIDEBAR = "#nav-sidebar"
PAGES = [
    "",
    "groups/group/",
    "groups/group/?q=nobody",
    "groups/group/?finding=ending",
    "groups/group/G1/change/",
    "groups/group/G1/history/",
    "groups/group/G1/delete/",
    "groups/group/G2/delete/",
    "groups/group/add/",
    "groups/groupdivision/?group_id=G1",
    "planyears/groupplanyear/add/",
    "next-plan-years/G1/",
    "members/subscriber/S1/change/",
    "enrolled/G1/",
    "disenroll/G1/",
    "reenroll/G1/",
    "enrollment-summary/G1/",
    "cobra-offers/",
    "processes/vbaprocess/",
    "history/historyentry/",
    "load/groups/",
    "loads/fileload/",
    "access/apikey/",  # refused: for superusers alone
    "no-such-page/",
]
OF_SUPERUSERS = ["access/apikey/", "access/apikey/add/", "access/role/", "auth/user/", "auth/user/add/"]


@pytest.fixture
def office(page: Page, live_server, bob) -> Page:
    """Bob's browser, signed in to VBA_Demo with fixture F, whose division A has ended fifty days ago."""
    cache.clear()
    with databases.using("VBA_Demo"):
        world.make_f()
        world.make(Group, group_id="G2", name="Tidewater")
        User.objects.create_superuser("u1")
        asked = {"division_ID": "A", "groupDisenroll": False, "reason_ID": 2}
        asked["disenroll_Date"] = (TODAY - datetime.timedelta(days=50)).isoformat()
        process = process_request.read_request(process_request.DISENROLL, "G1", world.R | asked).start()
        running.run("VBA_Demo", process.vbaprocess_key, process.vbaprocess_type)
        databases.choose("VBA_Demo")
    page.goto(f"{live_server.url}/admin/")
    return page


@pytest.fixture
def files(office, bob):
    """The pages of files that were sent: looked at, checked with problems, loaded."""
    clerk = Clerk.of(bob)
    wrong = groups_csv(("G3", "Blue Harbor"), ("G3" * 30, "Cedar"))
    made = [
        sent(clerk, content, name) for content, name in ((wrong, "a.csv"), (wrong, "b.csv"), (TWO, "c.csv"))
    ]
    for file, name in ((made[1], "check"), (made[2], "check"), (made[2], "load")):
        step(clerk, file, name)
    databases.choose("VBA_Demo")
    states = [FileLoad.objects.get(pk=each.pk).state for each in made]
    assert states == [SENT, CHECKED, LOADED]
    return [f"load/groups/{each.pk}/" for each in made]


def sign_in(page, name):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Log in"))


def previews(page, at):
    """Go on to the pages behind forms, which have no address of their own; yield the name of each."""
    page.goto(f"{at}/disenroll/G1/")
    page.get_by_label("Last day of coverage").fill("2024-06-30")
    page.get_by_label("Reason").select_option("1")
    follow(page, page.get_by_role("button", name="Preview"))
    yield "preview of a disenroll"
    page.goto(f"{at}/reenroll/G1/")
    follow(page, page.get_by_role("button", name="Preview"))
    yield "preview of a reenroll"
    page.goto(f"{at}/groups/group/")
    for n in range(2):
        page.locator("input[name=_selected_action]").nth(n).check()
    for name, action in (("several groups", "disenroll_groups"), ("deletion", "delete_selected")):
        page.locator("select[name=action]").first.select_option(action)
        follow(page, page.locator("[name=index]").first)
        yield name
        if name == "several groups":
            page.get_by_label("Last day of coverage").fill("2024-06-30")
            page.get_by_label("Reason").select_option("1")
            follow(page, page.get_by_role("button", name="Preview"))
            yield "preview of several groups"
            page.goto(f"{at}/groups/group/")
            page.locator("input[name=_selected_action]").first.check()


@pytest.mark.parametrize(("theme", "width"), [("light", 1400), ("dark", 390)])
def test_no_page_has_serious_barriers(office, live_server, files, alice, theme, width):
    office.emulate_media(color_scheme=theme)
    office.set_viewport_size({"width": width, "height": 900})
    at = f"{live_server.url}/admin"
    wrong = {"sign-in": serious(office)}
    sign_in(office, "bob")
    with databases.using("VBA_Demo"):
        watched = f"processes/vbaprocess/{VBAProcess.objects.first().pk}/watch/"
    for path in [*PAGES, watched, *files]:
        office.goto(f"{at}/{path}")
        wrong[path or "first page"] = serious(office, without=[SIDEBAR] if path else ())
    for name in previews(office, at):
        wrong[name] = serious(office, without=[SIDEBAR])
    office.context.clear_cookies()
    office.goto(f"{at}/")
    sign_in(office, "alice")
    for path in OF_SUPERUSERS:
        office.goto(f"{at}/{path}")
        wrong[path] = serious(office, without=[SIDEBAR])
    found = [f"{path}: {each}" for path, several in wrong.items() for each in several]
    assert not found, "\n".join(found)
