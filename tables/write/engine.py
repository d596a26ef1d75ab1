"""The upsert engine: the only way in which records become rows, for REST, the admin and the shell.

Valid records (``tables.write.records``) are staged (``staging``). One statement checks them against parents
and rules (``refusing``), and another merges them (``merging``). File loads do the same segment by segment.
Every record gets a result: created, updated, unchanged or refused. Each call is one transaction. A dry run is
the same call, rolled back.
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
    """The result of each record, by its index. Records in none of the three are unchanged."""

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    refused: dict[int, list[Problem]] = field(default_factory=dict)
    # Keys that the server assigned (the value of the assigned column), by the record's index.
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
    ``tables.write.records`` returns them, in ascending order of the index. With ``columns``
    (the key's first), they have only these, and other columns stay unchanged. Records with the same key
    behave as if written one after the other. Records that a parent, a rule or the database refuses are in
    ``WriteOutcome.refused``. Raises NoDatabaseChosen, and OperationalError if the database is not available.
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
    """Return the results of the records, whose ``values`` start with the key."""

    def key(n: int) -> dict[str, Value]:
        known = dict(zip(model.key, values[n], strict=False))
        if model.assigned and n in merged.assigned:
            known[model.assigned] = merged.assigned[n]
        return known

    refused = {n: explain(merged.checks, bits, key(n)) for n, bits in merged.refused.items()}
    refused.update({n: [problem] for n, problem in merged.pinned.items()})
    if mode is Mode.CREATE:
        # Another writer has created the key since it was checked.
        for n in values.keys() - merged.created - refused.keys():
            refused[n] = [Problem(None, problems.already_exists(model, key(n)), 409)]
    assigned = {n: given for n, given in merged.assigned.items() if n not in refused}
    return WriteOutcome(merged.created, merged.updated, refused, assigned)
