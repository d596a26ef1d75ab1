"""What we use of Django's private parts, each in one place: tests/unit/test_django_private.py guards them."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CheckConstraint, Model, QuerySet


def check_condition(
    constraint: CheckConstraint, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
) -> str:
    """Return the condition of a check constraint as SQL over bare column names, with its values in place.

    Django has no public name for it.
    """
    return str(constraint._get_check_sql(model, schema_editor))  # type: ignore[attr-defined]


def delete_at_once(rows: "QuerySet[Model]") -> int:
    """Delete rows by one statement, without the collector, which first reads all of every row.

    Sends no signals and follows no relations. Returns how many there were.
    """
    return int(rows._raw_delete(rows.db))
