"""Disenroll, undo, preview and summary of one large group, beside the bare SQL that writes the same rows, and
the way through the ORM, row by row."""

import datetime
import itertools
import time

import pytest
from django.db import connections, transaction

from enrollment.engine import disenroll, undo
from enrollment.engine.requests import Disenroll, Reenroll
from enrollment.engine.summary import summarize_group
from enrollment.models import DisenrollLog, EnrollmentChange, SubEnrollment, SubEnrollmentPlan
from enrollment.sql import summary
from members.models import Member, Subscriber
from tests.benchmarks.bare_processes import bare_disenroll, bare_undo
from tests.benchmarks.enrolled import make_enrolled_group
from tests.benchmarks.harness import Goal, Line, scaled
from vbaadmin import databases

pytestmark = pytest.mark.bench

DATABASE, DAY, ROW = "VBA_Demo", datetime.date(2024, 6, 30), "ORM, row by row"
ASKED = Disenroll(user="bench", group_id="BIG", day=DAY, reason_id=1, group_disenroll=True)
BACK = Reenroll(user="bench", group_id="BIG", day=DAY, reset_stamps=True)
BY_ROW = 200
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


def by_row():
    """End the cover of some families one by one, as one would without the engine; rows a second."""
    started = time.perf_counter()
    with transaction.atomic(using=DATABASE):
        for enrollment in SubEnrollment.objects.order_by("subscriber_id")[:BY_ROW]:
            subscriber = Subscriber.objects.select_for_update().get(subscriber_id=enrollment.subscriber_id)
            members = list(Member.objects.filter(subscriber_id=subscriber.subscriber_id))
            plans = list(SubEnrollmentPlan.objects.filter(subscriber_id=subscriber.subscriber_id))
            for row, column in ((enrollment, "end_date"), (subscriber, "disenroll_date")):
                _change(row, column, subscriber.subscriber_id)
            for plan in plans:
                _change(plan, "plan_end", subscriber.subscriber_id)
            for member in members:
                _change(member, "disenroll_date", subscriber.subscriber_id)
                for plan in plans:
                    DisenrollLog.objects.create(
                        subscriber_id=subscriber.subscriber_id,
                        member_seq=member.member_seq,
                        plan_id=plan.plan_id,
                        disenroll_date=DAY,
                        entry_date=datetime.datetime.now(datetime.UTC),
                        update_date=datetime.datetime.now(datetime.UTC),
                    )
        transaction.set_rollback(True, using=DATABASE)
    return BY_ROW / (time.perf_counter() - started)


def _change(row, column, subscriber):
    setattr(row, column, DAY)
    row.save()
    EnrollmentChange.objects.create(
        process_key=1,
        table_name=row._meta.db_table,
        row_key=str(row.pk),
        subscriber_id=subscriber,
        before={column: None},
        after={column: DAY.isoformat()},
    )


@pytest.mark.parametrize("size", [10_000, 100_000, 1_000_000])
def test_a_large_group(house, report, size):
    rows = scaled(size)
    names = ("disenroll", "undo", "preview", "bare disenroll", "bare undo", "summary", "bare summary")
    took = {name: [] for name in names}
    naive = []
    with databases.using(DATABASE):
        for _ in range(3 if size < 1_000_000 else 1):
            make_enrolled_group(DATABASE, rows)
            naive.append(by_row())
            took["preview"].append(seconds(lambda: disenroll.preview(ASKED), rolled_back=True))
            key = next(_keys)
            took["disenroll"].append(seconds(lambda: disenroll.run(ASKED, key, quiet)))  # noqa: B023
            took["summary"].append(seconds(lambda: summarize_group("BIG", DAY)))
            took["bare summary"].append(seconds(_bare_summary))
            key = next(_keys)
            took["undo"].append(seconds(lambda: undo.run(BACK, key, quiet)))  # noqa: B023
            make_enrolled_group(DATABASE, rows)
            took["bare disenroll"].append(seconds(lambda: bare_disenroll(DATABASE)))
            took["bare undo"].append(seconds(lambda: bare_undo(DATABASE)))
    rates = {name: [rows / each for each in found] for name, found in took.items()}

    def line(what, ours, limit, goal, naives=()):
        told = {"ours": rates[ours], limit: rates[limit], **({ROW: naive} if naives else {})}
        report.add(Line(what, rows, "enrollments/s", told, limit=limit, naives=naives, goal=goal))

    line("disenroll", "disenroll", "bare disenroll", Goal(ratio=1 / 1.3, times=100), (ROW,))
    line("undo of it", "undo", "bare undo", Goal(ratio=1 / 1.3))
    line("preview of it", "preview", "disenroll", Goal(ratio=2))
    line("enrollment summary", "summary", "bare summary", Goal(ratio=1 / 1.2))


def _bare_summary():
    """Count the same people by the counting statement's own text, without the product around it."""
    with connections[DATABASE].connection.cursor() as cursor:
        cursor.execute(summary.GROUP, {"group": "BIG", "division": None, "today": DAY})
        cursor.fetchone()
