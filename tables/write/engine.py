"""The upsert engine: the one way in which records become rows, for REST, files and the shell alike.

Records that were read well (``tables.write.records``) are staged, checked against parents and rules by
one statement, and merged by one more. Every record is answered: created, updated, unchanged or
refused. One call is one transaction; a dry run is the same call, rolled back.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, connections, transaction

from tables.context import databases
from tables.context.actor import acting_user
from tables.schema import problems
from tables.schema.column import Column
from tables.schema.models import Table, is_key_taken
from tables.schema.problems import Problem
from tables.schema.sensitive import guarded
from tables.write import assigning_sql, overlaps_sql, sql
from tables.write.assigning import assign, assigned_column
from tables.write.checks import NO_NUMBER_LEFT, Check, Mode, checks_for
from tables.write.overlaps import NoOverlap, overlaps, refused_spans
from tables.write.owners import hold_owners
from tables.write.records import Records, Values, writable
from tables.write.retrying import tried_again

__all__ = ["Mode", "Outcome", "Writing", "write"]

# Up to so many records go as one JSON parameter: cheaper than a staging table with its catalog rows.
FEW = 100
# So often keys that others insert at the same moment are met anew, before records are tried one by one.
_TRIES_OF_KEYS = 10


@dataclass
class Outcome:
    """What became of each record, by its index. Those in none of the three were unchanged."""

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    refused: dict[int, list[Problem]] = field(default_factory=dict)
    # Keys that the server has given (the value of the assigned column), by the record's index.
    assigned: dict[int, Any] = field(default_factory=dict)


@dataclass
class Merged:
    """What a merge did: the numbers of records, or which records, and why others were refused.

    ``refused`` holds the failed checks of a record as bits, the first check lowest (see ``explain``);
    ``pinned`` what the database itself refused.
    """

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    refused: dict[int, int] = field(default_factory=dict)
    pinned: dict[int, Problem] = field(default_factory=dict)


def write(
    model: type[Table],
    records: Records | Sequence[tuple[int, Values]],
    *,
    columns: Sequence[Column] | None = None,
    mode: Mode = Mode.UPSERT,
    dry_run: bool = False,
) -> Outcome:
    """Write records into the chosen target database, in one transaction, stamped with the acting user.

    ``records`` are pairs of an index and the values in the order of ``records.writable(model)``, as
    ``tables.write.records`` returns them, in ascending order of the index. With ``columns``, the key's first,
    they hold these alone, and the others are left as they are. The same key twice: as if they
    were written one after the other. Records that a parent, a rule or the database refuses are in
    ``Outcome.refused``; of the others, those that are not created or updated were unchanged.
    Raises NoDatabaseChosen, and OperationalError when the database is away.
    """
    using = databases.chosen()

    def once() -> Outcome:
        with transaction.atomic(using=using):
            outcome = _write(model, records, columns or writable(model), mode)
            if dry_run:
                transaction.set_rollback(True, using=using)
            return outcome

    return tried_again(once, using=using)


def _write(
    model: type[Table],
    records: Records | Sequence[tuple[int, Values]],
    columns: Sequence[Column],
    mode: Mode,
) -> Outcome:
    writing = Writing(model, columns, mode=mode)
    with writing.staged(records):
        hold_owners(model, writing.rows, columns, writing.cursor, writing.params)
        merged = writing.merge()
    values = dict(records)

    def key(n: int) -> dict[str, Any]:
        known = dict(zip(model.key, values[n], strict=False))
        if model.assigned and n in writing.assigned:
            known[model.assigned] = writing.assigned[n]
        return known

    refused = {n: explain(writing.checks, bits, key(n)) for n, bits in merged.refused.items()}
    refused.update({n: [problem] for n, problem in merged.pinned.items()})
    if mode is Mode.CREATE:
        # Another has created the key since it was checked.
        for n in values.keys() - merged.created - refused.keys():
            refused[n] = [Problem(None, problems.already_exists(model, key(n)), 409)]
    assigned = {n: given for n, given in writing.assigned.items() if n not in refused}
    return Outcome(merged.created, merged.updated, refused, assigned)


def explain(checks: Sequence[Check], bits: int, key: Mapping[str, Any]) -> list[Problem]:
    """Return the problems behind the bits of a refused record (see ``Merged``), given its key."""
    failed = (check for place, check in enumerate(checks) if bits >> place & 1)
    return [problem for check in failed for problem in check.problems(key)]


class Writing:
    """Records of the same columns on their way into a table, inside the caller's transaction.

    ``sparse`` records, each key once, may leave columns out: they are staged with what they have.
    """

    def __init__(
        self, model: type[Table], columns: Sequence[Column], *, mode: Mode = Mode.UPSERT, sparse: bool = False
    ) -> None:
        given = assigned_column(model)
        # What the server gives need not be among the columns of a file.
        added = [given] if given and given not in columns else []
        self.model, self.columns, self.mode, self.sparse = model, [*columns, *added], mode, sparse
        self.using = databases.chosen()
        self.connection = connections[self.using]
        self.checks = checks_for(model, self.columns, mode, self.connection, sparse=sparse)
        self.kept = guarded(self.columns)
        self.params: dict[str, Any] = {"user": acting_user()}
        self.rows, self.merged = "", Merged()
        self.few: dict[int, Values] | None = None
        self.assigned: dict[int, Any] = {}
        self.is_load = False

    # --- staging ---

    @contextmanager
    def staged(self, records: Records | Sequence[tuple[int, Values]]) -> Iterator[None]:
        """Stage records for ``merge``: a few as a parameter, more by COPY."""
        expected = records.expected if isinstance(records, Records) else len(records)
        if expected <= FEW:
            self.few = dict(records)
            self.range(tuple(self.few))
            self.rows = f"(SELECT * FROM {sql.json_rows(self.columns)})"
            self.params["records"] = _as_json(self.columns, self.few)
            with self.connection.cursor() as self.cursor:
                yield
            return
        numbers = array("q")
        with self.copying(sql.copy_to_staging(self.columns, null=r"\N")) as copy:  # as write_row has it
            for n, values in records:
                copy.write_row((n, *values))
                numbers.append(n)
        self.range(numbers)
        yield
        self.end()

    @contextmanager
    def copying(self, statement: str, *, ignored: int = 0) -> Iterator[Any]:
        """Open a COPY into a new staging table, which has room for ``ignored`` columns of a file.

        Then tell the ``range`` of what was staged, ``merge``, and ``end``.
        """
        self.few = None
        self.rows = sql.STAGING
        self.cursor = self.connection.cursor()
        self.cursor.execute(sql.create_staging(self.columns, ignored=ignored, sparse=self.sparse))
        with self.connection.wrap_database_errors, self.cursor.cursor.copy(statement) as copy:
            yield copy
        self.cursor.execute(sql.analyze_staging(self.model))
        if self.sparse:
            self.cursor.execute(sql.fill_absent(self.model, self.columns))

    def range(self, numbers: Sequence[int]) -> None:
        """Take note of the numbers of the staged records, which ascend."""
        self.numbers, self.count = numbers, len(numbers)

    def left_out(self, numbers: Sequence[int]) -> list[int]:
        """Return which of these records COPY has left out, because a value is not of its column's type."""
        self.cursor.execute(sql.count_staged())
        if self.cursor.fetchone()[0] == len(numbers):
            return []
        self.cursor.execute(sql.staged_numbers())
        staged = {n for (n,) in self.cursor.fetchall()}
        return [n for n in numbers if n not in staged]

    def end(self) -> None:
        """Take the staging table away, so that the same transaction may stage again."""
        self.cursor.execute(sql.drop_staging())
        self.cursor.close()

    def _drop(self, gone: Collection[int]) -> None:
        """Take records that are refused or stored out of what is still to be written."""
        self.count -= len(gone)
        if not self.count or not gone:
            return
        if self.few is None:
            self.cursor.execute(sql.drop_from_staging(), {"gone": list(gone)})
            return
        for n in gone:
            del self.few[n]
        self.params["records"] = _as_json(self.columns, self.few)

    # --- checks and merge ---

    def merge(self, *, counting: bool = False) -> Merged:
        """Check what is staged and write what is right; tell which records were created and updated,
        or with ``counting``, as loads do, how many."""
        self.is_load = counting
        if self.count:
            self._refuse()
        if self.count:
            self._insert_without_keys(counting)
        if self.count:
            self._merge_all(counting)
        if overlaps(self.model):
            self.cursor.execute(overlaps_sql.say_checked(checked=False))
        if counting:
            self.merged.counts["created"] += len(self.merged.created)
            self.merged.counts["updated"] += len(self.merged.updated)
        return self.merged

    def _refuse(self) -> None:
        if not self.checks:
            return
        conditions = [check.condition for check in self.checks]
        self.cursor.execute(sql.find_refusals(self.model, self.rows, self.columns, conditions), self.params)
        self.merged.refused.update(self.cursor.fetchall())
        if self.merged.refused:
            self._drop(self.merged.refused)
        for rule in overlaps(self.model) if self.count else ():
            self._refuse_overlaps(rule)

    def _refuse_overlaps(self, rule: NoOverlap) -> None:
        names = [column.db for column in self.columns]
        found = refused_spans(self.model, rule, self.rows, names, self.cursor, self.params)
        self.cursor.execute(overlaps_sql.say_checked(checked=True))
        self._refuse_by(rule.name, found)

    def _refuse_by(self, name: str, numbers: Collection[int]) -> None:
        """Refuse these records by the check of this name."""
        if numbers:
            place = next(place for place, check in enumerate(self.checks) if check.name == name)
            self.merged.refused.update(dict.fromkeys(numbers, 1 << place))
            self._drop(numbers)

    # --- records without a key ---

    def _insert_without_keys(self, counting: bool) -> None:
        """Insert the records that bring no key, each with one that the server chooses.

        They are never merged: the row that has this key by now would be another person's.
        """
        if given := self._give_keys():
            self._insert_given(given, counting)
            self._drop(set(given) - self.merged.refused.keys() - self.merged.pinned.keys())

    def _give_keys(self) -> list[int]:
        """Give a key to each record that has none, and return their numbers. Where no key is left, the
        record is refused."""
        found = assign(self.model, self.rows, self.cursor, self.params)
        self._refuse_by(NO_NUMBER_LEFT, [n for n, key in found.items() if key is None])
        given = {n: key for n, key in found.items() if key is not None}
        self._set_keys(given)
        self.assigned.update(given)
        return list(given)

    def _set_keys(self, keys: Mapping[int, Any]) -> None:
        """Write the keys that the server gives into the records, by their numbers."""
        column = assigned_column(self.model)
        if not keys or column is None:
            return
        if self.few is None:
            params = {"numbers": list(keys), "keys": list(keys.values())}
            self.cursor.execute(assigning_sql.fill(column, sql.STAGING), params)
            return
        place = self.columns.index(column)
        for n, key in keys.items():
            self.few[n] = (*self.few[n][:place], key, *self.few[n][place + 1 :])
        self.params["records"] = _as_json(self.columns, self.few)

    def _insert_given(self, numbers: list[int], counting: bool) -> None:
        """Insert records with the keys they were given. Those whose key another has taken get new ones."""
        while numbers:
            try:
                self._insert(numbers, counting)
                return
            except (IntegrityError, DataError) as error:
                failure = error
            late = self._existing(numbers) if is_key_taken(failure) else set()
            if not late:
                break
            self._set_keys(dict.fromkeys(late))
            renewed = set(self._give_keys())
            numbers = [n for n in numbers if n not in late or n in renewed]
        if len(numbers) == 1:
            self._pin(numbers[0], failure)
        elif numbers:  # Without any, none of them has got another key.
            for half in _halves(numbers):
                self._insert_given(half, counting)

    def _insert(self, numbers: list[int] | None, counting: bool) -> None:
        """Insert these records, or all that are left."""
        statement = sql.insert(self.model, self.rows, self.columns, some=numbers is not None)
        with transaction.atomic(using=self.using):
            self.cursor.execute(statement, {**self.params, "numbers": numbers})
        if counting:
            self.merged.counts["created"] += self.cursor.rowcount
        else:
            done = self.numbers if numbers is None else numbers
            self.merged.created |= set(done) - self.merged.refused.keys() - self.merged.pinned.keys()

    def _existing(self, numbers: list[int]) -> set[int]:
        """Return those of the records whose keys are in the table."""
        self.cursor.execute(sql.existing(self.model, self.rows), {**self.params, "numbers": numbers})
        return {n for (n,) in self.cursor.fetchall()}

    # --- records with keys ---

    def _merge_all(self, counting: bool) -> None:
        repeated = self._has_repeated_keys()
        if self.few is None and self._is_new() and not repeated and self._insert_all(counting):
            return
        if repeated:
            self._merge_repeated()
        else:
            self._merge("only", counting=counting)
        self._refuse_guarded()

    def _refuse_guarded(self) -> None:
        """Refuse what differs, in a column to be kept, from a row that came after the checks: by an earlier
        record, or by another writer. The merge has left that row alone."""
        places = [place for place, check in enumerate(self.checks) if check.guards]
        if not self.kept or not places or not self.count:
            return
        checks = [self.checks[place] for place in places]
        conditions = [check.condition for check in checks]
        self.cursor.execute(sql.find_refusals(self.model, self.rows, self.columns, conditions), self.params)
        found = {
            n: sum(1 << place for at, place in enumerate(places) if bits >> at & 1)
            for n, bits in self.cursor.fetchall()
        }
        self.merged.refused.update(found)
        self._drop(found)

    def _has_repeated_keys(self) -> bool:
        if self.count == 1:
            return False
        self.cursor.execute(sql.has_repeated_keys(self.model, self.rows), self.params)
        return bool(self.cursor.fetchone()[0])

    def _is_new(self) -> bool:
        """Tell whether none of the staged keys exists."""
        self.cursor.execute(sql.prepare_merge(self.model))
        return not self.cursor.fetchone()[0]

    def _insert_all(self, counting: bool) -> bool:
        """Insert what is staged; tell whether the database took all of it."""
        try:
            self._insert(None, counting)
        except (IntegrityError, DataError):
            return False  # the merge will tell which record it was
        return True

    def _merge_repeated(self) -> None:
        """Merge records some of which share a key, with the answers and the outcome of one after the other:
        the first of each key meets the table, each later one the record before it, the last one stays."""
        self._merge("first")
        created, updated = set(self.merged.created), set(self.merged.updated)
        self._refuse_guarded()
        statement = sql.compare_repeated(self.model, self.rows, self.columns, self.kept)
        self.cursor.execute(statement, self.params)
        later = dict(self.cursor.fetchall())
        # Merged in halves, some of these were the first of their half.
        updated = updated - later.keys() | {n for n, differs in later.items() if differs}
        self._merge("last")
        self.merged.created, self.merged.updated = created, updated - self.merged.pinned.keys()

    def _merge(self, which: str, numbers: list[int] | None = None, *, counting: bool = False) -> None:
        """Merge these records, or all that are left. A key that another has just inserted is met when it is
        tried again; what else the database refuses is pinned to its record by trying again in halves."""
        for _ in range(_TRIES_OF_KEYS):
            try:
                with transaction.atomic(using=self.using):
                    found = self._merge_once(which, numbers, counting)
                self._note(found, counting)
                return
            except (IntegrityError, DataError) as error:
                failure = error
            if not is_key_taken(failure):
                break
        if numbers is None:
            self.cursor.execute(sql.in_key_order(self.model, self.rows), self.params)
            numbers = [n for (n,) in self.cursor.fetchall()]
        if len(numbers) == 1:
            self._pin(numbers[0], failure)
        else:
            for half in _halves(numbers):
                self._merge(which, half, counting=counting)

    def _merge_once(self, which: str, numbers: list[int] | None, counting: bool) -> list[tuple[int, str]]:
        """Merge once; return n and INSERT or UPDATE of each record that was written.

        Rows are locked and inserted in the order of their keys, whatever order they came in, so that
        writers of the same rows wait for each other instead of ending in a deadlock. A load needs none
        of it: loads of a table take turns.
        """
        some = numbers is not None
        params = {**self.params, "numbers": numbers}
        inserted: list[tuple[int, str]] = []
        if self.count > 1 and not self.is_load:
            inserted = self._insert_missing(params, some=some) if self.mode is Mode.UPSERT else []
            if len(inserted) == (len(numbers) if numbers is not None else self.count):
                return inserted
            lock = sql.lock_changing(self.model, self.rows, self.columns, some=some, kept=self.kept)
            if lock:
                self.cursor.execute(lock, params)
        statement = sql.merge(
            self.model,
            self.rows,
            self.columns,
            which=which,
            insert=self.mode is not Mode.REPLACE,
            update=self.mode is not Mode.CREATE,
            some=some,
            kept=self.kept,
        )
        self.cursor.execute(sql.counted(statement) if counting else statement, params)
        merged: list[tuple[int, str]] = self.cursor.fetchall()
        return inserted + merged

    def _insert_missing(self, params: Mapping[str, Any], *, some: bool) -> list[tuple[int, str]]:
        """Insert the first record of each key that is not in the table; return them as a merge does."""
        self.cursor.execute(sql.missing(self.model, self.rows, some=some), params)
        new = [n for (n,) in self.cursor.fetchall()]
        if new:
            statement = sql.insert(self.model, self.rows, self.columns, some=True)
            self.cursor.execute(statement, {**params, "numbers": new})
        return [(n, "INSERT") for n in new]

    def _note(self, found: list[tuple[int, str]], counting: bool) -> None:
        """Keep what a merge did."""
        for which, action in found:
            if counting:
                self.merged.counts["created" if action == "INSERT" else "updated"] += which
            else:
                (self.merged.created if action == "INSERT" else self.merged.updated).add(which)

    def _pin(self, n: int, error: Exception) -> None:
        """Pin what the database has refused to its record."""
        self.merged.pinned[n] = self._pinned(n, error)
        self._drop([n])

    def _pinned(self, n: int, error: Exception) -> Problem:
        """Return the problem of record ``n`` that the database itself has refused."""
        self.cursor.execute(sql.key_of(self.model, self.rows), {**self.params, "n": n})
        key = dict(zip(self.model.key, self.cursor.fetchone(), strict=True))
        diagnosis = getattr(error.__cause__, "diag", None)
        for check in self.checks:
            if check.name and check.name == getattr(diagnosis, "constraint_name", None):
                return check.problems(key)[0]
        state = getattr(diagnosis, "sqlstate", None)
        if state == "23505":
            return Problem(None, problems.already_exists(self.model, key), 409)
        return Problem(None, f"The database refused the record (SQLSTATE {state}).")


def _halves(numbers: list[int]) -> tuple[list[int], list[int]]:
    middle = len(numbers) // 2
    return numbers[:middle], numbers[middle:]


def _as_json(columns: Sequence[Column], records: dict[int, Values]) -> str:
    names = ["n", *(column.db for column in columns)]
    rows = [dict(zip(names, (n, *values), strict=True)) for n, values in records.items()]
    return msgspec.json.Encoder(decimal_format="number").encode(rows).decode()
