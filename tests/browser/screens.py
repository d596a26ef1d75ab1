"""Pages on the screen: those that a click leads to, parts that move, and what a page takes of the width."""

from playwright.sync_api import Locator, Page

TELEPHONE, DESK = 390, 1400
# In frames, not in time: a chart follows its page a frame later, however fast the machine is.
_BEYOND = """async () => {
    await document.fonts.ready;
    const frame = () => new Promise(requestAnimationFrame);
    const beyond = () => Math.max(0, document.documentElement.scrollWidth - window.innerWidth);
    let still = 0;
    for (let n = 0; n < 60 && still < 5; n += 1) {
        still = beyond() ? 0 : still + 1;
        await frame();
    }
    return beyond();
}"""
# What moves for ever, as a turning wheel does, or was stopped halfway does not come to rest.
_AT_REST = """() => Promise.allSettled(
    document.getAnimations()
        .filter((each) => each.playState === "running")
        .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
        .map((each) => each.finished)).then(() => {})"""


def follow(page: Page, link: Locator) -> None:
    """Click what leads to another page, and wait for that one with its scripts and styles."""
    with page.expect_navigation():
        link.click()


def too_wide(page: Page) -> int:
    """How many pixels of a page lie beyond the edge of the screen, once the page is there and at rest."""
    page.wait_for_load_state()
    beyond: int = page.evaluate(_BEYOND)
    return beyond


def at_rest(page: Page) -> None:
    """Wait until the page is there and nothing of it fades or moves any more."""
    page.wait_for_load_state()
    page.evaluate(_AT_REST)
