"""Merges staged records into their table: checks them, inserts new ones, updates those that differ."""

from collections.abc import Iterable

from django.db import DataError, IntegrityError, connections, transaction

from tables.context import databases
from tables.schema.models import is_key_taken
from tables.schema.sensitive import guarded
from tables.write.checks import Mode, checks_for
from tables.write.inserting import insert, insert_keyless
from tables.write.merge_state import MergeResult, MergeState
from tables.write.overlaps import overlaps
from tables.write.refusing import halves, pin, refuse_failed, refuse_guarded
from tables.write.sql import merging as sql
from tables.write.sql.merging import Which
from tables.write.sql.overlaps import say_checked
from tables.write.staging import Staged

# How often to retry when others insert the same keys at the same time, before trying records one by one.
_TRIES_OF_KEYS = 10


def merge(staged: Staged, mode: Mode = Mode.UPSERT, *, is_load: bool = False) -> MergeResult:
    """Check the staged records and write the valid ones. Return their results.

    ``is_load`` says that a file is being loaded: the result has only the numbers of created and updated
    records, and the caller has waited for other loads of the table.
    """
    connection = connections[databases.chosen()]
    checks = checks_for(staged.model, staged.columns, mode, connection, sparse=staged.is_sparse)
    result = MergeResult(checks)
    state = MergeState(staged, mode, is_load, guarded(staged.columns), result)
    for step in (refuse_failed, insert_keyless, _merge_all):
        if staged.count:
            step(state)
    if overlaps(staged.model):
        staged.cursor.execute(say_checked(checked=False))
    if is_load:
        result.counts["created"] += len(result.created)
        result.counts["updated"] += len(result.updated)
    return result


def _merge_all(state: MergeState) -> None:
    repeated = _has_repeated_keys(state.staged)
    if state.staged.is_table and _is_new(state.staged) and not repeated and _insert_all(state):
        return
    if repeated:
        _merge_repeated(state)
    else:
        _merge(state, "only")
    refuse_guarded(state)


def _has_repeated_keys(staged: Staged) -> bool:
    if staged.count == 1:
        return False
    return bool(staged.execute(sql.has_repeated_keys(staged.model, staged.rows)).fetchone()[0])


def _is_new(staged: Staged) -> bool:
    """Return whether none of the staged keys exists."""
    staged.cursor.execute(sql.prepare_merge(staged.model))
    return not staged.cursor.fetchone()[0]


def _insert_all(state: MergeState) -> bool:
    """Insert all staged records. Return whether the database accepted them."""
    try:
        insert(state)
    except (IntegrityError, DataError):
        return False  # The merge will find the record.
    return True


def _merge_repeated(state: MergeState) -> None:
    """Merge records, some with the same key, with the same results as one after the other. The first record
    of a key is compared with the table, and each later one with the record before it. The last one stays."""
    staged, result = state.staged, state.result
    _merge(state, "first")
    created, updated = set(result.created), set(result.updated)
    refuse_guarded(state)
    statement = sql.compare_repeated(staged.model, staged.rows, staged.columns, state.kept)
    later: dict[int, bool] = dict(staged.execute(statement).fetchall())
    # If they were merged in halves, some of these were the first of their half.
    updated = updated - later.keys() | {n for n, differs in later.items() if differs}
    _merge(state, "last")
    result.created, result.updated = created, updated - result.pinned.keys()


def _merge(state: MergeState, which: Which, numbers: list[int] | None = None) -> None:
    """Merge these records, or all remaining ones. If another writer has just inserted a key, try again. For
    other errors of the database, find the records that cause them by trying again in halves."""
    for _ in range(_TRIES_OF_KEYS):
        try:
            with transaction.atomic(using=databases.chosen()):
                found = _merge_once(state, which, numbers)
            _note(state, found, counted=_is_counted(state, which))
            return
        except (IntegrityError, DataError) as error:
            failure = error
        if not is_key_taken(failure):
            break
    if numbers is None:
        numbers = state.staged.find(sql.in_key_order(state.staged.model, state.staged.rows))
    if len(numbers) == 1:
        pin(state, numbers[0], failure)
    else:
        for half in halves(numbers):
            _merge(state, which, half)


def _is_counted(state: MergeState, which: Which) -> bool:
    """Return whether counts are enough. For records that share a key, it matters which ones they are."""
    return state.is_load and which == "only"


def _merge_once(state: MergeState, which: Which, numbers: list[int] | None) -> list[tuple[int, str]]:
    """Merge once. Return n and INSERT or UPDATE for each written record, or only the number of each if counts
    are enough.

    Rows are locked and inserted in the order of their keys, so that writers of the same rows wait for each
    other instead of ending in a deadlock. Loads do not need this, because loads of a table take turns.
    """
    staged, some = state.staged, numbers is not None
    inserted: list[tuple[int, str]] = []
    if staged.count > 1 and not state.is_load:
        if state.mode is Mode.UPSERT:
            inserted = [(n, "INSERT") for n in _insert_missing(staged, numbers)]
        if len(inserted) == (len(numbers) if numbers is not None else staged.count):
            return inserted
        lock = sql.lock_changing(staged.model, staged.rows, staged.columns, some=some, kept=state.kept)
        if lock:
            staged.execute(lock, numbers=numbers)
    statement = sql.merge(
        staged.model,
        staged.rows,
        staged.columns,
        which=which,
        insert=state.mode is not Mode.REPLACE,
        update=state.mode is not Mode.CREATE,
        some=some,
        kept=state.kept,
    )
    statement = sql.counted(statement) if _is_counted(state, which) else statement
    merged: list[tuple[int, str]] = staged.execute(statement, numbers=numbers).fetchall()
    return inserted + merged


def _insert_missing(staged: Staged, numbers: list[int] | None) -> list[int]:
    """Insert the first record of each key that is not in the table, from these records or all. Return their
    numbers."""
    statement = sql.missing(staged.model, staged.rows, some=numbers is not None)
    new = staged.find(statement, numbers=numbers)
    if new:
        insertion = sql.insert(staged.model, staged.rows, staged.columns, some=True)
        staged.execute(insertion, numbers=new)
    return new


def _note(state: MergeState, found: Iterable[tuple[int, str]], *, counted: bool) -> None:
    """Add what a merge wrote to the result: n and INSERT or UPDATE, or the number of records of each."""
    result = state.result
    for number, action in found:
        if counted:
            result.counts["created" if action == "INSERT" else "updated"] += number
        else:
            (result.created if action == "INSERT" else result.updated).add(number)
