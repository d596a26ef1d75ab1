"""The form for new values of chosen columns of several rows, and the values carried from step to step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.admin.helpers import AdminField
from django.db.models import Count, Min, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.text import Truncator

from tables.admin.column_field import ColumnField
from tables.admin.pages import Cell
from tables.schema.column import Column, Kind, Value
from tables.schema.models import Table
from tables.write.bulk_editing import editable

_PREFIX = "set-"


@dataclass(frozen=True)
class ValueCell(Cell):
    """An input for several rows, and a text about their current values."""

    now: str = ""

    @property
    def help_text(self) -> str:
        """The current values of the rows, and the column's help text."""
        return f"{self.now} {super().help_text}"


class ValuesForm(forms.Form):
    """The new values of the chosen columns, entered in the same fields as on a record's page."""

    # With it, browsers would not let users go back while an input is empty.
    use_required_attribute = False

    def __init__(self, columns: Sequence[Column], rows: "QuerySet[Table]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns, self.rows = columns, rows
        for column in columns:
            field = self.fields[column.db] = ColumnField(column)
            field.initial = None
            name = f"id_{column.db}"
            field.widget.attrs |= {"id": name, "aria-describedby": f"{name}_helptext"}

    def add_prefix(self, field_name: str) -> str:
        """Add a prefix, because a column may have the name of a field that the list itself posts."""
        return f"{_PREFIX}{field_name}"

    @property
    def cells(self) -> list[Cell]:
        """The inputs as on a record's page, with the current values of the rows."""
        now = held_now(self.rows, self.columns)
        return [
            ValueCell(column, AdminField(cast(Any, self), column.db, is_first=False), now=text)
            for column, text in zip(self.columns, now, strict=True)
        ]

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of a valid form, in the order of the columns."""
        return tuple(self.cleaned_data[column.db] for column in self.columns)


def chosen_columns(model: type[Table], names: Iterable[str]) -> tuple[list[Column], list[str]]:
    """Return the named columns that may be edited, in the table's order, and the other names."""
    wanted = dict.fromkeys(names)
    found = [each for group in editable(model).values() for each in group if each.db in wanted]
    return found, [name for name in wanted if name not in {each.db for each in found}]


def typed_before(columns: Sequence[Column], request: HttpRequest) -> dict[str, object]:
    """Return the values typed earlier for these columns, as their inputs read them."""
    known = set(request.POST.getlist("typed"))
    return {
        each.db: ColumnField(each).widget.value_from_datadict(
            request.POST, request.FILES, f"{_PREFIX}{each.db}"
        )
        for each in columns
        if each.db in known
    }


def carried(request: HttpRequest, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the values typed for columns that have no input on this page, as hidden fields to send along."""
    sent = {name: request.POST.get(f"{_PREFIX}{name}") for name in names}
    pairs = [("typed", name) for name in sent]
    return pairs + [(f"{_PREFIX}{name}", value) for name, value in sent.items() if value is not None]


def held_now(rows: "QuerySet[Table]", columns: Sequence[Column]) -> list[str]:
    """Return a text about the current values of each column in the rows."""
    asked: dict[str, Any] = {"rows": Count("pk")}
    for n, column in enumerate(columns):
        asked[f"filled_{n}"] = Count(column.db)
        asked[f"kinds_{n}"] = Count(column.db, distinct=True)
        asked[f"one_{n}"] = Min(Cast(column.db, TextField()))
    found = rows.order_by().aggregate(**asked)
    texts = []
    for n, column in enumerate(columns):
        empty, kinds, one = found["rows"] - found[f"filled_{n}"], found[f"kinds_{n}"], found[f"one_{n}"]
        if column.kind is Kind.FLAG and one is not None:
            one = "Yes" if one == "true" else "No"
        held = f"{kinds:,} different values" if kinds > 1 else Truncator(one or "").chars(40)
        also = f", {empty:,} empty" if empty and kinds else ""
        texts.append(f"Now: {held}{also}." if kinds else "Now: empty.")
    return texts


def shown(column: Column, value: object) -> str:
    """Return a value as a preview shows it, an empty text for none."""
    if value is None or value == "":
        return ""
    if column.kind is Kind.FLAG:
        return "Yes" if value else "No"
    if column.kind is Kind.MOMENT:
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def label(column: Column) -> str:
    """Return a column's name on pages."""
    return str(column.field.verbose_name)
