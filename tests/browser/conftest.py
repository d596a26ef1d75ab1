"""What browser tests share: patience, signing in, and a page whose errors fail the test."""

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.screens import follow
from tests.conftest import PASSWORD
from tests.waiting import PATIENCE, wait_until

expect.set_options(timeout=PATIENCE * 1000)


def is_idle() -> bool:
    """Say whether the live server has no request, and no connection, any more."""
    return not any("process_request_thread" in thread.name for thread in threading.enumerate())


@pytest.fixture
def _answered(live_server) -> Iterator[None]:
    """What a page still asks for at its test's end is answered before the tables are emptied for the next."""
    yield
    wait_until(is_idle, what="the answer to the last request")


@pytest.fixture
def context(_answered, context: BrowserContext) -> BrowserContext:
    """A browser that waits as long as a busy machine needs."""
    context.set_default_timeout(PATIENCE * 1000)
    return context


@pytest.fixture
def expected_errors() -> list[str]:
    """Parts of what the browser may tell in its console in this test: a refusal, or a lost connection."""
    return []


@pytest.fixture
def sign_in(page: Page, live_server, expected_errors: list[str]) -> Iterator[Callable[..., Page]]:
    """Sign a user in, and open a page of the back office: ``sign_in("bob", "groups/group/")``.

    An error of a script, or one that the browser tells in its console and that is not among
    ``expected_errors``, fails the test when it ends.
    """
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(error.stack or str(error)))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)

    def sign_in(name: str, path: str = "", database: str | None = None) -> Page:
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        follow(page, page.get_by_role("button", name="Log in"))
        expect(page.locator("#database-switcher")).to_be_visible()
        if database:
            page.locator("#database-switcher summary").click()
            follow(page, page.get_by_role("button", name=database))
            expect(page.locator("#database-switcher summary")).to_contain_text(database)
        if path:
            page.goto(f"{live_server.url}/admin/{path}")
        return page

    yield sign_in
    assert [text for text in broken if not any(part in text for part in expected_errors)] == []
