"""The admin form of a mirrored table, with the same checks as REST and files."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections, router

from tables.admin.django_private import RecordForm
from tables.admin.labels import labels_of, with_labels
from tables.admin.merging import Merged, merge, what_is_shown
from tables.schema import problems
from tables.schema.column import masked
from tables.schema.columns import parents, rules
from tables.schema.models import Table
from tables.write.assigning import column_without_numbers
from tables.write.overlaps import overlaps


class TableForm(RecordForm):
    """The form of a mirrored table. It checks columns, then key, parents and rules.

    It skips Django's model validation on purpose, which would refuse values that the published API accepts.
    """

    instance: Table
    merged: Merged | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and not self.instance._state.adding:
            self.merged = merge(self)

    @property
    def loaded(self) -> str:
        """The values that the page shows. The form sends them back (see ``tables.admin.merging``)."""
        return what_is_shown(self)

    def clean(self) -> None:
        """Keep what someone else changed, what is masked, and what the user did not change."""
        for name, text in self.merged.conflicts.items() if self.merged else ():
            self.add_error(name, text)
        if self.instance._state.adding:
            return
        for name, each in self.fields.items():
            given = self.data.get(self.add_prefix(name), "")
            if getattr(each, "masked", False) and given not in ("", masked(self.initial.get(name))):
                self.add_error(name, "This field has a hidden value. Show it first, then change it.")
        for name in self.cleaned_data.keys() - set(self.changed_data):
            self.cleaned_data[name] = self.initial[name]

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error, with labels in place of API names."""
        labels = labels_of(type(self.instance))
        found = error if isinstance(error, ValidationError) else ValidationError(error)
        named = found.message_dict if hasattr(found, "error_dict") else {field: found.messages}
        for name, texts in named.items():
            super().add_error(name, ValidationError([with_labels(text, labels) for text in texts]))

    def check_record(self) -> None:
        if self.instance._state.adding:
            self._check_key()
            self._check_parents()
        self._check_rules()

    def _check_key(self) -> None:
        """Check that a new record's key is free."""
        model = type(self.instance)
        key = {name: self.cleaned_data.get(name) for name in model.key}
        if (
            not any(value in (None, "") for value in key.values())
            and model._default_manager.filter(**key).exists()
        ):
            self.add_error(model.key[-1], problems.already_exists(model, key))
        if self.errors.keys() & set(model.key):
            return
        with connections[router.db_for_write(model)].cursor() as cursor:
            if column := column_without_numbers(self.instance, cursor):
                self.add_error(column.db, problems.no_number_left(column))

    def _check_parents(self) -> None:
        """Check that a new record's parents exist."""
        model = type(self.instance)
        for parent in parents(model):
            if set(parent.columns) & self.errors.keys():
                continue
            try:
                parent.validate(model, self.instance, using=router.db_for_write(model))
            except ValidationError as error:
                self.add_error(parent.columns[-1], error)

    def _check_rules(self) -> None:
        """Check the rules about the columns of the record."""
        model = type(self.instance)
        unread = set(self.errors)
        for rule in (*rules(model), *(overlaps(model) if not unread else ())):
            try:
                rule.validate(model, self.instance, exclude=unread, using=router.db_for_write(model))
            except ValidationError as error:
                self.add_error(None, error)
