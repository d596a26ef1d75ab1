"""Every way of a process takes as many statements for many families as for few."""

import datetime

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from enrollment.engine import cover, disenroll, undo
from enrollment.engine.parameters import Cobra, Disenroll, Reenroll
from tables.context import databases
from tests.benchmarks.enrolled import make_enrolled_group
from tests.enrollment import world
from tests.enrollment.cutting import rows

pytestmark = pytest.mark.django_db(databases="__all__")

DATABASE, DAY = "VBA_Demo", datetime.date(2024, 6, 30)
ASKED = {"user": "u1", "group_id": "BIG", "day": DAY}
START = datetime.date(2024, 9, 1)
COBRA = Cobra("D0", datetime.date(2020, 1, 1), START, datetime.date(2025, 8, 31))
ENDING = Disenroll(**ASKED, reason_id=1, group_disenroll=True, terminate_auth=True)
# What comes after a disenrollment, each with warnings: dates that stay, families that have changed, a late
# start.
WAYS = {
    "undo": (undo, Reenroll(**ASKED)),
    "undo of all that ended": (undo, Reenroll(**ASKED, everything=True, reset_stamps=True, reset_auth=True)),
    "new cover": (cover, Reenroll(**ASKED, start=START, invoice_date=START)),
    "COBRA": (cover, Reenroll(**ASKED, cobra=COBRA)),
}
CHANGED = "UPDATE subenrollment SET end_date = '2024-05-31' WHERE division_id = 'D9'"


def hold_plans_by_members():
    """In one division plans are held by members."""
    world.GroupContract.objects.filter(division_id="D0").update(benefit_at_member="Y")
    for plan in world.SubEnrollmentPlan.objects.filter(division_id="D0"):
        key = {name: getattr(plan, name) for name in ("subscriber_id", "group_id", "division_id")}
        world.make(
            world.MemEnrollmentPlan,
            **key,
            member_seq="01",
            group_coverage_start=plan.group_coverage_start,
            sub_start_date=plan.start_date,
            plan_id=plan.plan_id,
            plan_start=plan.plan_start,
        )


def statements(families):
    """Return how many statements each way takes for so many families, and how many enrollments it was."""
    found = {}
    with databases.using(DATABASE), transaction.atomic(using=DATABASE):
        make_enrolled_group(DATABASE, families, tidy=False)
        hold_plans_by_members()

        def count(way, engine, asked, key):
            with CaptureQueriesContext(connections[DATABASE]) as taken:
                done = engine.run(asked, key, lambda done, steps, text: None)
            found[way] = len(taken)
            assert done.totals.enrollments >= families * 0.8, way

        count("disenroll", disenroll, ENDING, 1_000_000)
        rows(CHANGED)
        for key, (way, (engine, asked)) in enumerate(WAYS.items(), 1_000_001):
            place = transaction.savepoint(using=DATABASE)
            count(way, engine, asked, key)
            transaction.savepoint_rollback(place, using=DATABASE)
        transaction.set_rollback(True, using=DATABASE)
    return found


def test_the_number_of_statements_does_not_grow_with_the_families():
    # Enough of them that their temporary tables have indexes.
    few, many = statements(150), statements(600)
    assert few == many
    assert set(few) == {"disenroll", *WAYS}
    assert max(few.values()) < 100


_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), l.collname
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
    WHERE c.relnamespace = pg_my_temp_schema() AND c.relname LIKE 'run%' AND c.relkind = 'r'"""


def test_new_coverage_and_cobra_work_on_columns_of_the_same_types():
    # A statement that was prepared for one of them is run for the other.
    found = {}
    for way in ("new cover", "COBRA"):
        with databases.using(DATABASE), transaction.atomic(using=DATABASE):
            make_enrolled_group(DATABASE, 10, tidy=False)
            disenroll.run(ENDING, 1_000_000, lambda done, steps, text: None)
            cover.preview(WAYS[way][1])
            found[way] = rows(_COLUMNS)
            transaction.set_rollback(True, using=DATABASE)
    assert len(found["COBRA"]) > 50
    assert sorted(found["COBRA"], key=str) == sorted(found["new cover"], key=str)
