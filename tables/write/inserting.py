"""Inserts staged records: all records of a load at once if none exists yet, and records without a key."""

from django.db import DataError, IntegrityError, transaction

from tables.context import databases
from tables.schema.columns import assigned_column
from tables.schema.models import is_key_taken
from tables.write.assigning import assign
from tables.write.checks import NO_NUMBER_LEFT
from tables.write.merge_state import MergeState
from tables.write.refusing import halves, pin, refuse_by
from tables.write.sql import merging as sql


def insert(state: MergeState, numbers: list[int] | None = None) -> None:
    """Insert these records, or all remaining ones."""
    staged, result = state.staged, state.result
    statement = sql.insert(staged.model, staged.rows, staged.columns, some=numbers is not None)
    with transaction.atomic(using=databases.chosen()):
        inserted = staged.execute(statement, numbers=numbers).rowcount
    if state.is_load:
        result.counts["created"] += inserted
    else:
        result.created |= result.not_refused(staged.numbers if numbers is None else numbers)


def insert_keyless(state: MergeState) -> None:
    """Insert the records without a key, each with a key that the server chooses.

    They are never merged: a row that has this key by now belongs to someone else.
    """
    if given := _give_keys(state):
        _insert_given(state, given)
        state.staged.drop(state.result.not_refused(given))


def _give_keys(state: MergeState) -> list[int]:
    """Assign a key to each record without one, and return their numbers. Refuse a record if no key is
    left."""
    found = assign(state.staged)
    refuse_by(state, NO_NUMBER_LEFT, [n for n, key in found.items() if key is None])
    given = {n: key for n, key in found.items() if key is not None}
    column = assigned_column(state.staged.model)
    if column and given:
        state.staged.set_keys(column, given)
    state.result.assigned.update(given)
    return list(given)


def _insert_given(state: MergeState, numbers: list[int]) -> None:
    """Insert records with their assigned keys. If another writer has taken a key, the record gets a new
    one."""
    staged = state.staged
    while numbers:
        try:
            insert(state, numbers)
            return
        except (IntegrityError, DataError) as error:
            failure = error
        late = _taken(state, numbers) if is_key_taken(failure) else set()
        column = assigned_column(staged.model)
        if not late or not column:
            break
        staged.set_keys(column, dict.fromkeys(late))
        renewed = set(_give_keys(state))
        numbers = [n for n in numbers if n not in late or n in renewed]
    if len(numbers) == 1:
        pin(state, numbers[0], failure)
    elif numbers:  # If there are none, no record needs another key.
        for half in halves(numbers):
            _insert_given(state, half)


def _taken(state: MergeState, numbers: list[int]) -> set[int]:
    """Return those of the records whose keys are in the table."""
    statement = sql.existing(state.staged.model, state.staged.rows)
    return set(state.staged.find(statement, numbers=numbers))
