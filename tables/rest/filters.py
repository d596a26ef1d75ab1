"""Filters by column for REST lists, with django-filter: ``?state=OH&disenroll_Date__gte=2024-01-01``."""

import csv
import datetime

import django_filters
from django.db.models import F, QuerySet, lookups
from django.db.models.functions import Collate
from django.http import QueryDict

from tables.rest.request_names import MOST_NAMED, cut, likely, refuse, repeated, unknown
from tables.schema import problems
from tables.schema.column import Column, Kind
from tables.schema.columns import by_any_name, columns
from tables.schema.models import Table
from tables.schema.problems import expected
from tables.write.records import WrongValue, parse_day, parse_flag, parse_text

# The parameters of a list in the published API that are not filters.
PAGING = ("page", "pageSize", "sortBy")
_ORDER = {
    "gt": lookups.GreaterThan,
    "gte": lookups.GreaterThanOrEqual,
    "lt": lookups.LessThan,
    "lte": lookups.LessThanOrEqual,
}
_ORDERED = ("ne", "in", *_ORDER, "isnull")
# The operators that may follow a column's name and two underscores. The name alone means equality.
OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*_ORDERED, "icontains", "istartswith"),
    Kind.INTEGER: _ORDERED,
    Kind.NUMBER: _ORDERED,
    Kind.FLAG: ("ne", "in", "isnull"),
    Kind.DAY: _ORDERED,
    Kind.MOMENT: _ORDERED,
}


class ColumnFilter(django_filters.Filter):
    """Compare one column with the value that ``read`` returns for a parameter. ``operator`` is ``exact`` or
    one of the column's ``OPERATORS``."""

    def __init__(self, column: Column, operator: str) -> None:
        super().__init__(field_name=column.db, lookup_expr=operator)
        self.column, self.operator = column, operator

    def read(self, text: str) -> object:
        """Return the value of a parameter's text, for the operator to compare with. Raises WrongValue."""
        if self.operator == "isnull":
            return parse_flag(text)
        if self.operator == "in":
            return [_parse(self.column, each) for each in _parts(text)]
        return _parse(self.column, text)

    def wanted(self) -> str:
        """Return what the parameter must be: ``a whole number between …``."""
        if self.operator == "isnull":
            return "true or false"
        return f"{expected(self.column)}{', or several separated by commas' * (self.operator == 'in')}"

    def filter(self, qs: "QuerySet[Table]", value: object) -> "QuerySet[Table]":
        if self.operator == "ne":
            # A record without a value does not have this value: exclude keeps nulls.
            return qs.exclude(**{self.column.db: value})
        if self.operator in _ORDER:
            return qs.filter(_ORDER[self.operator](_in_order(self.column), value))
        return qs.filter(**{f"{self.column.db}__{self.operator}": value})


def _in_order(column: Column) -> F | Collate:
    """Return a column to compare with. Texts compare byte by byte, whatever the collation of the database."""
    collation = getattr(column.field, "db_collation", None)
    return F(column.db) if column.kind is not Kind.TEXT or collation == "C" else Collate(F(column.db), "C")


def _parts(text: str) -> list[str]:
    """Return the values of a comma-separated list. A value with a comma must be in double quotes."""
    try:
        found = next(csv.reader([text], strict=True))
    except csv.Error:
        raise WrongValue from None
    # Python drops a line break at the end.
    if "" in found or text.endswith(("\n", "\r")):
        raise WrongValue
    return found


def _parse(column: Column, value: str) -> object:
    """Return the value of a parameter, by the kind of its column. A day means its first moment in UTC. Raises
    WrongValue."""
    if column.kind is not Kind.MOMENT:
        return parse_text(column, value)
    try:
        moment = datetime.datetime.fromisoformat(value.strip())
    except ValueError:
        moment = datetime.datetime.combine(parse_day(value.strip()), datetime.time())
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


class NoSuchFilter(LookupError):
    """The table has no such filter, or the value is wrong. The text says which."""


def find_filter(model: type[Table], name: str) -> ColumnFilter:
    """Return the filter of a parameter, whatever the case of its name. Raises NoSuchFilter."""
    column_name, _, operator = name.lower().partition("__")
    column = by_any_name(model).get(column_name)
    if column is None:
        every = [*PAGING, *(column.api for column in columns(model))]
        instead = f"A list takes {', '.join(PAGING)}, and columns, with or without an operator."
        raise NoSuchFilter(unknown(name, column_name, every, instead))
    operators = OPERATORS[column.kind]
    if operator not in ("", *operators):
        text = f"{cut(name)}: there is no such operator; {column.api} takes {', '.join(operators)}."
        raise NoSuchFilter(" ".join(filter(None, (text, likely(operator, operators)))))
    return ColumnFilter(column, operator or "exact")


def _narrowed(queryset: "QuerySet[Table]", name: str, text: str) -> "QuerySet[Table]":
    """Return the rows that one parameter asks for. Raises NoSuchFilter."""
    wanted = find_filter(queryset.model, name)
    if not text:
        return queryset
    try:
        value = wanted.read(text)
    except WrongValue:
        raise NoSuchFilter(f"{cut(name)} must be {wanted.wanted()}.") from None
    if (
        isinstance(value, str) and "\0" in value
    ):  # No row holds a NUL, and PostgreSQL cannot compare with one.
        if wanted.operator in ("ne", *_ORDER):
            raise NoSuchFilter(problems.nul_character(wanted.column).text)
        return queryset.none()
    if isinstance(value, list):
        value = [each for each in value if not (isinstance(each, str) and "\0" in each)]
    return wanted.filter(queryset, value)


def filter_by_query(queryset: "QuerySet[Table]", query: QueryDict) -> "QuerySet[Table]":
    """Filter the rows of a table by the query parameters. The case of their names does not matter.

    Raises ParseError (400) for a parameter that is sent twice, for one that is neither in ``PAGING`` nor a
    column with one of its operators, and for a value that does not fit the column. Empty values are ignored.
    """
    wrong = repeated(query)
    paging = {name.lower() for name in PAGING}
    for name, text in query.items():
        if len(wrong) >= MOST_NAMED:
            break
        if name.lower() in paging:
            continue
        try:
            queryset = _narrowed(queryset, name, str(text))
        except NoSuchFilter as error:
            wrong.append(str(error))
    refuse(wrong)
    return queryset
