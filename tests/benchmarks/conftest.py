"""What the benchmarks share: their databases, the report, and where it goes at the end."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.benchmarks.harness import OUT, Report
from vbaadmin import embedded

_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(request) -> Report:
    """The lines of this run's table."""
    return request.config.stash.setdefault(_REPORT, Report())


@pytest.fixture(scope="session")
def house(tmp_path_factory, django_db_blocker) -> Iterator[object]:
    """Migrated databases of the benchmarks' own server, on which all is stored for real."""
    from tests.benchmarks.house import House

    for url in (settings.CONTROL_URL, *settings.VBA_DATABASES.values()):
        embedded.create_database(url)
    with django_db_blocker.unblock():
        call_command("migrate_all", stdout=io.StringIO())
        yield House(tmp_path_factory.mktemp("bench"))
        connections.close_all()


def pytest_terminal_summary(terminalreporter, config) -> None:
    """Print the table and keep it in a file."""
    report = config.stash.get(_REPORT, None)
    if report is None or not report.lines:
        return
    text = report.text()
    out = Path(OUT)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    terminalreporter.section("benchmarks")
    terminalreporter.write_line(text)
    terminalreporter.write_line(f"Also in {out.resolve()}")
