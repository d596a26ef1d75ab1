"""Every way of a process takes time in proportion to its families: thousands of them pass in seconds, which
they would not where each is compared with each."""

import datetime

import pytest
from django.db import connections, transaction

from enrollment.engine import cover, disenroll, undo
from enrollment.engine.parameters import Cobra, Disenroll, Reenroll
from tables.context import databases
from tests.benchmarks.enrolled import make_enrolled_group

pytestmark = pytest.mark.django_db(databases="__all__")

DATABASE, FAMILIES, DAY = "VBA_Demo", 9_000, datetime.date(2024, 6, 30)
BACK = {"user": "u1", "group_id": "BIG", "day": DAY}
START = datetime.date(2024, 9, 1)
ENDED = Disenroll(user="u1", group_id="BIG", day=DAY, reason_id=1, group_disenroll=True, terminate_auth=True)
COBRA = Cobra("D0", datetime.date(2020, 1, 1), START, datetime.date(2025, 8, 31))


def test_no_way_of_a_process_compares_each_family_with_each():
    with databases.using(DATABASE), transaction.atomic(using=DATABASE):
        make_enrolled_group(DATABASE, FAMILIES, tidy=False)
        disenroll.run(ENDED, 1_000_000, lambda done, steps, text: None)
        ways = {
            "undo": lambda: undo.preview(Reenroll(**BACK)),
            "undo of all that ended": lambda: undo.preview(Reenroll(**BACK, everything=True)),
            "new cover": lambda: cover.preview(Reenroll(**BACK, start=START)),
            "new cover of all that ended": lambda: cover.preview(
                Reenroll(**BACK, start=START, everything=True)
            ),
            "COBRA": lambda: cover.preview(Reenroll(**BACK, cobra=COBRA)),
        }
        for way, look in ways.items():
            with connections[DATABASE].cursor() as cursor:
                # The longest takes a fifth of a second; each with each would take minutes.
                cursor.execute("SET LOCAL statement_timeout = '4s'")
            found = look()
            assert found.totals.enrollments == FAMILIES, way
        transaction.set_rollback(True, using=DATABASE)


# Every enrollment ends with the year, and is renewed for each of the next two.
_RENEW = (
    "UPDATE subenrollment SET end_date = '2024-12-31'",
    "UPDATE subenrollmentplan SET plan_end = '2024-12-31'",
    """INSERT INTO subenrollment
       SELECT n.* FROM subenrollment AS e, generate_series(2025, 2026) AS year, jsonb_populate_record(
           e, jsonb_build_object('id', e.id + year * 100000, 'start_date', year || '-01-01',
                                 'end_date', CASE year WHEN 2025 THEN '2025-12-31' END)) AS n""",
    """INSERT INTO subenrollmentplan
       SELECT n.* FROM subenrollmentplan AS p, generate_series(2025, 2026) AS year, jsonb_populate_record(
           p, jsonb_build_object('id', p.id + year * 100000, 'start_date', year || '-01-01', 'plan_start',
                                 year || '-01-01', 'plan_end', NULL)) AS n""",
)


def test_renewals_that_come_back_are_not_compared_each_with_each():
    families = FAMILIES // 3
    with databases.using(DATABASE), transaction.atomic(using=DATABASE):
        make_enrolled_group(DATABASE, families, tidy=False)
        with connections[DATABASE].cursor() as cursor:
            for statement in _RENEW:
                cursor.execute(statement)
        disenroll.run(ENDED, 1_000_000, lambda done, steps, text: None)
        with connections[DATABASE].cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10s'")
        made = cover.run(
            Reenroll(**BACK, start=START, reset_stamps=True), 1_000_001, lambda done, steps, text: None
        )
        assert made.totals.enrollments == 3 * families
        assert made.warnings == []
        transaction.set_rollback(True, using=DATABASE)
