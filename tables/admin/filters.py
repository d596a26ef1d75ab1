"""Filters of the lists of mirrored tables, made from the columns that a list shows."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.contrib.filters.admin.mixins import DropdownMixin, ValueMixin
from unfold.contrib.filters.forms import SearchForm
from unfold.utils import parse_date_str

from tables.admin.base import TableModelAdmin
from tables.admin.data_checks import Holds, finding_named, findings_of
from tables.admin.related import parent_columns
from tables.context.days import business_date
from tables.schema.column import Kind
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.write.records import WrongValue, parse_text

# The column with the last day of coverage. It decides whether a record is active or disenrolled.
ENDS_ON = "disenroll_date"
# Texts up to this length are codes. The list's filter offers their values to choose from.
_LONGEST_CODE = 8
_MOST_VALUES = 200

Params: TypeAlias = dict[str, list[str]]
# A filter's class, alone or after the name of the column that it filters.
Filter: TypeAlias = type[admin.ListFilter] | tuple[str, type[admin.FieldListFilter]]


def cover_status(ends_on: datetime.date | None) -> tuple[str, str]:
    """Return the status of coverage with the last day ``ends_on``, and the words for it."""
    if ends_on is None:
        return "active", "Active"
    return ("ends", f"Ends {ends_on}") if ends_on >= business_date() else ("disenrolled", "Disenrolled")


class StatusFilter(DropdownFilter):
    """Active or disenrolled, by the last day of coverage."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: TableModelAdmin) -> list[tuple[str, str]]:
        return [("active", "Active"), ("ends", "Active, with an end date"), ("disenrolled", "Disenrolled")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Table]") -> "QuerySet[Table]":
        today = business_date()
        without_end = Q(**{f"{ENDS_ON}__isnull": True})
        not_over = Q(**{f"{ENDS_ON}__gte": today})
        conditions = {
            "active": without_end | not_over,
            "ends": not_over,
            "disenrolled": Q(**{f"{ENDS_ON}__lt": today}),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


class FindingFilter(DropdownFilter):
    """Rows that need attention, by one of the table's findings."""

    title = "needs attention"
    parameter_name = "finding"

    def __init__(
        self, request: HttpRequest, params: Params, model: type[Table], model_admin: TableModelAdmin
    ) -> None:
        super().__init__(request, params, model, model_admin)
        found = finding_named(model, self.value())
        self.finding = found if found and found.may_be_seen(request.user) else None

    def lookups(self, request: HttpRequest, model_admin: TableModelAdmin) -> list[tuple[str, str]]:
        shown = [each for each in findings_of(model_admin.model) if each.may_be_seen(request.user)]
        return [(each.slug, each.title) for each in shown]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Table]") -> "QuerySet[Table]":
        if not self.value():
            return queryset
        if self.finding is None:
            raise IncorrectLookupParameters
        return queryset.filter(Holds(self.finding, business_date()))


class DaysFilter(RangeDateFilter):
    """From one day through another. The list warns about a day that is not a date."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Table]") -> "QuerySet[Table] | None":
        for text in self.used_parameters.values():
            if parse_date_str(text) is None:
                message = f"The filter by {self.title} was ignored. Enter dates as YYYY-MM-DD."
                messages.warning(request, message, fail_silently=True)
                return queryset
        return super().queryset(request, queryset)  # type: ignore[no-any-return]


class _OneValueFilter(ValueMixin, admin.FieldListFilter):
    """Rows whose column has exactly this value: ``?state=OH``. Without a value, all rows."""

    template = "unfold/filters/filters_field.html"

    def __init__(
        self,
        field: Field,
        request: HttpRequest,
        params: Params,
        model: type[Table],
        model_admin: TableModelAdmin,
        field_path: str,
    ) -> None:
        self.lookup_kwarg = field_path
        self.lookup_val = params.get(field_path)
        super().__init__(field, request, params, model, model_admin, field_path)

    def expected_parameters(self) -> list[str | None]:
        return [self.lookup_kwarg]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Table]") -> "QuerySet[Table]":
        value = self.value()
        if not value:
            return queryset
        model: type[Table] = queryset.model
        column = by_any_name(model)[self.lookup_kwarg]
        try:
            return queryset.filter(**{self.lookup_kwarg: parse_text(column, value)})
        except WrongValue:
            raise IncorrectLookupParameters from None

    def form_arguments(self) -> dict[str, object]:
        data = {self.lookup_kwarg: self.value()}
        return {"name": self.lookup_kwarg, "label": f"By {self.title}", "data": data}


class TypedFilter(_OneValueFilter):
    """A column with too many values to choose from. The user types the whole value."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        yield {"form": SearchForm(**self.form_arguments())}


class CodeFilter(DropdownMixin, _OneValueFilter):
    """A column of codes. The user chooses from the existing values."""

    def __init__(
        self,
        field: Field,
        request: HttpRequest,
        params: Params,
        model: type[Table],
        model_admin: TableModelAdmin,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        present = model_admin.get_queryset(request).exclude(**{field_path: None}).order_by(field_path)
        self.values = list(present.values_list(field_path, flat=True).distinct()[:_MOST_VALUES])

    def has_output(self) -> bool:
        return bool(self.values)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        choices = [self.all_option, *((value, value) for value in self.values)]
        yield {"form": self.form_class(**self.form_arguments(), choices=choices)}


def filters_for(model: type[Table], shown: Sequence[str]) -> list[Filter]:
    """Return the filters for the columns that a list shows: findings, status, parents' keys, codes, days."""
    found: list[Filter] = [FindingFilter] if findings_of(model) else []
    found += [StatusFilter] if "status" in shown else []
    found += [(name, TypedFilter) for name in parent_columns(model)]
    columns = by_any_name(model)
    indexed = {index.fields[0] for index in model._meta.indexes if index.fields}
    for column in (columns[name] for name in shown if name in columns):
        if column.kind is Kind.DAY:
            found.append((column.db, DaysFilter))
        elif column.kind is Kind.TEXT and not column.is_key and (column.max_length or 99) <= _LONGEST_CODE:
            # Without an index, listing the existing values would read the whole table.
            found.append((column.db, CodeFilter if column.db in indexed else TypedFilter))
    return found
