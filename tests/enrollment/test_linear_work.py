"""The work of a process grows with its families, not with their square, whatever was done to them before.

Measured by how many rows the database has read from tables. What it compares again and again in memory is in
no statistics: that ends at the limit of a statement's time, which is far above what any statement takes.
"""

import datetime
from contextlib import contextmanager

import pytest
from django.db import connections, transaction

from enrollment.engine import cover, disenroll, undo
from enrollment.engine.parameters import Cobra, Disenroll, Reenroll
from tables.context import databases
from tests.benchmarks.enrolled import make_enrolled_group, make_unknown_group

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

DATABASE, DAY = "VBA_Demo", datetime.date(2024, 6, 30)
ASKED = {"user": "u1", "group_id": "BIG", "day": DAY}
START = datetime.date(2024, 7, 1)
ENDING = Disenroll(**ASKED, reason_id=1, group_disenroll=True)
BACK = Reenroll(**ASKED, reset_stamps=True)
AGAIN = Reenroll(**ASKED, start=START)
COBRA = Reenroll(**ASKED, cobra=Cobra("D0", datetime.date(2020, 1, 1), START, datetime.date(2025, 12, 31)))
# The life of a group, each step after all before it. What one has written the planner does not know of yet.
LIFE = {
    "disenroll": (disenroll, ENDING),
    "undo": (undo, BACK),
    "disenroll again": (disenroll, ENDING),
    "undo after an undo": (undo, BACK),
    "disenroll a third time": (disenroll, ENDING),
    "disenroll of what was opened by hand": (disenroll, ENDING),
    "COBRA": (cover, COBRA),
    "new cover": (cover, AGAIN),
    "undo of all that ended": (undo, Reenroll(**ASKED, everything=True)),
}
BY_HAND = (
    "UPDATE subenrollment SET end_date = NULL",
    "UPDATE subenrollmentplan SET plan_end = NULL",
    "UPDATE members SET disenroll_date = NULL",
    "UPDATE subscribers SET disenroll_date = NULL",
)
_GIVE_UP = "SET LOCAL statement_timeout = '2min'"  # Instead of hanging for hours.
_READ = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_all_tables"


def written(*statements):
    with connections[DATABASE].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def no_statistics_meanwhile():
    """Large tables get theirs a minute later at the earliest; the small ones of this test get none."""
    tables = ("enrollmentchange", "subenrollment", "subenrollmentplan", "members", "subscribers")
    written(*(f"ALTER TABLE {table} SET (autovacuum_enabled = off)" for table in tables))
    try:
        yield
    finally:
        written(*(f"ALTER TABLE {table} RESET (autovacuum_enabled)" for table in tables))


_DIVISIONS = """
    INSERT INTO groupdivision
    SELECT d.* FROM groupdivision AS g, generate_series(1, 300) AS n,
        jsonb_populate_record(g, jsonb_build_object('id', 1000000 + n, 'division_id', 'N' || n)) AS d
    WHERE g.division_id = 'D0'"""


def test_the_journal_is_not_read_again_for_each_division():
    found = []
    with databases.using(DATABASE), no_statistics_meanwhile():
        make_enrolled_group(DATABASE, 500)
        with transaction.atomic(using=DATABASE):
            disenroll.run(ENDING, 1_000_000, lambda done, steps, text: None)
        for prepare in ("SELECT", _DIVISIONS):
            with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
                cursor.execute(prepare)
                undo.preview(BACK)
                cursor.execute(_READ)
                found.append(cursor.fetchone()[0])
    assert found[1] - found[0] < 300 * 100  # All entries each time would be 2,750 for each.


def rows_read(make, families):
    """Live through it with so many families; return the rows that each step has read, for one family."""
    found = {}
    make(DATABASE, families)
    for key, (step, (engine, asked)) in enumerate(LIFE.items(), 1_000_000 + families * 100):
        if "by hand" in step:
            written(*BY_HAND)
        with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
            cursor.execute(_GIVE_UP)
            engine.run(asked, key, lambda done, steps, text: None)
            cursor.execute(_READ)
            (read,) = cursor.fetchone()
        found[step] = read / families
    return found


@pytest.mark.parametrize("make", [make_enrolled_group, make_unknown_group])
def test_no_step_in_the_life_of_a_group_reads_more_rows_a_family_when_there_are_more_families(make):
    with databases.using(DATABASE), no_statistics_meanwhile():
        few, many = rows_read(make, 500), rows_read(make, 2_000)
    grown = {step: (round(few[step]), round(many[step])) for step in LIFE if many[step] > 1.5 * few[step]}
    assert grown == {}
    assert min(many.values()) > 5


def test_many_enrollments_changed_by_plain_sql_are_not_compared_each_with_each_after_one_was():
    make_enrolled_group(DATABASE, 10_000)
    change = "UPDATE subenrollment SET end_date = '2030-12-31'"
    with transaction.atomic(using=DATABASE):
        # No statistics tell what a trigger reads of the rows that came; each with each takes half a minute.
        written("SET LOCAL statement_timeout = '15s'", f"{change} WHERE subscriber_id = 'S00000001'", change)


def test_held_families_are_not_compared_each_with_each_by_a_server_with_little_memory():
    with databases.using(DATABASE):
        make_enrolled_group(DATABASE, 20_000)
        with transaction.atomic(using=DATABASE):
            # As little for these as the usual 4 MB are for 300,000; each with each takes half a minute.
            written("SET LOCAL work_mem = '64kB'", "SET LOCAL statement_timeout = '5s'")
            disenroll.run(ENDING, 1_000_000, lambda done, steps, text: None)
