"""What a model says about its columns, read once and kept: the facts every door works from."""

from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED

from tables.fields import NumberField
from tables.names import api_name, published_name

if TYPE_CHECKING:
    from tables.models import ParentKey, Rule, Table

STAMPS = ("entry_date", "entry_user", "update_date", "update_user")


class Kind(Enum):
    """The kinds of values a column can hold."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"


# In this order: a subclass before its base.
_KINDS: tuple[tuple[type[models.Field], Kind], ...] = (
    (models.BooleanField, Kind.FLAG),
    (models.DateTimeField, Kind.MOMENT),
    (models.DateField, Kind.DAY),
    (models.IntegerField, Kind.INTEGER),
    (NumberField, Kind.NUMBER),
    (models.CharField, Kind.TEXT),
    (models.TextField, Kind.TEXT),
)


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a mirrored table, under all of its names."""

    field: Any
    kind: Kind
    is_key: bool

    @cached_property
    def db(self) -> str:
        """Name in the database, and the model's attribute: ``cobra_length``."""
        return str(self.field.column)

    @cached_property
    def published(self) -> str:
        """Name in files and in the original tables: ``COBRA_Length``."""
        return published_name(str(self.field.verbose_name))

    @cached_property
    def api(self) -> str:
        """Name in JSON: ``cobrA_Length``."""
        return api_name(self.published)

    @property
    def is_stamp(self) -> bool:
        """Whether the server fills it, whatever is sent."""
        return self.db in STAMPS

    @property
    def is_assigned(self) -> bool:
        """Whether the server gives a value to records that have none (a column of the key)."""
        return bool(self.field.model.assigned == self.field.name)

    @property
    def sensitive(self) -> bool:
        """Whether only those with a permission of their own may see the values."""
        return getattr(self.field, "sensitive", False)

    @property
    def permission(self) -> str | None:
        """The permission that it takes to see a sensitive column: ``members.view_ssn``."""
        return f"{self.field.model._meta.app_label}.view_{self.db}" if self.sensitive else None

    @property
    def max_length(self) -> int | None:
        """Most characters of a text; None is without limit."""
        return getattr(self.field, "max_length", None) if self.kind is Kind.TEXT else None

    @property
    def nullable(self) -> bool:
        """Whether null may be stored."""
        return bool(self.field.null)

    @property
    def min_length(self) -> int | None:
        """Fewest characters of a text that must be there; None where it need not."""
        return 1 if self.kind is Kind.TEXT and self.required else None

    @property
    def default(self) -> Any:
        """What an absent column becomes (None: null)."""
        return None if self.field.default is NOT_PROVIDED else self.field.default

    @property
    def required(self) -> bool:
        """Whether a record must bring a value."""
        given = self.is_stamp or self.is_assigned or self.field.default is not NOT_PROVIDED
        return not self.nullable and not given

    @cached_property
    def db_type(self) -> str:
        """PostgreSQL's type of the column, as staging declares it."""
        return {
            Kind.TEXT: f"varchar({self.max_length})" if self.max_length else "text",
            Kind.INTEGER: "integer",
            Kind.NUMBER: "numeric",
            Kind.FLAG: "boolean",
            Kind.DAY: "date",
            Kind.MOMENT: "timestamptz",
        }[self.kind]


def _kind_of(field: Any) -> Kind:
    for field_class, kind in _KINDS:
        if isinstance(field, field_class):
            return kind
    raise TypeError(f"{field} is of no kind that a mirrored table may hold.")


@cache
def sections(model: "type[Table]") -> dict[str, tuple[Column, ...]]:
    """Return the model's columns by section title, in the order of ``model.tabs``, stamps last."""
    from tables.models import Section

    marks = sorted(
        {mark for base in model.__mro__ for mark in vars(base).values() if isinstance(mark, Section)},
        key=lambda mark: mark.position,
    )
    stamped = ("Stamps",) if model.entry_date is not None else ()
    found: dict[str, list[Column]] = {title: [] for title in (*model.tabs, *stamped)}
    for field in model._meta.local_concrete_fields:
        if field.column == "id":
            continue
        title = [mark.title for mark in marks if mark.position < field.creation_counter][-1]
        found[title].append(Column(field, _kind_of(field), field.name in model.key))
    return {title: tuple(columns) for title, columns in found.items()}


@cache
def columns(model: "type[Table]") -> tuple[Column, ...]:
    """Return all published columns of a model: the key first, then section by section, stamps last."""
    every = [column for group in sections(model).values() for column in group]
    return (*key_columns(model), *(column for column in every if not column.is_key))


@cache
def key_columns(model: "type[Table]") -> tuple[Column, ...]:
    """Return the columns of the natural key, in its order."""
    by_name = {column.db: column for group in sections(model).values() for column in group}
    return tuple(by_name[name] for name in model.key)


@cache
def stamps(model: "type[Table]") -> tuple[Column, ...]:
    """Return the columns that the server fills: entry date and user, update date and user."""
    return tuple(column for column in columns(model) if column.is_stamp)


@cache
def by_any_name(model: "type[Table]") -> dict[str, Column]:
    """Return the columns by folded name; API, published and database names all fold to the same."""
    return {column.db: column for column in columns(model)}


def parents(model: "type[Table]") -> "list[ParentKey]":
    """Return the model's composite foreign keys."""
    from tables.models import ParentKey

    return [each for each in model._meta.constraints if isinstance(each, ParentKey)]


def rules(model: "type[Table]") -> "list[Rule]":
    """Return the model's rules about the columns of one row."""
    from tables.models import Rule

    return [each for each in model._meta.constraints if isinstance(each, Rule)]


def masked(value: Any) -> str:
    """Return what is shown of a sensitive value to those who may not see it: that there is one."""
    return "" if value in (None, "") else "•••••"
