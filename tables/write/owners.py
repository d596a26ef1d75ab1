"""Owners: a writer first locks the rows that own the rows it writes or deletes, in the order of the keys.

A process that calculates changes to an owner's rows locks the owner too. So others write a row either before
the process reads it, or after the process has ended. File loads need only the lock of their table, for which
processes wait (``tables.write.sql.locks.wait_for_other_loads``).

Lock the owner first, and then read what decides about a row in a new statement. A statement that waited for
the lock still sees the old state.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import router, transaction
from django.db.models import QuerySet

from tables.schema.models import Table
from tables.write.sql import locks
from tables.write.staging import Staged


def owner_of(model: type[Table]) -> type[Table] | None:
    """Return the table whose rows own those of ``model``, or None."""
    owner: type[Table] | None = model._meta.apps.get_model(model.owner) if model.owner else None
    return owner


def owner_column(model: type[Table]) -> str:
    """Return the column that names the owner of a row. It has the same name as the owner's key."""
    owner = owner_of(model)
    assert owner is not None  # noqa: S101 - only called for tables with an owner
    return str(owner._meta.pk.column)


def hold_owners(staged: Staged) -> None:
    """Lock the owners of staged records until the transaction ends."""
    model, rows = staged.model, staged.rows
    owner = owner_of(model)
    if owner is None:
        return
    if _never_changes(model):
        staged.execute(locks.hold(owner, locks.named(owner, rows)))
        return
    keys = locks.stored(model, owner, rows)
    if owner_column(model) in {column.db for column in staged.columns}:
        keys = f"{locks.named(owner, rows)} UNION {keys}"

    def hold() -> object:
        return staged.execute(locks.hold(owner, keys, which=True)).fetchone()

    _until_the_same(hold)


def hold_owners_of(rows: "QuerySet[Table, Any]", *, named: Iterable[object] = ()) -> None:
    """Lock the owners of stored rows, and the new owners in ``named``, until the transaction ends."""
    model: type[Table] = rows.model
    owner = owner_of(model)
    if owner is None:
        return
    given = {key for key in named if isinstance(key, str) and "\0" not in key}
    owners = owner._default_manager.using(rows.db).order_by("pk")
    column = owner_column(model)

    def hold() -> set[str]:
        keys = given | set(rows.order_by().values_list(column, flat=True))
        list(owners.filter(pk__in=keys).select_for_update(no_key=True).values_list("pk"))
        return keys

    if _never_changes(model):
        hold()
    else:
        _until_the_same(hold)


@contextmanager
def holding_owner(record: Table, using: str | None = None) -> Iterator[None]:
    """Write or delete a record in the block, inside a transaction and with its owner locked."""
    model = type(record)
    if owner_of(model) is None:
        yield
        return
    using = using or router.db_for_write(model, instance=record)
    with transaction.atomic(using=using):
        stored = model._default_manager.using(using).filter(pk=record.pk)
        hold_owners_of(stored, named=[getattr(record, owner_column(model))])
        yield


def _never_changes(model: type[Table]) -> bool:
    """Return whether a row always keeps its owner, because keys do not change."""
    return owner_column(model) in model.key


def _until_the_same(hold: Callable[[], object]) -> None:
    """Lock again until the owners stay the same: a row may have moved to another owner during the wait."""
    before = hold()
    while (now := hold()) != before:
        before = now
