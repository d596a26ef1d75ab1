"""The upsert engine: the one way in which records become rows, for REST, the back office and the shell.

Records that were read well (``tables.write.records``) are staged (``staging``), checked against parents and
rules by one statement (``refusing``), and merged by one more (``merging``); file loads do the same segment by
segment. Every record is answered: created, updated, unchanged or refused. One call is one transaction; a dry
run is the same call, rolled back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tables.context import databases
from tables.schema import problems
from tables.schema.column import Column, Value
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.write.checks import Mode, explain
from tables.write.merge_state import MergeResult
from tables.write.merging import merge
from tables.write.owners import hold_owners
from tables.write.records import Records, Values, writable
from tables.write.retrying import tried_again
from tables.write.staging import staged

__all__ = ["Mode", "WriteOutcome", "write"]


@dataclass
class WriteOutcome:
    """What became of each record, by its index. Those in none of the three were unchanged."""

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    refused: dict[int, list[Problem]] = field(default_factory=dict)
    # Keys that the server has given (the value of the assigned column), by the record's index.
    assigned: dict[int, Value] = field(default_factory=dict)


def write(
    model: type[Table],
    records: Records | Sequence[tuple[int, Values]],
    *,
    columns: Sequence[Column] | None = None,
    mode: Mode = Mode.UPSERT,
    dry_run: bool = False,
) -> WriteOutcome:
    """Write records into the chosen target database, in one transaction, stamped with the acting user.

    ``records`` are pairs of an index and the values in the order of ``records.writable(model)``, as
    ``tables.write.records`` returns them, in ascending order of the index. With ``columns``, the key's first,
    they hold these alone, and the others are left as they are. The same key twice: as if they
    were written one after the other. Records that a parent, a rule or the database refuses are in
    ``WriteOutcome.refused``; of the others, those that are not created or updated were unchanged.
    Raises NoDatabaseChosen, and OperationalError when the database is away.
    """
    using = databases.chosen()

    def once() -> WriteOutcome:
        with transaction.atomic(using=using):
            with staged(model, columns or writable(model), records) as there:
                hold_owners(there)
                merged = merge(there, mode)
            if dry_run:
                transaction.set_rollback(True, using=using)
            return _outcome(model, dict(records), mode, merged)

    return tried_again(once, using=using)


def _outcome(
    model: type[Table], values: Mapping[int, Values], mode: Mode, merged: MergeResult
) -> WriteOutcome:
    """Return the answers to the records, whose ``values`` begin with the key."""

    def key(n: int) -> dict[str, Value]:
        known = dict(zip(model.key, values[n], strict=False))
        if model.assigned and n in merged.assigned:
            known[model.assigned] = merged.assigned[n]
        return known

    refused = {n: explain(merged.checks, bits, key(n)) for n, bits in merged.refused.items()}
    refused.update({n: [problem] for n, problem in merged.pinned.items()})
    if mode is Mode.CREATE:
        # Another has created the key since it was checked.
        for n in values.keys() - merged.created - refused.keys():
            refused[n] = [Problem(None, problems.already_exists(model, key(n)), 409)]
    assigned = {n: given for n, given in merged.assigned.items() if n not in refused}
    return WriteOutcome(merged.created, merged.updated, refused, assigned)
