"""The checks of staged records. Each is an SQL condition and the problem that it reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from django.db.backends.base.base import BaseDatabaseWrapper

from tables.schema import problems
from tables.schema.column import Column
from tables.schema.columns import parents, rules
from tables.schema.models import ParentKey, Rule, Table
from tables.schema.problems import Problem
from tables.schema.sensitive import guarded, sensitive_columns
from tables.write.overlaps import NoOverlap, overlaps
from tables.write.records import writable
from tables.write.sql import checking
from tables.write.sql.names import EXISTS

Key = Mapping[str, object]

NO_NUMBER_LEFT = "no number left"


class Mode(Enum):
    """Which keys a call may write: new ones, existing ones, or both."""

    UPSERT = "create what is new, replace what exists"
    CREATE = "create only; an existing key is refused (409)"
    REPLACE = "replace only; an unknown key is refused (404)"


@dataclass(frozen=True)
class Check:
    """A condition on the columns of ``checking.find_refusals`` that is true for records to refuse, and a
    function that returns the problems for a record's key.

    ``name`` is the database constraint, or the engine's name of a check that finds its records with its
    own statement. A check that ``guards`` a sensitive column compares with the stored value.
    """

    condition: str
    problems: Callable[[Key], list[Problem]]
    name: str | None = None
    guards: bool = False


def checks_for(
    model: type[Table],
    columns: Sequence[Column],
    mode: Mode,
    connection: BaseDatabaseWrapper,
    *,
    sparse: bool = False,
) -> list[Check]:
    """Return the checks of records with these ``columns``: parents, rules, and those of the mode.

    ``sparse`` records were filled with the existing rows' values in the columns that they leave out.
    """
    found = [_parent_check(model, parent) for parent in parents(model)]
    found += [_rule_check(model, rule, connection) for rule in rules(model)]
    # Separate statements find the records of these two (``overlaps``, ``assigning``).
    found += [_overlap_check(model, rule) for rule in overlaps(model)]
    if model.assigned:
        found.append(_assigned_check(model))
    if mode is Mode.CREATE:
        found.append(Check(EXISTS, lambda key: [_taken(model, key)]))
    else:
        # Add one for each column, even if it guards nothing, so that the positions of checks depend only on
        # the model.
        kept = guarded(columns)
        found += [_guarded_check(column, guards=column in kept) for column in sensitive_columns(model)]
    if mode is Mode.REPLACE:
        found.append(Check(f"NOT {EXISTS}", lambda key: [_missing(model, key)]))
    required = [column for column in writable(model) if column.required and not column.is_key]
    absent = required if sparse else [column for column in required if column not in columns]
    if absent:
        # A file may leave out required columns of existing rows, but not of new rows.
        needed = [problems.required(column) for column in absent]
        is_new = checking.any_is_null(absent) if sparse else f"NOT {EXISTS}"
        found.append(Check(is_new, lambda key: needed))
    return found


def explain(checks: Sequence[Check], bits: int, key: Key) -> list[Problem]:
    """Return the problems of a refused record from its bits and key. The lowest bit is the first check."""
    failed = (check for place, check in enumerate(checks) if bits >> place & 1)
    return [problem for check in failed for problem in check.problems(key)]


def _parent_check(model: type[Table], parent: ParentKey) -> Check:
    parent_model = parent.parent_model(model)
    column = next(column.api for column in writable(model) if column.db == parent.columns[-1])
    return Check(
        checking.parent_is_missing(model, parent),
        lambda key: [Problem(column, problems.not_found(parent_model, parent.named_as_parent(key)), 404)],
        parent.name,
    )


def _rule_check(model: type[Table], rule: Rule, connection: BaseDatabaseWrapper) -> Check:
    column = next(column.api for column in writable(model) if column.db == rule.column)
    problem = Problem(column, rule.message)
    return Check(
        f"({checking.rule_condition(rule, model, connection)}) IS FALSE", lambda key: [problem], rule.name
    )


def _overlap_check(model: type[Table], rule: NoOverlap) -> Check:
    column = next(column.api for column in writable(model) if column.db == rule.end)
    problem = Problem(column, rule.message)
    return Check("false", lambda key: [problem], rule.name)


def _assigned_check(model: type[Table]) -> Check:
    column = next(column for column in writable(model) if column.is_assigned)
    problem = Problem(column.api, problems.no_number_left(column), 409)
    return Check("false", lambda key: [problem], NO_NUMBER_LEFT)


def _guarded_check(column: Column, *, guards: bool) -> Check:
    problem = problems.may_not_change(column)
    condition = checking.differs_from_stored(column) if guards else "false"
    return Check(condition, lambda key: [problem], guards=guards)


def _taken(model: type[Table], key: Key) -> Problem:
    return Problem(None, problems.already_exists(model, key), 409)


def _missing(model: type[Table], key: Key) -> Problem:
    return Problem(None, problems.not_found(model, key), 404)
