"""Reenroll with new coverage: from a start date, or under COBRA (docs/enrollment.md)."""

from enrollment.engine.outcome import Counts, ProcessOutcome, Progress
from enrollment.engine.parameters import Reenroll
from enrollment.engine.reenrolling import UNDER_STAMP, counted, preview_by, run_by
from enrollment.engine.statements import Statements
from enrollment.sql import cover as sql
from enrollment.sql import cover_templates as templates
from enrollment.sql import cover_writing as writing
from enrollment.sql import process

# The text of each problem in the log.
PROBLEMS = {
    "died": "A member has died; not reenrolled",
    "no contract": "No contract of the division covers the start date; not reenrolled",
    "not live": "No active enrollment for these members to join; not reenrolled",
    "overlap": "Overlaps other coverage in the group; not reenrolled",
    "no plan": "None of the plans is offered by the contract; not reenrolled",
    "not offered": "A plan is not offered by the contract; left out",
    "beyond": "A plan would begin after its enrollment ends; left out",
    "under stamp": UNDER_STAMP,
    "late": "COBRA starts later than the day after the disenroll date",
}


def preview(asked: Reenroll) -> ProcessOutcome:
    """Work out what new coverage would be made, with a sample of families. Nothing is written or locked.

    Call this in a transaction, and roll that back.
    """
    return preview_by(_work_out, sql.SAMPLE, asked)


def run(asked: Reenroll, process_key: int, progress: Progress) -> ProcessOutcome:
    """Make the new coverage, and journal every new and changed row under the process. Call this in the
    transaction that ends the process."""
    return run_by(_work_out, _write, asked, process_key, progress)


def _work_out(statements: Statements, asked: Reenroll) -> ProcessOutcome:
    """Find everything to make or change; return the counts and the warnings."""
    statements.run(process.SUIT_PLANS)
    statements.step("Selecting enrollments to copy")
    statements.take("run_ended", templates.TAKE_ENDED, "name", "id", "subscriber_id", index="id")
    inserts = statements.params["inserts"]
    taking = templates.TAKE_TEMPLATES if inserts else templates.TAKE_LIVE_TEMPLATES
    statements.take("run_template", taking, "id", "subscriber_id", index="subscriber_id")
    if inserts:
        statements.run(templates.FIND_REVIVED)
        statements.run(templates.FIND_OVERLAPS, later=True)
    statements.step("Selecting plans and members")
    statements.take("run_new_plan", sql.TAKE_NEW_PLANS, "id", "template")
    if inserts:
        statements.run(sql.FIND_WITHOUT_PLANS)
        statements.run(templates.END_BEFORE_NEXT)
        statements.run(templates.FIND_OVERLAPS, later=False)
        statements.run(sql.END_PLANS_WITH_ENROLLMENTS)
    statements.take("run_member", sql.TAKE_MEMBERS, "id", "subscriber_id")
    statements.take("run_new_member_plan", sql.TAKE_NEW_MEMBER_PLANS, "id", "template")
    statements.run(sql.END_MEMBER_PLANS_WITH_ENROLLMENTS)
    statements.run(sql.DROP_HELD_PLANS)
    statements.take("run_auth", sql.TAKE_AUTHORIZATIONS, "auth_number")
    statements.take("run_subscriber", sql.TAKE_SUBSCRIBERS, "subscriber_id")
    statements.take("run_stamp", sql.TAKE_STAMPS, "division_id")
    return counted(statements, sql, PROBLEMS)


def _write(statements: Statements, totals: Counts) -> None:
    if statements.params["inserts"]:
        statements.step("Creating enrollments")
        made = statements.run(writing.REVIVE_ENROLLMENTS)
        statements.must_touch(totals.enrollments - made, writing.INSERT_ENROLLMENTS)
        statements.step("Creating plans")
        made = statements.run(writing.REVIVE_PLANS)
        statements.must_touch(totals.plans - made, writing.INSERT_PLANS)
    statements.step("Creating members' plans")
    made = statements.run(writing.REVIVE_MEMBER_PLANS)
    statements.must_touch(totals.member_plans - made, writing.INSERT_MEMBER_PLANS)
    statements.step("Clearing disenroll dates")
    statements.must_touch(totals.members, writing.CLEAR_MEMBERS)
    statements.must_touch(totals.subscribers, writing.CLEAR_SUBSCRIBERS)
    statements.must_touch(totals.authorizations, writing.RESTORE_AUTHORIZATIONS)
    statements.must_touch(totals.divisions, writing.CLEAR_DIVISIONS)
    statements.must_touch(totals.groups, writing.CLEAR_GROUP)
