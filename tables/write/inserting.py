"""Inserting staged records: all of a load at once where none exists, and those that bring no key."""

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
    """Insert these records, or all that are left."""
    staged, result = state.staged, state.result
    statement = sql.insert(staged.model, staged.rows, staged.columns, some=numbers is not None)
    with transaction.atomic(using=databases.chosen()):
        inserted = staged.execute(statement, numbers=numbers).rowcount
    if state.is_load:
        result.counts["created"] += inserted
    else:
        result.created |= result.not_refused(staged.numbers if numbers is None else numbers)


def insert_keyless(state: MergeState) -> None:
    """Insert the records that bring no key, each with one that the server chooses.

    They are never merged: the row that has this key by now would be another person's.
    """
    if given := _give_keys(state):
        _insert_given(state, given)
        state.staged.drop(state.result.not_refused(given))


def _give_keys(state: MergeState) -> list[int]:
    """Give a key to each record that has none, and return their numbers. Where no key is left, the record
    is refused."""
    found = assign(state.staged)
    refuse_by(state, NO_NUMBER_LEFT, [n for n, key in found.items() if key is None])
    given = {n: key for n, key in found.items() if key is not None}
    column = assigned_column(state.staged.model)
    if column and given:
        state.staged.set_keys(column, given)
    state.result.assigned.update(given)
    return list(given)


def _insert_given(state: MergeState, numbers: list[int]) -> None:
    """Insert records with the keys they were given. Those whose key another has taken get new ones."""
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
    elif numbers:  # Without any, none of them has got another key.
        for half in halves(numbers):
            _insert_given(state, half)


def _taken(state: MergeState, numbers: list[int]) -> set[int]:
    """Return those of the records whose keys are in the table."""
    statement = sql.existing(state.staged.model, state.staged.rows)
    return set(state.staged.find(statement, numbers=numbers))
