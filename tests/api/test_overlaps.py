"""Ruling 11: spans of coverage that end too early or overlap are refused in every interface."""

import datetime
import threading

import hypothesis
import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import strategies as st

from enrollment.models import SubEnrollment
from tables.context import databases
from tables.context.actor import acting_as
from tests.api.doors import problem
from tests.api.families import BASE, CONTRACT_A, DIVISION_A, ENROLLMENT, have, have_cover
from tests.api.programs import data_of
from tests.locks import session, wait_for_waiting

pytestmark = pytest.mark.django_db(databases="__all__")

AT = BASE + ENROLLMENT.made_at
BATCH = BASE + ENROLLMENT.batch_at
OVERLAPS = "The enrollment overlaps another of the subscriber in this division."


def span(start, end=None, **values):
    return ENROLLMENT.record(start_Date=start, end_Date=end, **values)


def answers(response):
    return [(each["status"], each["body"]) for each in data_of(response, 207)]


@pytest.mark.parametrize("end", ["2023-12-30", "2020-01-01"])
def test_a_span_ends_no_earlier_than_the_day_before_its_start(program, end):
    have_cover(program)
    assert problem(program.post(AT, span("2024-01-01", end)), 400) == (
        "end_Date must not be more than one day before start_Date."
    )
    assert program.post(AT, span("2024-01-01", "2023-12-31")).status_code == 200


@pytest.mark.parametrize(
    ("start", "end"),
    [("2024-03-01", None), ("2024-03-01", "2024-03-01"), ("2023-01-01", "2024-02-01"), ("2023-01-01", None)],
)
def test_an_overlap_is_refused(program, start, end):
    have_cover(program)
    assert program.post(AT, span("2024-02-01", "2024-06-30")).status_code == 200
    assert problem(program.post(AT, span(start, end)), 400) == OVERLAPS


@pytest.mark.parametrize(
    ("start", "end"), [("2024-07-01", None), ("2023-01-01", "2024-01-31"), ("2024-03-01", "2024-02-29")]
)
def test_adjacent_and_void_spans_do_not_overlap(program, start, end):
    have_cover(program)
    assert program.post(AT, span("2024-02-01", "2024-06-30")).status_code == 200
    assert program.post(AT, span(start, end)).status_code == 200


def test_spans_of_different_divisions_do_not_overlap(program):
    have_cover(program)
    have(program, ENROLLMENT)
    path = "/vbasoftware/groups/G1/divisions"
    assert program.post(path, DIVISION_A.record(division_ID="B")).status_code == 200
    assert program.post(f"{path}/B/contracts", CONTRACT_A.record(division_ID="B")).status_code == 200
    assert program.post(AT, span("2024-01-01", division_ID="B")).status_code == 200


@pytest.mark.parametrize("filler", [0, 150])
def test_the_later_of_two_overlapping_records_of_a_batch_is_refused(program, filler):
    have_cover(program)
    voids = [
        span(f"{1990 + n // 12}-{n % 12 + 1:02}-02", f"{1990 + n // 12}-{n % 12 + 1:02}-01")
        for n in range(filler)
    ]
    batch = [*voids, span("2024-01-01", "2024-06-30"), span("2024-06-30"), span("2024-07-01")]
    assert answers(program.put(BATCH, batch))[filler:] == [
        (201, "Created"),
        (400, OVERLAPS),
        (201, "Created"),
    ]


@pytest.mark.parametrize("filler", [0, 150])
def test_a_record_of_a_batch_is_compared_with_the_accepted_ones_before_it(program, filler):
    have_cover(program)
    assert program.post(AT, span("2024-01-01")).status_code == 200
    voids = [
        span(f"{1990 + n // 12}-{n % 12 + 1:02}-02", f"{1990 + n // 12}-{n % 12 + 1:02}-01")
        for n in range(filler)
    ]
    ending, next_one = span("2024-01-01", "2024-06-30"), span("2024-07-01")
    batch = [*voids, next_one, ending, next_one]
    assert answers(program.put(BATCH, batch))[filler:] == [
        (400, OVERLAPS),
        (200, "Updated"),
        (201, "Created"),
    ]


def test_what_overlaps_only_a_refused_record_is_accepted(program):
    have_cover(program)
    assert program.post(AT, span("2024-01-01", "2024-03-31")).status_code == 200
    batch = [span("2024-03-01"), span("2024-06-01", "2024-06-30"), span("2024-04-01", "2024-05-31")]
    assert answers(program.put(BATCH, batch)) == [(400, OVERLAPS), (201, "Created"), (201, "Created")]


@pytest.fixture
def covered(program):
    """A program, and the contract and family that enrollments need."""
    have_cover(program)
    return program


DRAWN_DAYS = [f"2024-{month:02}-01" for month in range(1, 8)]
SPANS = st.lists(st.tuples(st.sampled_from(DRAWN_DAYS), st.sampled_from([None, *DRAWN_DAYS])), max_size=7)


@hypothesis.settings(max_examples=60, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(stored=SPANS, sent=SPANS)
@hypothesis.example(
    stored=[], sent=[("2024-01-01", "2024-03-01"), ("2024-02-01", None), ("2024-04-01", None)]
)
def test_a_batch_is_answered_as_its_records_one_by_one(covered, stored, sent):
    program = covered

    def fresh():
        with databases.using("VBA_Demo"):
            SubEnrollment.objects.all().delete()
        program.put(BATCH, [span(*each) for each in stored])

    def rows():
        with databases.using("VBA_Demo"):
            return sorted(SubEnrollment.objects.values_list("start_date", "end_date"), key=str)

    records = [span(*each) for each in sent]
    fresh()
    one_by_one = [answers(program.put(BATCH, [record]))[0] for record in records]
    there = rows()
    fresh()
    assert answers(program.put(BATCH, records)) == one_by_one
    assert rows() == there


def test_a_family_with_thousands_of_overlaps_is_judged_in_linear_time(program):
    """Comparing each with each would take a hundred million comparisons."""
    have_cover(program)
    first = datetime.date(1990, 1, 1)
    days = [str(first + datetime.timedelta(days=n)) for n in range(10_000)]
    found = answers(program.put(BATCH, [*(span(day, day) for day in days), span("1989-01-01")]))
    assert set(found[:-1]) == {(201, "Created")}
    assert found[-1] == (400, OVERLAPS)


def test_a_record_that_depends_on_a_refused_end_is_refused_too(program):
    have_cover(program)
    assert program.post(AT, span("2024-01-01", "2024-03-31")).status_code == 200
    assert program.post(AT, span("2024-05-01", "2024-05-31")).status_code == 200
    # The first moves onto the second, so the third does not fit.
    batch = [span("2024-05-15"), span("2024-01-01", "2024-02-01"), span("2024-02-15", "2024-04-01")]
    assert answers(program.put(BATCH, batch)) == [(400, OVERLAPS), (200, "Updated"), (201, "Created")]


def test_plain_sql_cannot_make_an_overlap_either(program):
    have_cover(program)
    assert program.post(AT, span("2024-01-01")).status_code == 200
    with (
        databases.using("VBA_Demo"),
        pytest.raises(IntegrityError, match="overlaps another"),
        transaction.atomic(using="VBA_Demo"),
        connections["VBA_Demo"].cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO subenrollment (subscriber_id, group_id, division_id, group_coverage_start,"
            " start_date, entry_date, update_date)"
            " SELECT subscriber_id, group_id, division_id, group_coverage_start, '2024-05-01', now(), now()"
            " FROM subenrollment"
        )
    with databases.using("VBA_Demo"):
        assert SubEnrollment.objects.count() == 1


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_one_of_two_simultaneous_writers_is_refused(program):
    have_cover(program)
    row = "('S1', 'G1', 'A', '2024-01-01', '{}', now(), now())"
    insert = (
        "INSERT INTO subenrollment (subscriber_id, group_id, division_id, group_coverage_start,"
        " start_date, entry_date, update_date) VALUES "
    )
    found = []
    with session() as first:
        first.execute(insert + row.format("2024-01-01"))

        def second():
            try:
                found.append(program.post(AT, span("2024-06-01")))
            finally:
                connections.close_all()

        thread = threading.Thread(target=second)
        thread.start()
        wait_for_waiting(holder=first.info.backend_pid)
        assert not found
        first.commit()
        thread.join()
    assert problem(found[0], 400) == OVERLAPS


def test_the_shell_reports_the_same_error(program):
    have_cover(program)
    have(program, ENROLLMENT)
    with databases.using("VBA_Demo"), acting_as("bob"):
        record = SubEnrollment.objects.get()
        record.pk, record._state.adding, record.start_date = None, True, record.start_date.replace(month=6)
        with pytest.raises(Exception, match="overlaps another"):
            record.full_clean()
