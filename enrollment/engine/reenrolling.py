"""What the ways of reenrolling share: their parameters, and which disenrolls they are about."""

import datetime
from typing import Any

from enrollment.engine.outcome import Progress
from enrollment.engine.requests import Reenroll, ReenrollFamily
from enrollment.engine.statements import Statements
from enrollment.sql import reenroll as sql

_WHO = {
    ReenrollFamily.FAMILY: "all",
    ReenrollFamily.SUBSCRIBER_ONLY: "insured",
    ReenrollFamily.DEPENDANTS_ONLY: "dependants",
    ReenrollFamily.SELECTED_MEMBERS: "listed",
}


def reenroll_statements(asked: Reenroll, process_key: int, progress: Progress, steps: int) -> Statements:
    """Return the statements of a reenroll with all of their parameters."""
    params: dict[str, Any] = {
        "user": asked.user,
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
    statements = Statements(params, progress, steps)
    params["processes"], params["undos"] = statements.row(sql.RUNS)
    params["later"] = params["processes"][1:]
    # Without the insured the enrollment itself does not come back: it must be live.
    params["reopens"] = _brings_insured(asked, statements)
    params["inserts"] = params["reopens"] or asked.cobra is not None
    return statements


def _new_cover(asked: Reenroll) -> dict[str, Any]:
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
        return asked.family is not ReenrollFamily.DEPENDANTS_ONLY
    (insured,) = statements.row(sql.INSURED)
    return insured in asked.members
