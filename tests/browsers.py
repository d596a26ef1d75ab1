"""A pytest plugin for browser tests: they use the system's Chromium, and are skipped without it."""

import os
import shutil
from typing import Any

import pytest

# Playwright runs an event loop in this thread; Django would refuse the database to asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# On a busy machine, a browser may start slowly.
LAUNCH_MILLISECONDS = 180_000
NO_CHROMIUM = "no Chromium on this machine (apt-get install chromium)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests if there is no browser. In CI they fail instead."""
    if CHROMIUM or os.environ.get("CI") == "true":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    left_out = sum(NO_CHROMIUM in str(report.longrepr) for report in skipped)
    if left_out:
        terminalreporter.write_line(f"{left_out} browser tests were LEFT OUT: {NO_CHROMIUM}.", yellow=True)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The arguments for starting the browser. It fails if there is no browser."""
    if CHROMIUM is None:
        pytest.fail(NO_CHROMIUM)
    # Chromium's sandbox refuses root.
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": CHROMIUM, "args": args, "timeout": LAUNCH_MILLISECONDS}
