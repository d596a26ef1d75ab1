"""The upsert engine: the one way in which records become rows, for REST, files and the shell alike.

Records that were read well (``tables.records``) are staged, checked against parents and rules by
one statement, and merged by one more. Every record is answered: created, updated, unchanged or
refused. One call is one transaction; a dry run is the same call, rolled back.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, OperationalError, connections, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from tables import problems, sql, sql_assigning, sql_overlaps
from tables.acting import acting_user
from tables.assigning import assign, assigned_column
from tables.checks import Check, Mode, checks_for
from tables.columns import Column
from tables.models import Table
from tables.overlaps import NoOverlap, overlaps, refused_spans
from tables.owners import hold_owners
from tables.problems import Problem
from tables.records import Records, Values, writable
from vbaadmin import databases

__all__ = ["Mode", "Outcome", "Writing", "write"]

# Up to so many records go as one JSON parameter: cheaper than a staging table with its catalog rows.
FEW = 100
_TRIES = 3


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
    ``tables.records`` returns them, in ascending order of the index. With ``columns``, the key's first,
    they hold these alone, and the others are left as they are. The same key twice: as if they
    were written one after the other. Records that a parent, a rule or the database refuses are in
    ``Outcome.refused``; of the others, those that are not created or updated were unchanged.
    Raises NoDatabaseChosen, and OperationalError when the database is away.
    """
    using = databases.chosen()
    nested = connections[using].in_atomic_block
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic(using=using):
                outcome = _write(model, records, columns or writable(model), mode)
                if dry_run:
                    transaction.set_rollback(True, using=using)
                return outcome
        except OperationalError as error:
            # Two inputs that lock the same rows in different orders: the later one simply starts again.
            again = isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
            if nested or not again or attempt == _TRIES:
                raise
    raise RuntimeError("unreachable")


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
    return Outcome(merged.created, merged.updated, refused, writing.assigned)


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
        self.params: dict[str, Any] = {"user": acting_user()}
        self.rows, self.merged = "", Merged()
        self.few: dict[int, Values] | None = None
        self.assigned: dict[int, Any] = {}

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
        self.low, self.high = (numbers[0], numbers[-1]) if numbers else (0, 0)

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

    def _drop(self, refused: Iterable[int]) -> None:
        """Take refused records out of what is still to be written."""
        gone = list(refused)
        self.count -= len(gone)
        if self.few is None:
            self.cursor.execute(sql.drop_from_staging(), {"refused": gone})
            return
        for n in gone:
            del self.few[n]
        self.params["records"] = _as_json(self.columns, self.few)

    # --- checks and merge ---

    def merge(self, *, counting: bool = False) -> Merged:
        """Check what is staged and merge what is right; tell which records were created and updated,
        or with ``counting`` how many."""
        if self.count:
            self._assign()
            self._refuse()
        if not self.count:
            return self.merged
        inserted = self._merge_all(counting)
        if overlaps(self.model):
            self.cursor.execute(sql_overlaps.say_checked(checked=False))
        if inserted:
            return self.merged
        self.merged.counts["created"] += len(self.merged.created)
        self.merged.counts["updated"] += len(self.merged.updated)
        return self.merged

    def _merge_all(self, counting: bool) -> bool:
        """Merge what is right; tell whether all of it was new, so that it could be inserted and counted."""
        repeated = self._has_repeated_keys()
        if self.few is None and self._is_new() and not repeated and self._insert_all(counting):
            return True
        if repeated:
            self._merge_repeated()
        else:
            self._merge("only", self.low, self.high, counting=counting)
        return False

    def _assign(self) -> None:
        """Give keys to the records that bring none."""
        found = assign(self.model, self.rows, self.cursor, self.params)
        column = assigned_column(self.model)
        if not found or column is None:
            return
        self.assigned.update(found)
        if self.few is None:
            params = {"numbers": list(found), "keys": list(found.values())}
            self.cursor.execute(sql_assigning.fill(column, sql.STAGING), params)
            return
        place = self.columns.index(column)
        for n, key in found.items():
            self.few[n] = (*self.few[n][:place], key, *self.few[n][place + 1 :])
        self.params["records"] = _as_json(self.columns, self.few)

    def _is_new(self) -> bool:
        """Tell whether none of the staged keys exists."""
        self.cursor.execute(sql.prepare_merge(self.model))
        return not self.cursor.fetchone()[0]

    def _insert_all(self, counting: bool) -> bool:
        """Insert what is staged; tell whether the database took all of it."""
        try:
            with transaction.atomic(using=self.using):
                self.cursor.execute(sql.insert_all(self.model, self.columns), self.params)
        except (IntegrityError, DataError):
            return False  # the merge will tell which record it was
        if counting:
            self.merged.counts["created"] += self.cursor.rowcount
        else:
            self.merged.created = set(self.numbers) - self.merged.refused.keys()
        return True

    def _refuse(self) -> None:
        if not self.checks:
            return
        self.cursor.execute(sql.find_refusals(self.model, self.rows, self.columns, self.checks), self.params)
        self.merged.refused.update(self.cursor.fetchall())
        if self.merged.refused:
            self._drop(self.merged.refused)
        for rule in overlaps(self.model) if self.count else ():
            self._refuse_overlaps(rule)

    def _refuse_overlaps(self, rule: NoOverlap) -> None:
        names = [column.db for column in self.columns]
        found = refused_spans(self.model, rule, self.rows, names, self.cursor, self.params)
        self.cursor.execute(sql_overlaps.say_checked(checked=True))
        if found:
            place = next(place for place, check in enumerate(self.checks) if check.name == rule.name)
            self.merged.refused.update(dict.fromkeys(found, 1 << place))
            self._drop(found)

    def _has_repeated_keys(self) -> bool:
        if self.count == 1:
            return False
        self.cursor.execute(sql.has_repeated_keys(self.model, self.rows), self.params)
        return bool(self.cursor.fetchone()[0])

    def _merge_repeated(self) -> None:
        """Merge records some of which share a key, with the answers and the outcome of one after the other:
        the first of each key meets the table, each later one the record before it, the last one stays."""
        self._merge("first", self.low, self.high)
        created, updated = set(self.merged.created), set(self.merged.updated)
        self.cursor.execute(sql.compare_repeated(self.model, self.rows, self.columns), self.params)
        later = dict(self.cursor.fetchall())
        # Merged in halves, some of these were the first of their half.
        updated = updated - later.keys() | {n for n, differs in later.items() if differs}
        self._merge("last", self.low, self.high)
        self.merged.created, self.merged.updated = created, updated - self.merged.pinned.keys()

    def _merge(
        self, which: str, low: int, high: int, *, counting: bool = False, first_try: bool = True
    ) -> None:
        """Merge the records from ``low`` to ``high``; what the database refuses is pinned to its record
        by trying again in halves. A first failure may be another's insert of the same key, which a
        second try sees."""
        statement = sql.merge(
            self.model,
            self.rows,
            self.columns,
            which=which,
            insert=self.mode is not Mode.REPLACE,
            update=self.mode is not Mode.CREATE,
            between=not first_try,
        )
        try:
            with transaction.atomic(using=self.using):
                self._note(statement, {**self.params, "low": low, "high": high}, counting)
            return
        except (IntegrityError, DataError) as error:
            failure = error
        if first_try:
            self._merge(which, low, high, counting=counting, first_try=False)
        elif low == high:
            self.merged.pinned[low] = self._pinned(low, failure)
            self._drop([low])
        else:
            middle = (low + high) // 2
            self._merge(which, low, middle, counting=counting, first_try=False)
            self._merge(which, middle + 1, high, counting=counting, first_try=False)

    def _note(self, statement: str, params: dict[str, Any], counting: bool) -> None:
        """Run a merge and keep what it did."""
        self.cursor.execute(sql.counted(statement) if counting else statement, params)
        for which, action in self.cursor.fetchall():
            if counting:
                self.merged.counts["created" if action == "INSERT" else "updated"] += which
            else:
                (self.merged.created if action == "INSERT" else self.merged.updated).add(which)

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


def _as_json(columns: Sequence[Column], records: dict[int, Values]) -> str:
    names = ["n", *(column.db for column in columns)]
    rows = [dict(zip(names, (n, *values), strict=True)) for n, values in records.items()]
    return msgspec.json.Encoder(decimal_format="number").encode(rows).decode()
