"""The admin's form field of one column, and its widget. It accepts the same values as REST."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminNullBooleanSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from tables.admin.labels import with_labels
from tables.schema.column import Column, Kind, masked
from tables.write.records import check_value, parse_json, parse_text

# The input width, in characters, for each kind. Texts have their own length.
_WIDTHS = {Kind.INTEGER: 11, Kind.NUMBER: 16, Kind.DAY: 14, Kind.FLAG: 12, Kind.MOMENT: 32}
_LONGEST_INPUT = 60


def is_memo(column: Column) -> bool:
    """Return whether the column is a text of any length, which gets several lines."""
    return column.kind is Kind.TEXT and column.max_length is None


def input_width(column: Column) -> int:
    """Return how many characters wide the column's input should be."""
    return _WIDTHS.get(column.kind) or min(column.max_length or _LONGEST_INPUT, _LONGEST_INPUT)


def _widget(column: Column) -> Any:
    attrs: dict[str, object] = {}
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
        # Not type=number: browsers round such values and change them on scrolling. Ours must stay exact.
        attrs["inputmode"] = "decimal"
    return UnfoldAdminTextInputWidget({**attrs, "autocomplete": "off"})


class ColumnBoundField(forms.BoundField):
    """A bound field that is read-only instead of disabled, so that users can copy its value."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        if built.pop("disabled", None):
            built["readonly"] = True
        return built


class ColumnField(forms.Field):
    """The form field of one column. It accepts the same values as REST.

    A masked field hides its value and never changes it.
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

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        return ColumnBoundField(form, self, field_name)

    def clean(self, value: object) -> object:
        """Return the typed value, or None. Raises ValidationError with a text of ``schema.problems``."""
        if self.masked:
            return value
        given = self.prepare_value(value)
        if is_memo(self.column) and isinstance(given, str):
            given = given.replace("\r\n", "\n")
        # The widgets of flags return a bool or None. All others return text.
        parse = parse_json if isinstance(given, bool) else parse_text
        parsed, problem = check_value(self.column, given, parse)
        if problem:
            raise ValidationError(
                with_labels(problem.text, {self.column.api: str(self.label)}), code="invalid"
            )
        return parsed

    def prepare_value(self, value: object) -> str | bool | None:
        """Return a stored value as the page shows it: dates as YYYY-MM-DD, numbers with all their digits."""
        if self.masked:
            return masked(value)
        if value is None or isinstance(value, str | bool):
            return value
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    def has_changed(self, initial: object, data: object) -> bool:
        """Return whether the user changed the value. Changes that browsers make on their own do not count."""
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

    def differs(self, shown: object, data: object) -> bool:
        """Return whether the user sends a different value from the one that the page showed."""
        if self.column.kind is Kind.FLAG:
            return bool(shown != data)
        if self._as_returned(shown) == self._as_returned(data):
            return False
        try:
            return bool(self.clean(data) != self.clean(shown))
        except ValidationError:
            return True

    def _as_returned(self, text: object) -> str:
        """Return a text as browsers send it: single-line inputs drop line breaks, others normalize them."""
        plain = str(text or "").replace("\r\n", "\n").replace("\r", "\n")
        return plain if is_memo(self.column) else plain.replace("\n", "")
