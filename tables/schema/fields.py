"""Short constructors for the columns of mirrored tables.

Each takes the column's verbose name (see ``tables.schema.names``) and its help text, and returns a plain
Django field. So a model of a hundred columns reads as a list of a hundred lines.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# Numbers of the API are exact decimals of any scale. These limits only keep a hostile "1e999999" from
# becoming a value of a million digits.
NUMBER_MAX_DIGITS = 60
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def number_fits(value: Decimal) -> bool:
    """Return whether an exact decimal is finite and within the limits of a number column."""
    if not value.is_finite():
        return False
    digits, exponent = value.as_tuple().digits, int(value.as_tuple().exponent)
    return max(len(digits), len(digits) + exponent) <= NUMBER_MAX_DIGITS >= -exponent


class NumberField(models.Field):
    """An exact decimal without a fixed scale (PostgreSQL ``numeric``). It keeps what was sent."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"

    def to_python(self, value: object) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError:
            raise ValidationError("Enter a number.", code="invalid") from None

    def get_prep_value(self, value: object) -> Decimal | None:
        return self.to_python(super().get_prep_value(value))

    def validate(self, value: object, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if isinstance(value, Decimal) and not number_fits(value):
            raise ValidationError(f"Enter a number of at most {NUMBER_MAX_DIGITS} digits.", code="invalid")

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return super().formfield(**{"form_class": forms.DecimalField, **kwargs})


class KeyField(models.CharField):
    """A text of a natural key, in collation C.

    The type has its long name, because Django adds a second index for LIKE to a unique varchar. In collation
    C the key's own index also finds prefixes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "db_collation": "C"})

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"character varying({self.max_length})"


class SensitiveField(models.CharField):
    """A text that takes a special permission to see. Lists, forms and history mask it."""

    sensitive = True


class NextVal(models.Func):
    """The next value of a database sequence, as a column's database default."""

    output_field = models.IntegerField()

    def __init__(self, sequence: str, *, as_text: bool = False) -> None:
        self.sequence = sequence
        # The name is part of the SQL: with a parameter, Django would add the table's constraints too late.
        super().__init__(template=f"nextval('{sequence}')" + ("::text" if as_text else ""))


def key_text(verbose_name: str, max_length: int, help_text: str, **options: object) -> KeyField:
    """A text column of the natural key: required, never empty, compared byte by byte."""
    return KeyField(verbose_name, max_length=max_length, help_text=help_text, **options)


def key_integer(verbose_name: str, help_text: str, **options: Any) -> Any:
    """A whole number of the natural key."""
    return models.IntegerField(verbose_name, help_text=help_text, **options)


def key_day(verbose_name: str, help_text: str) -> "models.DateField[Any, Any]":
    """A calendar day of the natural key."""
    return models.DateField(verbose_name, help_text=help_text)


def reference(verbose_name: str, max_length: int, help_text: str) -> KeyField:
    """An optional text with another table's key, compared like keys. No constraint checks it."""
    return KeyField(verbose_name, max_length=max_length, null=True, blank=True, help_text=help_text)


def sensitive_text(verbose_name: str, max_length: int, help_text: str) -> SensitiveField:
    """An optional text that is masked for users who may not see it."""
    return SensitiveField(verbose_name, max_length=max_length, null=True, blank=True, help_text=help_text)


def required_text(verbose_name: str, max_length: int, help_text: str) -> "models.CharField[str, str]":
    """A required text, never empty."""
    return models.CharField(verbose_name, max_length=max_length, help_text=help_text)


def text(verbose_name: str, max_length: int, help_text: str) -> "models.CharField[str | None, str | None]":
    """An optional text of at most ``max_length`` characters; empty means null."""
    return models.CharField(verbose_name, max_length=max_length, null=True, blank=True, help_text=help_text)


def memo(verbose_name: str, help_text: str) -> "models.TextField[str | None, str | None]":
    """An optional text of any length."""
    return models.TextField(verbose_name, null=True, blank=True, help_text=help_text)


def integer(verbose_name: str, help_text: str, *, required: bool = False) -> Any:
    """A whole number of 32 bits."""
    return models.IntegerField(verbose_name, null=not required, blank=not required, help_text=help_text)


def number(verbose_name: str, help_text: str) -> NumberField:
    """An optional exact decimal (amounts, rates)."""
    return NumberField(verbose_name, null=True, blank=True, help_text=help_text)


def flag(verbose_name: str, help_text: str) -> "models.BooleanField[bool, bool]":
    """A required boolean."""
    return models.BooleanField(verbose_name, help_text=help_text)


def optional_flag(verbose_name: str, help_text: str, *, default: bool) -> Any:
    """An optional boolean. ``default`` applies only if the column is absent from the input."""
    return models.BooleanField(
        verbose_name, null=True, blank=True, default=default, db_default=default, help_text=help_text
    )


def day(verbose_name: str, help_text: str, *, required: bool = False) -> "models.DateField[Any, Any]":
    """A calendar day, without time or zone."""
    return models.DateField(verbose_name, null=not required, blank=not required, help_text=help_text)


def moment(verbose_name: str, help_text: str) -> "models.DateTimeField[Any, Any]":
    """An optional moment, in UTC."""
    return models.DateTimeField(verbose_name, null=True, blank=True, help_text=help_text)


def stamp_user(verbose_name: str, help_text: str) -> "models.CharField[str | None, str | None]":
    """The user of a stamp, up to 50 characters."""
    return models.CharField(verbose_name, max_length=50, null=True, editable=False, help_text=help_text)
