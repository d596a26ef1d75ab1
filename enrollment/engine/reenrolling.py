"""What all ways of reenrolling share: previewing, running, parameters and counting."""

import datetime
from collections.abc import Callable, Mapping
from typing import Protocol

from enrollment.engine.outcome import SAMPLE_FAMILIES, Counts, ProcessOutcome, Progress, SampleEnrollment
from enrollment.engine.parameters import Reenroll, ReenrollFamily
from enrollment.engine.process_warnings import keep, warn
from enrollment.engine.statements import Parameter, Statements
from enrollment.sql import invoices, process
from enrollment.sql import reenroll as sql
from tables.context.actor import STAMP_LENGTH

_STEPS = 8
# The columns that select and join entries.
_ENTRY = ("entry", "table_name", "row_key", "row_id", "subscriber_id")
UNDER_STAMP = "Coverage continues past the disenroll date of its division or group"


class CountingSql(Protocol):
    """The statements that count what one way of reenrolling has worked out."""

    COUNT_BY_DIVISION: str
    COUNT_OTHERS: str
    TAKE_WARNINGS: str


# Finds everything that will change, and counts it.
WorkOut = Callable[[Statements, Reenroll], ProcessOutcome]

_WHO = {
    ReenrollFamily.FAMILY: "all",
    ReenrollFamily.SUBSCRIBER_ONLY: "insured",
    ReenrollFamily.DEPENDENTS_ONLY: "dependents",
    ReenrollFamily.SELECTED_MEMBERS: "listed",
}


def preview_by(work_out: WorkOut, sample: str, asked: Reenroll) -> ProcessOutcome:
    """Work out what would be done, with a sample of families. Nothing is written or locked."""
    statements = _statements(asked, 0, lambda done, steps, text: None)
    _take_families(statements, asked, sql.TAKE_FAMILIES_UNLOCKED)
    outcome = work_out(statements, asked)
    outcome.sample = [SampleEnrollment(*row) for row in statements.rows(sample, limit=SAMPLE_FAMILIES)]
    return outcome


def run_by(
    work_out: WorkOut,
    write: Callable[[Statements, Counts], None],
    asked: Reenroll,
    process_key: int,
    progress: Progress,
) -> ProcessOutcome:
    """Lock the families, work out what to do and write it; then note the run and ask for invoices."""
    statements = _statements(asked, process_key, progress)
    statements.step("Waiting for file loads and locking the families")
    statements.run(process.JOURNALED)
    statements.run(process.WAIT_FOR_LOADS)
    _take_families(statements, asked, sql.LOCK_FAMILIES)
    outcome = work_out(statements, asked)
    write(statements, outcome.totals)
    keep(statements, outcome)
    statements.run(process.NOTE_RUN, is_disenroll=False)
    if asked.invoice_date:
        statements.run(invoices.REQUEST, invoice_date=asked.invoice_date)
    return outcome


def _take_families(statements: Statements, asked: Reenroll, holding: str) -> None:
    """Take the journal entries to undo and, with the statement ``holding``, the families they are about."""
    statements.take("run_entry", sql.TAKE_ENTRIES, *_ENTRY, index="row_id")
    left_out = 0
    if statements.params["undos"]:
        statements.take("run_undone", sql.TAKE_UNDONE, "entry")
        left_out += statements.run(sql.DROP_UNDONE)
    if len(statements.params["processes"]) > 1:
        left_out += statements.run(sql.DROP_OLDER)
    if left_out:
        statements.analyze("run_entry", *_ENTRY)
    statements.take("run_held", holding, "subscriber_id")
    statements.take("run_family", sql.TAKE_FAMILIES, "subscriber_id", index="subscriber_id")
    # Without the insured, the enrollment itself does not come back: it must still be live.
    statements.params["reopens"] = _brings_insured(asked, statements)
    statements.params["inserts"] = statements.params["reopens"] or asked.cobra is not None


def counted(statements: Statements, counting: CountingSql, problems: Mapping[str, str]) -> ProcessOutcome:
    """Count what was worked out, with the statements of one way of reenrolling. ``problems`` has the text of
    each of its problems."""
    statements.step("Counting")
    outcome = ProcessOutcome()
    for division, *counts in statements.rows(counting.COUNT_BY_DIVISION):
        outcome.divisions[division] = Counts(*counts)
    outcome.totals = Counts.in_all(outcome.divisions.values(), statements.row(counting.COUNT_OTHERS))
    warn(statements, outcome, counting.TAKE_WARNINGS, problems)
    return outcome


def _statements(asked: Reenroll, process_key: int, progress: Progress) -> Statements:
    """Return the statements of a reenrollment with all of their parameters."""
    params: dict[str, Parameter] = {
        "user": asked.user[:STAMP_LENGTH],
        "user_name": asked.user,
        "process": process_key,
        "group": asked.group_id,
        "division": asked.division_id,
        "subscriber": asked.subscriber_id,
        "day": asked.day,
        "everything": asked.everything,
        "reset_stamps": asked.reset_stamps,
        "reset_auth": asked.reset_auth,
        "who": _WHO[asked.family],
        "members": list(asked.members),
        **_new_cover(asked),
    }
    statements = Statements(params, progress, _STEPS)
    params["processes"], params["undos"] = statements.row(sql.RUNS)
    return statements


def _new_cover(asked: Reenroll) -> dict[str, Parameter]:
    cobra = asked.cobra
    plans = cobra.plans if cobra else ()
    start: datetime.date | None = cobra.start if cobra else asked.start
    return {
        "start": start,
        "cobra": cobra is not None,
        "cobra_division": cobra.division_id if cobra else None,
        "cobra_contract": cobra.coverage_start if cobra else None,
        "cobra_end": cobra.end if cobra else None,
        "cobra_plans": [plan.plan_id for plan in plans],
        "cobra_tiers": [plan.tier for plan in plans],
    }


def _brings_insured(asked: Reenroll, statements: Statements) -> bool:
    if asked.family is not ReenrollFamily.SELECTED_MEMBERS:
        return asked.family is not ReenrollFamily.DEPENDENTS_ONLY
    (insured,) = statements.row(sql.INSURED)
    return insured in asked.members
