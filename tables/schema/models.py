"""The base class of every mirrored table: sections, stamps, parents and rules, declared once in the model."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, models, router, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.backends.ddl_references import Table as TableReference
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from tables.context.actor import acting_user
from tables.schema import problems
from tables.schema.conditions import Doubt, Finding

_V = TypeVar("_V")


def is_key_taken(error: Exception) -> bool:
    """Return whether the database refused a row because another row has its key."""
    return getattr(error.__cause__, "sqlstate", None) == "23505"


class Section:
    """A heading between fields. The fields that follow it in the class body belong to it.

    Sections with the same title are one section, so an abstract class can hold columns that several tables
    share.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        # Django numbers fields in the order of the class body. A number from the same counter places the
        # section.
        self.position = models.Field.creation_counter
        models.Field.creation_counter += 1


class ParentKey(models.constraints.BaseConstraint):
    """A composite foreign key: the columns must match the parent's natural key, or its ``parent_columns`` if
    the names differ.

    Django has no composite foreign keys. This constraint creates one in the database, and ``validate`` gives
    forms the engine's error for an unknown parent.
    """

    def __init__(
        self, *, parent: str, columns: Sequence[str], name: str, parent_columns: Sequence[str] = ()
    ) -> None:
        super().__init__(name=name)
        self.parent = parent
        self.columns = tuple(columns)
        self.parent_columns = tuple(parent_columns or columns)

    def named_as_parent(self, values: Mapping[str, _V]) -> dict[str, _V]:
        """Return the parent's key from a record's values, by the parent's column names."""
        pairs = zip(self.columns, self.parent_columns, strict=True)
        return {theirs: values[ours] for ours, theirs in pairs}

    def parent_model(self, model: type[models.Model]) -> type["Table"]:
        """Return the parent's class from the app registry of ``model``."""
        return model._meta.apps.get_model(self.parent)

    def constraint_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert schema_editor is not None  # noqa: S101 - only offline SQL passes none
        quote = schema_editor.quote_name
        columns = ", ".join(quote(column) for column in self.columns)
        theirs = ", ".join(quote(column) for column in self.parent_columns)
        parent = quote(self.parent_model(model)._meta.db_table)
        return f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({columns}) REFERENCES {parent} ({theirs})"

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert schema_editor is not None  # noqa: S101 - only offline SQL passes none
        return Statement(
            "ALTER TABLE %(table)s ADD %(constraint)s",
            table=TableReference(model._meta.db_table, schema_editor.quote_name),
            constraint=self.constraint_sql(model, schema_editor),
        )

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert schema_editor is not None  # noqa: S101 - only offline SQL passes none
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=TableReference(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        values = self.named_as_parent({column: getattr(instance, column) for column in self.columns})
        parent = self.parent_model(model)
        if (
            not any(value in (None, "") for value in values.values())
            and not parent._default_manager.using(using).filter(**values).exists()
        ):
            raise ValidationError(problems.not_found(parent, values))

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"parent": self.parent, "columns": self.columns}
        if self.parent_columns != self.columns:
            kwargs["parent_columns"] = self.parent_columns
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ParentKey):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.parent, self.columns, self.parent_columns, self.name))


class Rule(models.CheckConstraint):
    """A rule about the columns of one row. One declaration makes a database constraint, a form error beside
    ``column``, and a check of the upsert engine.

    ``message`` is the whole error text. It names columns by their API names and has no values.
    """

    # A change of only these does not require the database to check its rows again.
    non_db_attrs = (*models.CheckConstraint.non_db_attrs, "column", "message")

    def __init__(self, *, column: str, condition: models.Q, message: str, name: str) -> None:
        super().__init__(condition=condition, name=name, violation_error_message=message)
        self.column = column
        self.message = message

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        try:
            super().validate(model, instance, exclude=exclude, using=using)
        except ValidationError:
            if exclude and self.column in exclude:
                raise
            raise ValidationError({self.column: self.message}) from None

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        kwargs.pop("violation_error_message", None)
        return path, args, kwargs | {"column": self.column, "message": self.message}


@dataclass(frozen=True)
class RowWriting:
    """What ``tables.write`` does when one row is saved or deleted. ``tables.apps`` sets ``Table.writing``.

    ``holding_owner`` (row, database alias or None) runs a block while the row's owner is locked. ``give_key``
    (row, cursor) assigns a key to a row without one, and returns whether it did.
    """

    holding_owner: Callable[["Table", str | None], AbstractContextManager[None]]
    give_key: Callable[["Table", CursorWrapper], bool]


class Table(models.Model):
    """A mirrored table. A concrete table names its natural ``key`` and the order of its ``tabs``.

    ``assigned`` is the key column that the server assigns if a record has no value: from the sequence of its
    database default, or by counting within the rest of the key. ``owner`` is the table whose row writers lock
    (see ``tables.write.owners``). Its key is a column of this table. A table without stamps sets the stamps
    to None.
    """

    key: ClassVar[tuple[str, ...]]
    tabs: ClassVar[tuple[str, ...]]
    assigned: ClassVar[str | None] = None
    owner: ClassVar[str | None] = None
    doubts: ClassVar[tuple[Doubt, ...]] = ()
    findings: ClassVar[tuple[Finding, ...]] = ()
    writing: ClassVar[RowWriting]

    _stamps = Section("Stamps")
    entry_date = models.DateTimeField(
        "Entry Date", editable=False, help_text="When the row was first saved (UTC)."
    )
    entry_user = models.CharField(
        "Entry User", max_length=20, null=True, editable=False, help_text="Who first saved the row."
    )
    update_date = models.DateTimeField(
        "Update Date", editable=False, help_text="When the row last changed (UTC)."
    )
    update_user = models.CharField(
        "Update User", max_length=20, null=True, editable=False, help_text="Who last changed the row."
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row, stamped with the current time and the acting user.

        A new row is only inserted and never overwrites an existing one. Raises IntegrityError if its key
        exists.
        """
        with self.writing.holding_owner(self, kwargs.get("using")):
            if type(self).entry_date is not None:
                self.update_date, self.update_user = timezone.now(), acting_user()
                if self._state.adding:
                    self.entry_date, self.entry_user = self.update_date, self.update_user
            if not self._state.adding:
                super().save(*args, **kwargs)
            elif self.assigned:
                self._save_with_key(*args, **{**kwargs, "force_insert": True})
            else:
                super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Delete the row. Raises django.db.IntegrityError if other rows belong to it."""
        with self.writing.holding_owner(self, kwargs.get("using")):
            return super().delete(*args, **kwargs)

    def _save_with_key(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row, with a key from the server if it has none."""
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        brought = getattr(self, str(self.assigned))
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            while True:
                given = self.writing.give_key(self, cursor)
                try:
                    with transaction.atomic(using=using):
                        super().save(*args, **kwargs)
                    return
                except IntegrityError as error:
                    if not given or not is_key_taken(error):
                        raise
                # Another writer has taken the key since it was chosen, so choose again.
                setattr(self, str(self.assigned), brought)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Validate the columns, but not the relations to parents. Reading the relation to an unknown parent
        would raise DoesNotExist, and ParentKey has the right error for it."""
        relations = {field.name for field in self._meta.fields if field.column is None}
        super().clean_fields(exclude={*(exclude or ()), *relations})

    def key_values(self) -> tuple[Any, ...]:
        """Return the natural key's values, in the order of ``key``."""
        return tuple(getattr(self, column) for column in self.key)
