"""Disenroll: end the coverage of a group or a division as of a day (docs/enrollment.md)."""

from django.conf import settings

from enrollment.engine.outcome import SAMPLE_FAMILIES, Counts, ProcessOutcome, Progress, SampleEnrollment
from enrollment.engine.parameters import Disenroll, DisenrollFamily
from enrollment.engine.process_warnings import keep, warn
from enrollment.engine.statements import Statements
from enrollment.sql import disenroll as sql
from enrollment.sql import disenroll_writing as writing
from enrollment.sql import process
from tables.context.actor import STAMP_LENGTH

STEPS = 8
# The text of each problem in the log.
PROBLEMS = {
    "alive": "Enrollments in other divisions stay active in a disenrolled group",
    "tier": "Review the tier: the enrollment continues with fewer members",
    "added": "Added while the process was running, and not ended; disenroll again",
}


def preview(asked: Disenroll) -> ProcessOutcome:
    """Work out what a disenrollment would do, with a sample of families. Nothing is written or locked.

    Call this in a transaction, and roll that back: the results are in temporary tables.
    """
    statements = _statements(asked, 0, lambda done, steps, text: None)
    statements.take("run_held", sql.TAKE_FAMILIES_UNLOCKED, "subscriber_id")
    outcome = _work_out(statements, asked)
    outcome.sample = [SampleEnrollment(*row) for row in statements.rows(sql.SAMPLE, limit=SAMPLE_FAMILIES)]
    return outcome


def run(asked: Disenroll, process_key: int, progress: Progress) -> ProcessOutcome:
    """Disenroll, and journal every change under the process.

    Call it in the transaction that ends the process. Raises ChangedMeanwhile if others changed rows
    after they were read and before they were written.
    """
    statements = _statements(asked, process_key, progress)
    statements.step("Waiting for file loads and locking the families")
    statements.run(process.JOURNALED)
    statements.run(process.WAIT_FOR_LOADS)
    statements.take("run_held", sql.LOCK_FAMILIES, "subscriber_id")
    statements.run(sql.LOCK_MORE_FAMILIES)
    outcome = _work_out(statements, asked)
    _write(statements, outcome.totals)
    keep(statements, outcome)
    statements.run(process.NOTE_RUN, is_disenroll=True)
    return outcome


def _statements(asked: Disenroll, process_key: int, progress: Progress) -> Statements:
    params = {
        "user": asked.user[:STAMP_LENGTH],
        "user_name": asked.user,
        "process": process_key,
        "group": asked.group_id,
        "division": asked.division_id,
        "day": asked.day,
        "term": asked.term_date,
        "reason": asked.reason_id,
        "family": int(asked.family),
        "future": int(asked.future),
        "stamps_group": asked.group_disenroll,
        "auth_code": settings.DISENROLL_AUTH_CODE,
    }
    return Statements(params, progress, STEPS)


def _work_out(statements: Statements, asked: Disenroll) -> ProcessOutcome:
    """Find everything that will change; return the counts and the warnings."""
    statements.step("Selecting enrollments")
    statements.take("run_family", sql.TAKE_FAMILIES, "subscriber_id", index="subscriber_id")
    statements.run(process.SUIT_PLANS)
    if asked.family is not DisenrollFamily.FAMILY:
        statements.run(sql.FIND_INSURED)
    statements.take("run_enrollment", sql.TAKE_ENROLLMENTS, "id", "subscriber_id", index="subscriber_id")
    statements.step("Selecting plans and members")
    statements.take("run_plan", sql.TAKE_PLANS, "id", "enrollment", "subscriber_id")
    statements.take("run_member_plan", sql.TAKE_MEMBER_PLANS, "id", "enrollment", "subscriber_id")
    statements.take("run_member", sql.TAKE_MEMBERS, "id", "subscriber_id")
    statements.take("run_subscriber", sql.TAKE_SUBSCRIBERS, "subscriber_id")
    taking = sql.TAKE_AUTHORIZATIONS if asked.terminate_auth else sql.TAKE_NO_AUTHORIZATIONS
    statements.take("run_auth", taking, "auth_number")
    statements.take("run_stamp", sql.TAKE_STAMPS, "division_id")
    return _outcome(statements)


def _outcome(statements: Statements) -> ProcessOutcome:
    statements.step("Counting")
    outcome = ProcessOutcome()
    for division, enrollments, plans, member_plans, log_rows in statements.rows(sql.COUNT_BY_DIVISION):
        outcome.divisions[division] = Counts(enrollments, plans, member_plans, log_rows=log_rows)
    outcome.totals = Counts.in_all(outcome.divisions.values(), statements.row(sql.COUNT_OTHERS))
    warn(statements, outcome, sql.TAKE_WARNINGS, PROBLEMS)
    return outcome


def _write(statements: Statements, totals: Counts) -> None:
    statements.step("Ending enrollments")
    statements.must_touch(totals.enrollments, writing.END_ENROLLMENTS)
    statements.step("Ending plans")
    statements.must_touch(totals.plans, writing.END_PLANS)
    statements.must_touch(totals.member_plans, writing.END_MEMBER_PLANS)
    statements.step("Setting disenroll dates")
    statements.must_touch(totals.members, writing.DATE_MEMBERS)
    statements.must_touch(totals.subscribers, writing.DATE_SUBSCRIBERS)
    statements.must_touch(totals.authorizations, writing.END_AUTHORIZATIONS)
    statements.must_touch(totals.divisions, writing.STAMP_DIVISIONS)
    statements.must_touch(totals.groups, writing.STAMP_GROUP)
    statements.step("Writing the log and the journal")
    statements.must_touch(totals.log_rows, writing.LOG)
    statements.run(writing.JOURNAL)
