"""Refuses staged records: by their checks before a merge, and by database errors during it."""

from collections.abc import Collection, Sequence

from tables.schema import problems
from tables.schema.problems import Problem
from tables.write.checks import Check
from tables.write.merge_state import MergeState
from tables.write.overlaps import overlaps, refused_spans
from tables.write.sql import checking as sql
from tables.write.sql.overlaps import say_checked


def refuse_failed(state: MergeState) -> None:
    """Refuse the records that fail any check."""
    checks, staged = state.result.checks, state.staged
    if not checks:
        return
    state.refuse(_failed(state, checks))
    for rule in overlaps(staged.model) if staged.count else ():
        found = refused_spans(staged, rule)
        staged.cursor.execute(say_checked(checked=True))
        refuse_by(state, rule.name, found)


def refuse_by(state: MergeState, name: str, numbers: Collection[int]) -> None:
    """Refuse these records by the check with this name."""
    if numbers:
        place = next(place for place, check in enumerate(state.result.checks) if check.name == name)
        state.refuse(dict.fromkeys(numbers, 1 << place))


def refuse_guarded(state: MergeState) -> None:
    """Refuse records whose ``kept`` columns differ from a row that an earlier record or another writer added
    after the checks. The merge did not change that row."""
    places = [place for place, check in enumerate(state.result.checks) if check.guards]
    if not places or not state.staged.count:
        return
    found = _failed(state, [state.result.checks[place] for place in places])
    state.refuse(
        {n: sum(1 << place for at, place in enumerate(places) if bits >> at & 1) for n, bits in found.items()}
    )


def _failed(state: MergeState, checks: Sequence[Check]) -> dict[int, int]:
    """Return the records that fail any of the checks, with the failed checks as bits."""
    staged, conditions = state.staged, [check.condition for check in checks]
    statement = sql.find_refusals(staged.model, staged.rows, staged.columns, conditions)
    return dict(staged.execute(statement).fetchall())


def pin(state: MergeState, n: int, error: Exception) -> None:
    """Refuse a record because of a database error."""
    state.result.pinned[n] = _problem(state, n, error)
    state.staged.drop([n])


def _problem(state: MergeState, n: int, error: Exception) -> Problem:
    """Return the problem of record ``n``, which the database itself refused."""
    staged = state.staged
    found = staged.execute(sql.key_of(staged.model, staged.rows), n=n).fetchone()
    key = dict(zip(staged.model.key, found, strict=True))
    diagnosis = getattr(error.__cause__, "diag", None)
    for check in state.result.checks:
        if check.name and check.name == getattr(diagnosis, "constraint_name", None):
            return check.problems(key)[0]
    code = getattr(diagnosis, "sqlstate", None)
    if code == "23505":
        return Problem(None, problems.already_exists(staged.model, key), 409)
    return Problem(None, f"The database refused the record (SQLSTATE {code}).")


def halves(numbers: list[int]) -> tuple[list[int], list[int]]:
    """Return the numbers in two parts."""
    middle = len(numbers) // 2
    return numbers[:middle], numbers[middle:]
