"""What browser tests share: signing in, and a page whose errors fail the test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD


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
    page.set_default_timeout(15_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(error.stack or str(error)))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)

    def sign_in(name: str, path: str = "", database: str | None = None) -> Page:
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#database-switcher")).to_be_visible()
        if database:
            page.locator("#database-switcher summary").click()
            page.get_by_role("button", name=database).click()
            expect(page.locator("#database-switcher summary")).to_contain_text(database)
        if path:
            page.goto(f"{live_server.url}/admin/{path}")
        return page

    yield sign_in
    assert [text for text in broken if not any(part in text for part in expected_errors)] == []
