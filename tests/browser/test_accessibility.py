"""WCAG 2.2 AA as far as a program can tell: axe-core finds nothing serious on any kind of page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page

from enrollment import asking
from processes import running
from processes.models import VBAProcess
from tests.conftest import PASSWORD
from tests.enrollment import world
from vbaadmin import databases

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = [
    "",
    "groups/group/",
    "groups/group/?q=nobody",
    "groups/group/G1/change/",
    "groups/group/G1/history/",
    "groups/group/add/",
    "groups/groupdivision/?group_id=G1",
    "planyears/groupplanyear/add/",
    "next-plan-years/G1/",
    "members/subscriber/S1/change/",
    "enrolled/G1/",
    "disenroll/G1/",
    "reenroll/G1/",
    "enrollment-summary/G1/",
    "processes/vbaprocess/",
    "history/historyentry/",
    "access/apikey/",
    "auth/user/",
    "no-such-page/",
]


@pytest.fixture
def office(page: Page, live_server, bob) -> Page:
    """Bob's browser, signed in to VBA_Demo with fixture F, whose group was disenrolled."""
    cache.clear()
    with databases.using("VBA_Demo"):
        world.make_f()
        User.objects.create_superuser("u1")
        process = asking.ask(asking.DISENROLL, "G1", world.R).start()
        running.run("VBA_Demo", process.vbaprocess_key, process.vbaprocess_type)
        databases.choose("VBA_Demo")
    page.set_default_timeout(20_000)
    page.goto(f"{live_server.url}/admin/")
    return page


def sign_in(page):
    page.get_by_label("Username").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def serious(page):
    """Return what is seriously wrong with a page, each with the elements concerned."""
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: "
        + "; ".join(node["html"][:160] for node in each["nodes"][:3])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("theme", "width"), [("light", 1400), ("dark", 390)])
def test_no_page_has_serious_barriers(office, live_server, theme, width):
    office.emulate_media(color_scheme=theme)
    office.set_viewport_size({"width": width, "height": 900})
    wrong = {"sign-in": serious(office)}
    sign_in(office)
    with databases.using("VBA_Demo"):
        watched = f"processes/vbaprocess/{VBAProcess.objects.get().pk}/watch/"
    for path in [*PAGES, watched]:
        office.goto(f"{live_server.url}/admin/{path}")
        wrong[path or "first page"] = serious(office)
    found = [f"{path}: {each}" for path, several in wrong.items() for each in several]
    assert not found, "\n".join(found)
