"""What axe-core finds wrong with a page, by WCAG 2.2 AA."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.screens import at_rest

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# What stands where a part of a page is still being fetched.
FETCHED_LATER = ".vba-waiting:is([role=status], [hx-get])"


def serious(page, *, without=()):
    """Return what is seriously wrong with a page but for these parts, each with the elements concerned."""
    page.wait_for_load_state()
    expect(page.locator(FETCHED_LATER)).to_have_count(0)
    # What is half faded in has less contrast.
    at_rest(page)
    found = Axe().run(page, {"exclude": list(without)}, RULES).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: "
        + "; ".join(node["html"][:160] for node in each["nodes"][:3])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
