"""The upsert engine: the one way in which records become rows, for REST, files and the shell alike.

Records that were read well (``tables.records``) are staged, checked against parents and rules by
one statement, and merged by one more. Every record is answered: created, updated, unchanged or
refused. One call is one transaction; a dry run is the same call, rolled back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, OperationalError, connections, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from tables import problems, sql
from tables.acting import acting_user
from tables.columns import parents, rules
from tables.models import Table
from tables.problems import Problem
from tables.records import Values, writable
from vbaadmin import databases

# Up to so many records go as one JSON parameter: cheaper than a staging table with its catalog rows.
FEW = 100
_TRIES = 3


class Mode(Enum):
    """Which keys a call may write."""

    UPSERT = "create what is new, replace what exists"
    CREATE = "create only; an existing key is refused (409)"
    REPLACE = "replace only; an unknown key is refused (404)"


@dataclass
class Outcome:
    """What became of each record, by its index."""

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    unchanged: set[int] = field(default_factory=set)
    refused: dict[int, list[Problem]] = field(default_factory=dict)


def write(
    model: type[Table],
    records: Sequence[tuple[int, Values]],
    *,
    mode: Mode = Mode.UPSERT,
    dry_run: bool = False,
) -> Outcome:
    """Write records into the chosen target database, in one transaction, stamped with the acting user.

    ``records`` are pairs of an index and the values in the order of ``records.writable(model)``,
    as ``tables.records`` returns them, in ascending order of the index. The same key twice: as if
    they were written one after the other. Records that a parent, a rule or the database refuses are
    in ``Outcome.refused``; the others are stored. Raises NoDatabaseChosen, OperationalError.
    """
    using = databases.chosen()
    nested = connections[using].in_atomic_block
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic(using=using):
                outcome = _Writing(model, records, mode, using).run() if records else Outcome()
                if dry_run:
                    transaction.set_rollback(True, using=using)
                return outcome
        except OperationalError as error:
            # Two inputs that lock the same rows in different orders: the later one simply starts again.
            again = isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
            if nested or not again or attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


class _Writing:
    """One call of ``write``: its records on the way into the table."""

    def __init__(
        self, model: type[Table], records: Sequence[tuple[int, Values]], mode: Mode, using: str
    ) -> None:
        self.model, self.mode, self.using = model, mode, using
        self.columns = writable(model)
        self.records = dict(records)
        self.outcome = Outcome()
        self.staged = len(self.records) > FEW
        self.rows = sql.STAGING if self.staged else sql.json_rows(self.columns)
        self.rows = f"(SELECT * FROM {self.rows})"
        self.params: dict[str, Any] = {"user": acting_user()}
        # A key that exists must be found (true), must not be (false), or does not matter (null).
        self.params["wants"] = {Mode.UPSERT: None, Mode.CREATE: False, Mode.REPLACE: True}[mode]

    def run(self) -> Outcome:
        with connections[self.using].cursor() as self.cursor:
            self._stage()
            self._refuse()
            if self.records:
                self._merge_all()
        written = self.outcome.created | self.outcome.updated
        self.outcome.unchanged = self.records.keys() - written
        return self.outcome

    # --- staging ---

    def _stage(self) -> None:
        if not self.staged:
            self.params["records"] = _as_json(self.columns, self.records.items())
            return
        self.cursor.execute(sql.create_staging(self.columns))
        with self.cursor.cursor.copy(sql.copy_to_staging(self.columns)) as copy:
            for n, values in self.records.items():
                copy.write_row((n, *values))
        self.cursor.execute(sql.analyze_staging(self.model))

    def _drop(self, refused: Iterable[int]) -> None:
        """Take refused records out of what is still to be written."""
        gone = list(refused)
        for n in gone:
            del self.records[n]
        if self.staged:
            self.cursor.execute(sql.drop_from_staging(), {"refused": gone})
        else:
            self.params["records"] = _as_json(self.columns, self.records.items())

    # --- checks ---

    def _refuse(self) -> None:
        statement = sql.find_refusals(self.model, self.rows, connections[self.using])
        self.cursor.execute(statement, self.params)
        refused = {n: self._refusals(n, failed, exists) for n, failed, exists in self.cursor.fetchall()}
        if refused:
            self.outcome.refused.update(refused)
            self._drop(refused)

    def _refusals(self, n: int, failed: list[bool], exists: bool | None) -> list[Problem]:
        found = [problem for broken, problem in zip(failed, self._checks(n), strict=True) if broken]
        if exists is True and self.mode is Mode.CREATE:
            found.append(Problem(None, problems.already_exists(self.model, self._key(n)), 409))
        if exists is False and self.mode is Mode.REPLACE:
            found.append(Problem(None, problems.not_found(self.model, self._key(n)), 404))
        return found

    def _checks(self, n: int) -> list[Problem]:
        key = self._key(n)
        unknown = [
            Problem(
                self._parent_column(parent.columns),
                problems.not_found(parent.parent_model(self.model), key),
                404,
            )
            for parent in parents(self.model)
        ]
        return unknown + [Problem(rule.column, rule.message) for rule in rules(self.model)]

    def _parent_column(self, names: Sequence[str]) -> str:
        return next(column.api for column in self.columns if column.db == names[-1])

    def _key(self, n: int) -> dict[str, Any]:
        return {column.db: value for column, value in zip(self.columns, self.records[n], strict=True)}

    # --- merging ---

    def _merge_all(self) -> None:
        low, high = min(self.records), max(self.records)
        if not self._has_repeated_keys():
            self._merge("only", low, high)
            return
        self._merge("first", low, high)
        self.cursor.execute(sql.compare_repeated(self.model, self.rows, self.columns), self.params)
        differing = {n: differs for n, differs in self.cursor.fetchall() if n in self.records}
        before = (set(self.outcome.created), set(self.outcome.updated))
        self._merge("last", low, high)
        # The later records' answers say how they differ from the record before them, not what the merge did.
        self.outcome.created, self.outcome.updated = before
        self.outcome.updated |= {n for n, differs in differing.items() if differs and n in self.records}

    def _has_repeated_keys(self) -> bool:
        if len(self.records) == 1:
            return False
        self.cursor.execute(sql.has_repeated_keys(self.model, self.rows), self.params)
        return bool(self.cursor.fetchone()[0])

    def _merge(self, which: str, low: int, high: int, *, first_try: bool = True) -> None:
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
        )
        try:
            with transaction.atomic(using=self.using):
                self.cursor.execute(statement, {**self.params, "low": low, "high": high})
                for n, action in self.cursor.fetchall():
                    (self.outcome.created if action == "INSERT" else self.outcome.updated).add(n)
            return
        except (IntegrityError, DataError) as error:
            failure = error
        present = [n for n in self.records if low <= n <= high]
        if first_try:
            self._merge(which, low, high, first_try=False)
        elif len(present) == 1:
            self.outcome.refused[present[0]] = [self._pinned(present[0], failure)]
            self._drop(present)
        else:
            middle = present[(len(present) - 1) // 2]
            self._merge(which, low, middle, first_try=False)
            self._merge(which, middle + 1, high, first_try=False)

    def _pinned(self, n: int, error: Exception) -> Problem:
        diagnosis = getattr(error.__cause__, "diag", None)
        name, state = getattr(diagnosis, "constraint_name", None), getattr(diagnosis, "sqlstate", None)
        named = [each.name for each in (*parents(self.model), *rules(self.model))]
        if name in named:
            return self._checks(n)[named.index(name)]
        if state == "23505":
            return Problem(None, problems.already_exists(self.model, self._key(n)), 409)
        return Problem(None, f"The database refused the record (SQLSTATE {state}).")


def _as_json(columns: Sequence[Any], records: Iterable[tuple[int, Values]]) -> str:
    names = [column.db for column in columns]
    rows = [{"n": n, **dict(zip(names, values, strict=True))} for n, values in records]
    return msgspec.json.Encoder(decimal_format="number").encode(rows).decode()
