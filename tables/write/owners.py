"""Owners: whoever writes or deletes a row first holds the row that owns it, in the order of the keys.

A process that works out what becomes of an owner's rows holds the owner as well. So a row is written either
before the process looks, and then it is seen, or when the process has ended. File loads need no more than the
lock of their table, which processes wait for (``tables.write.sql.locks.wait_for_other_loads``).

What decides about a row must be read by a statement that begins when the owner is held: one that has waited
for it still sees what was there before.
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
    """Return the table whose rows own those of ``model``, if there is one."""
    owner: type[Table] | None = model._meta.apps.get_model(model.owner) if model.owner else None
    return owner


def owner_column(model: type[Table]) -> str:
    """Return the column that names the owner of a row: it is called as the owner's own key."""
    owner = owner_of(model)
    assert owner is not None  # noqa: S101 - asked of tables with an owner alone
    return str(owner._meta.pk.column)


def hold_owners(staged: Staged) -> None:
    """Hold the owners of staged records until the transaction ends."""
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
    """Hold the owners of stored rows until the transaction ends, and those that they are to be ``named``."""
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
    """Write or delete a record in the block, inside of a transaction and with its owner held."""
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
    """Tell whether a row keeps its owner: keys do not change."""
    return owner_column(model) in model.key


def _until_the_same(hold: Callable[[], object]) -> None:
    """Hold again until the owners are the same: a row may have gone to another owner during the wait."""
    before = hold()
    while (now := hold()) != before:
        before = now
