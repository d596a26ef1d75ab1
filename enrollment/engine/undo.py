"""Reenroll as undo: what a disenroll has ended returns to what it was (semantics.md section 3, mode U)."""

from enrollment.engine.outcome import Counts, ProcessOutcome, Progress
from enrollment.engine.parameters import Reenroll
from enrollment.engine.reenrolling import UNDER_STAMP, counted, preview_by, run_by
from enrollment.engine.statements import Statements
from enrollment.sql import process
from enrollment.sql import undo as sql
from enrollment.sql import undo_writing as writing

# What each problem of a row means to the one who reads the log.
PROBLEMS = {
    "changed": "Changed since the disenroll; left as it is",
    "cut again": "Cut again by a later disenroll; undo the newest first",
    "overlap": "Would overlap another enrollment of the division; not reopened",
    "newer": "Would overlap an enrollment entered after the disenroll; not reopened",
    "died": "A member has died; not reopened",
    "not live": "The enrollment is not live; its members were not reopened alone",
    "under stamp": UNDER_STAMP,
}

# The columns by which enrollments and cover are joined.
_ENROLLMENT = ("id", "subscriber_id", "problem")
_COVER = ("subscriber_id", "division_id", "group_coverage_start", "start_date")


def preview(asked: Reenroll) -> ProcessOutcome:
    """Work out what an undo would do, with a sample of families; nothing is written or locked.

    To be called in a transaction, which is to be rolled back.
    """
    return preview_by(_work_out, sql.SAMPLE, asked)


def run(asked: Reenroll, process_key: int, progress: Progress) -> ProcessOutcome:
    """Undo, journal every change under the process, and which change it undoes. To be called in the
    transaction that ends the process.

    Raises ChangedMeanwhile when rows were changed by others between being read and being written.
    """
    return run_by(_work_out, _write, asked, process_key, progress)


def _work_out(statements: Statements, asked: Reenroll) -> ProcessOutcome:
    """Find all that will return to what it was; return the counts and the warnings."""
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
    statements.step("Restoring the dates of members, subscribers, divisions and the group")
    statements.must_touch(totals.members, writing.RESTORE_MEMBERS)
    statements.must_touch(totals.subscribers, writing.RESTORE_SUBSCRIBERS)
    statements.must_touch(totals.authorizations, writing.RESTORE_AUTHORIZATIONS)
    statements.must_touch(totals.divisions, writing.RESTORE_DIVISIONS)
    statements.must_touch(totals.groups, writing.RESTORE_GROUP)
    statements.step("Writing the journal")
    statements.run(writing.JOURNAL)
