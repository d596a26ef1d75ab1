"""The upsert engine: the one way in which records become rows, for REST, files and the shell alike.

Records that were read well (``tables.records``) are staged, checked against parents and rules by
one statement, and merged by one more. Every record is answered: created, updated, unchanged or
refused. One call is one transaction; a dry run is the same call, rolled back.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, OperationalError, connections, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from tables import problems, sql
from tables.acting import acting_user
from tables.checks import Mode, checks_for
from tables.columns import Column
from tables.models import Table
from tables.problems import Problem
from tables.records import Values, writable
from vbaadmin import databases

__all__ = ["Mode", "Outcome", "Writing", "write"]

# Up to so many records go as one JSON parameter: cheaper than a staging table with its catalog rows.
FEW = 100
_TRIES = 3


@dataclass
class Outcome:
    """What became of each record, by its index."""

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    refused: dict[int, list[Problem]] = field(default_factory=dict)


def write(
    model: type[Table],
    records: Sequence[tuple[int, Values]],
    *,
    mode: Mode = Mode.UPSERT,
    dry_run: bool = False,
) -> Outcome:
    """Write records into the chosen target database, in one transaction, stamped with the acting user.

    ``records`` are pairs of an index and the values in the order of ``records.writable(model)``, as
    ``tables.records`` returns them, in ascending order of the index. The same key twice: as if they
    were written one after the other. Records that a parent, a rule or the database refuses are in
    ``Outcome.refused``; of the others, those that are not created or updated were unchanged.
    Raises NoDatabaseChosen, and OperationalError when the database is away.
    """
    using = databases.chosen()
    nested = connections[using].in_atomic_block
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic(using=using):
                outcome = Outcome()
                if records:
                    writing = Writing(model, writable(model), mode=mode)
                    with writing.staged(records):
                        outcome = writing.merge()
                if dry_run:
                    transaction.set_rollback(True, using=using)
                return outcome
        except OperationalError as error:
            # Two inputs that lock the same rows in different orders: the later one simply starts again.
            again = isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
            if nested or not again or attempt == _TRIES:
                raise
    raise RuntimeError("unreachable")


class Writing:
    """Records of the same columns on their way into a table, inside the caller's transaction."""

    def __init__(self, model: type[Table], columns: Sequence[Column], *, mode: Mode = Mode.UPSERT) -> None:
        self.model, self.columns, self.mode = model, columns, mode
        self.using = databases.chosen()
        self.connection = connections[self.using]
        self.checks = checks_for(model, columns, mode, self.connection)
        self.params: dict[str, Any] = {"user": acting_user()}
        self.outcome = Outcome()
        self.rows = ""
        self.few: dict[int, Values] | None = None

    # --- staging ---

    @contextmanager
    def staged(self, records: Sequence[tuple[int, Values]]) -> Iterator[None]:
        """Stage records for ``merge``: a few as a parameter, more by COPY."""
        self.low, self.high, self.count = records[0][0], records[-1][0], len(records)
        if len(records) <= FEW:
            self.few = dict(records)
            self.rows = f"(SELECT * FROM {sql.json_rows(self.columns)})"
            self.params["records"] = _as_json(self.columns, self.few)
            with self.connection.cursor() as self.cursor:
                yield
            return
        with self.copying(sql.copy_to_staging(self.columns)) as copy:
            for n, values in records:
                copy.write_row((n, *values))
        yield
        self.end()

    @contextmanager
    def copying(self, statement: str) -> Iterator[Any]:
        """Open a COPY into a new staging table; ``low``, ``high`` and ``count`` are the caller's to set."""
        self.few = None
        self.rows = sql.STAGING
        self.cursor = self.connection.cursor()
        self.cursor.execute(sql.create_staging(self.columns))
        with self.cursor.cursor.copy(statement) as copy:
            yield copy
        self.cursor.execute(sql.analyze_staging(self.model))

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

    def merge(self) -> Outcome:
        """Check what is staged and merge what is right; answer each record."""
        self._refuse()
        if not self.count:
            return self.outcome
        if self._has_repeated_keys():
            self._merge_repeated()
        else:
            self._merge("only", self.low, self.high)
        return self.outcome

    def _refuse(self) -> None:
        if not self.checks:
            return
        self.cursor.execute(sql.find_refusals(self.model, self.rows, self.columns, self.checks), self.params)
        refused = {n: self._refusals(failed, key) for n, failed, *key in self.cursor.fetchall()}
        if refused:
            self.outcome.refused.update(refused)
            self._drop(refused)

    def _refusals(self, failed: Sequence[bool], key: Sequence[Any]) -> list[Problem]:
        named = dict(zip(self.model.key, key, strict=True))
        both = zip(failed, self.checks, strict=True)
        return [problem for broken, check in both if broken for problem in check.problems(named)]

    def _has_repeated_keys(self) -> bool:
        if self.count == 1:
            return False
        self.cursor.execute(sql.has_repeated_keys(self.model, self.rows), self.params)
        return bool(self.cursor.fetchone()[0])

    def _merge_repeated(self) -> None:
        """Merge records some of which share a key, with the answers and the outcome of one after the other:
        the first of each key meets the table, each later one the record before it, the last one stays."""
        self._merge("first", self.low, self.high)
        created, updated = set(self.outcome.created), set(self.outcome.updated)
        self.cursor.execute(sql.compare_repeated(self.model, self.rows, self.columns), self.params)
        updated |= {n for n, differs in self.cursor.fetchall() if differs}
        self._merge("last", self.low, self.high)
        self.outcome.created, self.outcome.updated = created, updated - self.outcome.refused.keys()

    def _merge(self, which: str, low: int, high: int, *, first_try: bool = True) -> None:
        """Merge the records from ``low`` to ``high``; what the database refuses is pinned to its record
        by trying again in halves. A first failure may be another's insert of the same key, which a
        second try sees."""
        insert, update = self.mode is not Mode.REPLACE, self.mode is not Mode.CREATE
        statement = sql.merge(self.model, self.rows, self.columns, which=which, insert=insert, update=update)
        try:
            with transaction.atomic(using=self.using):
                self.cursor.execute(statement, {**self.params, "low": low, "high": high})
                for n, action in self.cursor.fetchall():
                    (self.outcome.created if action == "INSERT" else self.outcome.updated).add(n)
            return
        except (IntegrityError, DataError) as error:
            failure = error
        if first_try:
            self._merge(which, low, high, first_try=False)
        elif low == high:
            self.outcome.refused[low] = [self._pinned(low, failure)]
            self._drop([low])
        else:
            middle = (low + high) // 2
            self._merge(which, low, middle, first_try=False)
            self._merge(which, middle + 1, high, first_try=False)

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
    names = [column.db for column in columns]
    rows = [{"n": n, **dict(zip(names, values, strict=True))} for n, values in records.items()]
    return msgspec.json.Encoder(decimal_format="number").encode(rows).decode()
