"""The change page of a mirrored table: a form of a hundred columns as panels of labeled cells."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from tables.admin.column_field import input_width, is_memo
from tables.schema.column import Column, masked
from tables.schema.columns import by_any_name

RETIRED = "Retired"
STAMPS = "Stamps"
_WIDE = 45


@dataclass(frozen=True)
class Cell:
    """One column on the page: its label and its input, or its value if it is read-only."""

    column: Column
    field: Any
    masked: bool = False
    can_show: bool = False

    @property
    def contents(self) -> Any:
        """The value of a read-only column."""
        if self.masked:
            return masked(getattr(self.field.form.instance, self.column.db)) or "-"
        return self.field.contents()

    @property
    def label(self) -> str:
        """The column's label."""
        return str(self.column.field.verbose_name)

    @property
    def help_text(self) -> str:
        """The column's help text."""
        return str(self.column.field.help_text)

    @property
    def errors(self) -> str:
        """The errors of the field, as an HTML list."""
        return "" if self.field.is_readonly else str(self.field.errors())

    @property
    def is_switch(self) -> bool:
        """Whether the input is a switch, which comes before its label."""
        return bool(getattr(self.field, "is_checkbox", False))

    @property
    def size(self) -> str:
        """How much of a row the cell fills: ``row``, ``wide`` or ``cell``."""
        if is_memo(self.column):
            return "row"
        return "wide" if input_width(self.column) > _WIDE else "cell"

    @property
    def width(self) -> int:
        """How many characters wide the input is."""
        return input_width(self.column)


@dataclass(frozen=True)
class Panel:
    """One section of the form, which is one tab."""

    title: str
    cells: list[Cell]
    errors: int

    @property
    def slug(self) -> str:
        """The panel's name in the page's URL."""
        return slugify(self.title)

    @property
    def required(self) -> bool:
        """Whether the panel has required inputs."""
        inputs = (cell.field.field.field for cell in self.cells if not cell.field.is_readonly)
        return any(each.required and not each.disabled for each in inputs)

    @property
    def folded(self) -> bool:
        """Whether the panel starts collapsed."""
        return self.title == RETIRED and not self.errors


def panels(adminform: Any, hidden: Collection[str] = (), can_show: Collection[str] = ()) -> list[Panel]:
    """Return the panels of an admin form of a mirrored table, in the order of its fieldsets.

    ``hidden`` columns are masked. Those of ``can_show`` get a button that shows them.
    """
    columns = by_any_name(adminform.form._meta.model)
    errors = adminform.form.errors
    found = []
    for fieldset in adminform:
        named = [(columns[_name(field)], field) for line in fieldset for field in line]
        cells = [Cell(column, field, column.db in hidden, column.db in can_show) for column, field in named]
        wrong = sum(cell.column.db in errors for cell in cells)
        found.append(Panel(str(fieldset.name), cells, wrong))
    return found


def _name(field: Any) -> str:
    """Return the column name of an admin field. Read-only fields hold a dictionary."""
    return str(field.field["field"] if field.is_readonly else field.field.name)


def cells_with_errors(shown: Iterable[Panel]) -> list[tuple[Panel, Cell]]:
    """Return the cells that have an error, each with its panel, in the order of the page."""
    return [(panel, cell) for panel in shown if panel.errors for cell in panel.cells if cell.errors]
