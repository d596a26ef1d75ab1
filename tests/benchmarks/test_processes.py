"""Disenroll, undo, preview and summary of one large group, beside the bare SQL that writes the same rows, and
the way through the ORM, row by row."""

import datetime
import itertools
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django.db import connections, transaction

from enrollment.engine import disenroll, undo
from enrollment.engine.parameters import Disenroll, Reenroll
from enrollment.engine.summary import summarize_group
from enrollment.sql import summary
from tables.context import databases
from tests.benchmarks.bare_processes import bare_disenroll, bare_undo
from tests.benchmarks.enrolled import make_enrolled_group
from tests.benchmarks.harness import Goal, Line, scaled
from tests.benchmarks.naive_processes import rates_by_row

pytestmark = pytest.mark.bench

DATABASE, DAY, ROW = "VBA_Demo", datetime.date(2024, 6, 30), "ORM, row by row"
ASKED = Disenroll(user="bench", group_id="BIG", day=DAY, reason_id=1, group_disenroll=True)
BACK = Reenroll(user="bench", group_id="BIG", day=DAY, reset_stamps=True)
BY_ROW = 200
MOST_GROWTH = 20  # megabytes, whatever the size
_keys = itertools.count(1_000_000)


def seconds(work, *, rolled_back=False):
    """Do the work in one transaction and return how long it took."""
    started = time.perf_counter()
    with transaction.atomic(using=DATABASE):
        work()
        if rolled_back:
            transaction.set_rollback(True, using=DATABASE)
    return time.perf_counter() - started


def quiet(*progress):
    """Tell nobody."""


@contextmanager
def growth_of_memory(found):
    """Note by how many megabytes this process has grown meanwhile, at its peak."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _memory("VmRSS")
    yield
    found.append((_memory("VmHWM") - before) / 1024)


def _memory(what):
    return int(Path("/proc/self/status").read_text().split(f"{what}:")[1].split()[0])


@pytest.mark.parametrize("size", [10_000, 100_000, 1_000_000])
def test_a_large_group(house, report, size):
    rows = scaled(size)
    names = ("disenroll", "undo", "preview", "bare disenroll", "bare undo", "summary", "bare summary")
    took = {name: [] for name in names}
    naive = {name: [] for name in ("disenroll", "undo", "summary")}
    grown = []
    with databases.using(DATABASE):
        for _ in range(3 if size < 1_000_000 else 1):
            make_enrolled_group(DATABASE, rows)
            for name, rate in rates_by_row(DATABASE, BY_ROW, DAY).items():
                naive[name].append(rate)
            took["preview"].append(seconds(lambda: disenroll.preview(ASKED), rolled_back=True))
            with growth_of_memory(grown):
                took["disenroll"].append(seconds(partial(disenroll.run, ASKED, next(_keys), quiet)))
            _bare_summary()  # The first reader of new rows marks them: neither of the two is to pay for it.
            took["summary"].append(seconds(lambda: summarize_group("BIG", DAY)))
            took["bare summary"].append(seconds(_bare_summary))
            took["undo"].append(seconds(partial(undo.run, BACK, next(_keys), quiet)))
            make_enrolled_group(DATABASE, rows)
            took["bare disenroll"].append(seconds(lambda: bare_disenroll(DATABASE)))
            took["bare undo"].append(seconds(lambda: bare_undo(DATABASE)))
    rates = {name: [rows / each for each in found] for name, found in took.items()}

    def line(what, ours, limit, goal, **more):
        by_row = {ROW: naive[ours]} if ours in naive else {}
        told = {"ours": rates[ours], limit: rates[limit], **by_row}
        report.add(
            Line(what, rows, "enrollments/s", told, limit=limit, naives=list(by_row), goal=goal, **more)
        )

    ended = Goal(ratio=1 / 1.3, times=100, megabytes=MOST_GROWTH)
    line(
        "disenroll (memory: what it grows by)", "disenroll", "bare disenroll", ended, megabytes=max(1, *grown)
    )
    line("undo of it", "undo", "bare undo", Goal(ratio=1 / 1.3, times=100))
    line("preview of it", "preview", "disenroll", Goal(ratio=2))
    line("enrollment summary", "summary", "bare summary", Goal(ratio=1 / 1.2, times=100))


def _bare_summary():
    """Count the same people by the counting statement's own text, without the product around it."""
    with connections[DATABASE].connection.cursor() as cursor:
        cursor.execute(summary.GROUP, {"group": "BIG", "division": None, "today": DAY})
        cursor.fetchone()
