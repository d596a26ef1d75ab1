"""One column of a mirrored table: its names in database, files and API, its kind, and its limits."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, TypeAlias

from django.db import models
from django.db.models.fields import NOT_PROVIDED

from tables.schema.fields import NumberField
from tables.schema.names import api_name, published_name

# The types of values that a column can hold.
Value: TypeAlias = str | int | Decimal | bool | datetime.date | datetime.datetime | None

STAMPS = ("entry_date", "entry_user", "update_date", "update_user")


class Kind(Enum):
    """The kinds of values a column can hold."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"


# A subclass comes before its base class.
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
        """Whether the server fills the column and ignores what is sent."""
        return self.db in STAMPS

    @property
    def is_assigned(self) -> bool:
        """Whether the server assigns a value if a record has none (only in the key)."""
        return bool(self.field.model.assigned == self.field.name)

    @property
    def sensitive(self) -> bool:
        """Whether seeing the values takes a special permission."""
        return getattr(self.field, "sensitive", False)

    @property
    def permission(self) -> str | None:
        """The permission to see a sensitive column: ``members.view_ssn``."""
        return f"{self.field.model._meta.app_label}.view_{self.db}" if self.sensitive else None

    @property
    def max_length(self) -> int | None:
        """The most characters of a text. None means no limit."""
        return getattr(self.field, "max_length", None) if self.kind is Kind.TEXT else None

    @property
    def nullable(self) -> bool:
        """Whether the column may be null."""
        return bool(self.field.null)

    @property
    def min_length(self) -> int | None:
        """The minimum length of a text. None means that the text may be empty."""
        return 1 if self.kind is Kind.TEXT and self.required else None

    @property
    def default(self) -> Value:
        """The value of an absent column (None: null)."""
        return None if self.field.default is NOT_PROVIDED else self.field.default

    @property
    def required(self) -> bool:
        """Whether a record must have a value."""
        given = self.is_stamp or self.is_assigned or self.field.default is not NOT_PROVIDED
        return not self.nullable and not given

    @cached_property
    def db_type(self) -> str:
        """The column's PostgreSQL type, as the staging table declares it."""
        return {
            Kind.TEXT: f"varchar({self.max_length})" if self.max_length else "text",
            Kind.INTEGER: "integer",
            Kind.NUMBER: "numeric",
            Kind.FLAG: "boolean",
            Kind.DAY: "date",
            Kind.MOMENT: "timestamptz",
        }[self.kind]


def kind_of(field: object) -> Kind:
    """Return the kind of values that a field holds. Raises TypeError for other fields."""
    for field_class, kind in _KINDS:
        if isinstance(field, field_class):
            return kind
    raise TypeError(f"{field} has a type that mirrored tables do not support.")


def masked(value: object) -> str:
    """Return the mask of a sensitive value, which only shows whether there is one."""
    return "" if value in (None, "") else "•••••"
