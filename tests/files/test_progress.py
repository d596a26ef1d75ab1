"""How far a dump has come: a bar on a terminal, plain lines in a log."""

import fcntl
import io
import os
import pty
import re
import select
import struct
import termios

import pytest
from django.core.management import call_command

from groups.models import Group
from tables.context import databases
from tables.files import progress
from tables.files.progress import Progress
from tests.files.rows import make


def read_all(descriptor):
    """Return what a terminal shows once nothing more comes."""
    shown = b""
    while select.select([descriptor], [], [], 0.3)[0]:
        shown += os.read(descriptor, 10_000)
    return shown.decode()


@pytest.fixture
def terminal():
    """A terminal of 100 columns: the stream to write to, and a function that returns what it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with open(theirs, "w") as stream:
        yield stream, lambda: read_all(ours)
    os.close(ours)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_on_a_terminal_a_dump_shows_a_bar(terminal, tmp_path, monkeypatch):
    stream, shown = terminal
    with databases.using("VBA_Demo"):
        make(Group, group_id="A")
    monkeypatch.setattr("sys.stderr", stream)
    call_command("dump_table", "groups", str(tmp_path / "g.csv"), "--database", "VBA_Demo")
    bar, _, summary = shown().rpartition("\r\n")[0].rpartition("\r\n")
    assert "groups: 100%|██" in bar
    assert re.search(r"\| 1/1 \[\d\d:\d\d<00:00, ", bar)
    assert re.match(r"groups: 1 rows in \d+\.\d", summary)


def test_the_bar_shows_the_progress_and_the_note_beside_it(terminal):
    stream, shown = terminal
    bar = Progress("groups.csv", 2_000_000, "B", stream)
    bar.update(1_000_000, "12,345 rows, 3 refused")
    bar.finish()
    assert re.search(r"groups.csv:  50%\|[^|]+\| 1.00M/2.00M \[.*, 12,345 rows, 3 refused\]", shown())


def test_in_a_log_short_work_leaves_no_line():
    log = io.StringIO()
    short = Progress("groups", 10, "rows", log)
    short.update(5)
    short.finish()
    assert log.getvalue() == ""


def test_in_a_log_long_work_leaves_a_line_now_and_then_and_one_at_the_end(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", 0)
    log = io.StringIO()
    long = Progress("groups", 2_000, "rows", log)
    long.update(1_500, "3 refused")
    monkeypatch.setattr(progress, "SECONDS", 10)
    long.update(1_600)
    long.update(2_000)
    long.finish()
    first, last = log.getvalue().splitlines()
    assert re.match(r"groups: 1,500 of 2,000 rows in \d+ s \(", first)
    assert first.endswith(" rows/s); 3 refused")
    assert re.match(r"groups: 2,000 of 2,000 rows in \d+ s \(", last)
