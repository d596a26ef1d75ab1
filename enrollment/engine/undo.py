"""Reenroll as undo: restore what a disenrollment ended (docs/enrollment.md)."""

from enrollment.engine.outcome import Counts, ProcessOutcome, Progress
from enrollment.engine.parameters import Reenroll
from enrollment.engine.reenrolling import UNDER_STAMP, counted, preview_by, run_by
from enrollment.engine.statements import Statements
from enrollment.sql import process
from enrollment.sql import undo as sql
from enrollment.sql import undo_writing as writing

# The text of each problem in the log.
PROBLEMS = {
    "changed": "Changed since the disenrollment; left as it is",
    "cut again": "Ended again by a later disenrollment; reverse the newest one first",
    "overlap": "Would overlap another enrollment of the division; not reopened",
    "newer": "Would overlap an enrollment entered after the disenrollment; not reopened",
    "died": "A member has died; not reopened",
    "not live": "No active enrollment for these members to rejoin; not reopened",
    "under stamp": UNDER_STAMP,
}

# The columns that join enrollments and coverage.
_ENROLLMENT = ("id", "subscriber_id", "problem")
_COVER = ("subscriber_id", "division_id", "group_coverage_start", "start_date")


def preview(asked: Reenroll) -> ProcessOutcome:
    """Work out what an undo would do, with a sample of families. Nothing is written or locked.

    Call this in a transaction, and roll that back.
    """
    return preview_by(_work_out, sql.SAMPLE, asked)


def run(asked: Reenroll, process_key: int, progress: Progress) -> ProcessOutcome:
    """Undo, and journal every change under the process with the change that it reverses. Callers run this in
    the transaction that ends the process.

    Raises ChangedMeanwhile if others changed rows after they were read and before they were written.
    """
    return run_by(_work_out, _write, asked, process_key, progress)


def _work_out(statements: Statements, asked: Reenroll) -> ProcessOutcome:
    """Find everything to restore; return the counts and the warnings."""
    statements.run(process.SUIT_PLANS)
    statements.step("Selecting enrollments")
    statements.take("run_enrollment", sql.TAKE_ENROLLMENTS, *_ENROLLMENT, index="subscriber_id")
    (changed,) = statements.row(sql.COUNT_CHANGED)
    if changed:
        statements.run(sql.FIND_CUT_AGAIN)
    statements.run(sql.FIND_OVERLAPS)
    statements.take("run_cover", sql.TAKE_COVER, *_COVER, index="subscriber_id")
    statements.step("Selecting plans and members")
    statements.take("run_plan", sql.TAKE_PLANS, "id", "problem")
    statements.take("run_member_plan", sql.TAKE_MEMBER_PLANS, "id", "problem")
    statements.take("run_member", sql.TAKE_MEMBERS, "id", "subscriber_id", "problem")
    statements.take("run_subscriber", sql.TAKE_SUBSCRIBERS, "subscriber_id", "problem")
    statements.take("run_auth", sql.TAKE_AUTHORIZATIONS, "auth_number", "problem")
    statements.take("run_stamp", sql.TAKE_STAMPS, "division_id")
    return counted(statements, sql, PROBLEMS)


def _write(statements: Statements, totals: Counts) -> None:
    statements.step("Reopening enrollments")
    statements.must_touch(totals.enrollments, writing.REOPEN_ENROLLMENTS)
    statements.step("Reopening plans")
    statements.must_touch(totals.plans, writing.REOPEN_PLANS)
    statements.must_touch(totals.member_plans, writing.REOPEN_MEMBER_PLANS)
    statements.step("Restoring disenroll dates")
    statements.must_touch(totals.members, writing.RESTORE_MEMBERS)
    statements.must_touch(totals.subscribers, writing.RESTORE_SUBSCRIBERS)
    statements.must_touch(totals.authorizations, writing.RESTORE_AUTHORIZATIONS)
    statements.must_touch(totals.divisions, writing.RESTORE_DIVISIONS)
    statements.must_touch(totals.groups, writing.RESTORE_GROUP)
    statements.step("Writing the journal")
    statements.run(writing.JOURNAL)
