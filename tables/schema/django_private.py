"""What the tables use of Django that it does not document, each in one place.

tests/unit/test_django_private.py fails where a newer Django moves or changes any of it.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CheckConstraint, Model, QuerySet


def check_condition(
    constraint: CheckConstraint, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
) -> str:
    """Return the condition of a check constraint as SQL over bare column names, with its values in place."""
    return str(constraint._get_check_sql(model, schema_editor))  # type: ignore[attr-defined]


def delete_at_once(rows: "QuerySet[Model]") -> int:
    """Delete rows by one statement and return how many there were.

    The public ``delete`` would first read all of every row. This one sends no signals and follows no
    relations.
    """
    return int(rows._raw_delete(rows.db))


def transaction_place(connection: BaseDatabaseWrapper) -> tuple[object, ...]:
    """Return what stands for the open transaction and its open savepoints, outermost first; empty outside
    of a transaction. Two calls are in the same transaction if the first items are equal."""
    if not connection.in_atomic_block:
        return ()
    return (connection.atomic_blocks[0], *connection.savepoint_ids)
