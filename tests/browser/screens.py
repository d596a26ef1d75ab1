"""What a page takes of the screen."""

from playwright.sync_api import Page

TELEPHONE, DESK = 390, 1400


def too_wide(page: Page) -> int:
    """How many pixels of a page lie beyond the edge of the screen; the page is waited for."""
    page.wait_for_load_state()
    beyond: int = page.locator("html").evaluate("page => Math.max(0, page.scrollWidth - window.innerWidth)")
    return beyond
