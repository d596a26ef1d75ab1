"""Forms of mirrored tables in the admin: a field per column, checked as at every other door."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import connections, router
from django.forms.models import construct_instance
from unfold.widgets import (
    UnfoldAdminNullBooleanSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from tables.admin.merging import Merged, merge, what_is_shown
from tables.schema import problems
from tables.schema.column import Column, Kind, masked
from tables.schema.columns import parents, rules
from tables.schema.models import Table
from tables.write.assigning import column_without_numbers
from tables.write.overlaps import overlaps
from tables.write.records import check_value, parse_json, parse_text

# Characters that a value of this kind needs; texts have their own length.
_WIDTHS = {Kind.INTEGER: 11, Kind.NUMBER: 16, Kind.DAY: 14, Kind.FLAG: 12, Kind.MOMENT: 32}
_LONGEST_INPUT = 60


def is_memo(column: Column) -> bool:
    """Tell whether the column is a text of any length, which gets several lines."""
    return column.kind is Kind.TEXT and column.max_length is None


def input_width(column: Column) -> int:
    """Return how many characters wide the column's input should be."""
    return _WIDTHS.get(column.kind) or min(column.max_length or _LONGEST_INPUT, _LONGEST_INPUT)


def _widget(column: Column) -> Any:
    attrs: dict[str, Any] = {}
    if column.kind is Kind.FLAG:
        return UnfoldAdminNullBooleanSelectWidget() if column.nullable else UnfoldBooleanSwitchWidget()
    if column.kind is Kind.DAY:
        return UnfoldAdminSingleDateWidget({"placeholder": "YYYY-MM-DD"})
    if is_memo(column):
        return UnfoldAdminTextareaWidget({"rows": 5})
    if column.kind is Kind.TEXT:
        attrs["maxlength"] = column.max_length
    elif column.kind is Kind.MOMENT:
        attrs["placeholder"] = "YYYY-MM-DD hh:mm:ss"
    elif column.kind is Kind.INTEGER:
        attrs["inputmode"] = "numeric"
    elif column.kind is Kind.NUMBER:
        # Not type=number: browsers round, step and scroll such values; these are exact.
        attrs["inputmode"] = "decimal"
    return UnfoldAdminTextInputWidget({**attrs, "autocomplete": "off"})


class ColumnBoundField(forms.BoundField):
    """A bound field whose fixed value stays readable and copyable."""

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        if built.pop("disabled", None):
            built["readonly"] = True
        return built


class ColumnField(forms.Field):
    """The form field of one column: reads what is typed as the REST door reads a record's value.

    A masked field shows and changes nothing.
    """

    masked = False

    def __init__(self, column: Column) -> None:
        self.column = column
        super().__init__(
            required=column.required and column.kind is not Kind.FLAG,
            label=str(column.field.verbose_name),
            help_text=str(column.field.help_text),
            initial=column.default,
            widget=_widget(column),
        )

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        return ColumnBoundField(form, self, field_name)

    def clean(self, value: Any) -> Any:
        """Return the typed value; empty is None. Raises ValidationError, worded by ``schema.problems``."""
        if self.masked:
            return value
        given = self.prepare_value(value)
        if is_memo(self.column) and isinstance(given, str):
            given = given.replace("\r\n", "\n")
        # Widgets of flags have read their value already; everything else is text.
        parse = parse_json if isinstance(given, bool) else parse_text
        parsed, problem = check_value(self.column, given, parse)
        if problem:
            raise ValidationError(problem.text, code="invalid")
        return parsed

    def prepare_value(self, value: Any) -> Any:
        """Return a stored value as the page shows it: days in ISO, numbers with all their digits."""
        if self.masked:
            return masked(value)
        if value is None or isinstance(value, str | bool):
            return value
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether a person changed the value; what a browser does to it by itself does not count."""
        if self.disabled:
            return False
        if self.column.kind is Kind.FLAG:
            return bool(initial != data)
        if self._as_returned(self.prepare_value(initial)) == self._as_returned(data):
            return False
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True

    def differs(self, shown: Any, data: Any) -> bool:
        """Tell whether what a person sends is another value than the one that the page showed."""
        if self.column.kind is Kind.FLAG:
            return bool(shown != data)
        if self._as_returned(shown) == self._as_returned(data):
            return False
        try:
            return bool(self.clean(data) != self.clean(shown))
        except ValidationError:
            return True

    def _as_returned(self, text: Any) -> str:
        """Return a text as browsers send it back: one-line inputs drop line breaks, others rewrite them."""
        plain = (text or "").replace("\r\n", "\n").replace("\r", "\n")
        return str(plain if is_memo(self.column) else plain.replace("\n", ""))


class TableForm(forms.ModelForm):
    """The form of a mirrored table: columns, then key, parents and rules, each error beside its field.

    Model validation is left out on purpose: it would refuse what the published API accepts.
    """

    instance: Table
    merged: Merged | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and not self.instance._state.adding:
            self.merged = merge(self)

    @property
    def loaded(self) -> str:
        """What the page shows of the record, to be sent back with it (see ``tables.admin.merging``)."""
        return what_is_shown(self)

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, text in self.merged.conflicts.items() if self.merged else ():
            self.add_error(name, text)
        if self.instance._state.adding:
            return
        for name, each in self.fields.items():
            given = self.data.get(self.add_prefix(name), "")
            if getattr(each, "masked", False) and given not in ("", masked(self.initial.get(name))):
                self.add_error(name, "There is a value that is not shown to you. Show it to change it.")
        for name in self.cleaned_data.keys() - set(self.changed_data):
            self.cleaned_data[name] = self.initial[name]

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        if self.instance._state.adding:
            self._check_key()
            self._check_parents()
        self._check_rules()

    def _check_key(self) -> None:
        """A new record's key must be free."""
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
        """A new record's parents must exist."""
        model = type(self.instance)
        for parent in parents(model):
            if set(parent.columns) & self.errors.keys():
                continue
            try:
                parent.validate(model, self.instance, using=router.db_for_write(model))
            except ValidationError as error:
                self.add_error(parent.columns[-1], error)

    def _check_rules(self) -> None:
        """The columns of the record must agree with one another."""
        model = type(self.instance)
        unread = set(self.errors)
        for rule in (*rules(model), *(overlaps(model) if not unread else ())):
            try:
                rule.validate(model, self.instance, exclude=unread, using=router.db_for_write(model))
            except ValidationError as error:
                self.add_error(None, error)
