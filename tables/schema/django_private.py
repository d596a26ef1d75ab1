"""Undocumented parts of Django that the tables use, collected here.

tests/unit/test_django_private.py fails if a newer Django moves or changes any of them.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CheckConstraint, Model, QuerySet


def check_condition(
    constraint: CheckConstraint, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
) -> str:
    """Return the condition of a check constraint as SQL, with plain column names and with its values."""
    return str(constraint._get_check_sql(model, schema_editor))  # type: ignore[attr-defined]


def delete_at_once(rows: "QuerySet[Model]") -> int:
    """Delete rows in one statement, and return their number.

    The public ``delete`` would first read every row in full. This one sends no signals and follows no
    relations.
    """
    return int(rows._raw_delete(rows.db))


def transaction_place(connection: BaseDatabaseWrapper) -> tuple[object, ...]:
    """Return markers of the open transaction and its open savepoints, outermost first, or nothing outside of
    a transaction. Two calls are in the same transaction if their first markers are equal."""
    if not connection.in_atomic_block:
        return ()
    return (connection.atomic_blocks[0], *connection.savepoint_ids)
