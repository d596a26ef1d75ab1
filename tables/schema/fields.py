"""Short constructors for the kinds of columns a mirrored table has.

Each takes the column's verbose name (see ``tables.schema.names``) and its help text, and returns a plain
Django field, so that a model of a hundred columns reads as a list of a hundred facts.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# A number of the API is an exact decimal of any scale; these bounds only keep a hostile
# "1e999999" from becoming a value of a million digits.
NUMBER_MAX_DIGITS = 60
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def number_fits(value: Decimal) -> bool:
    """Tell whether an exact decimal is finite and within the digits a number column keeps."""
    if not value.is_finite():
        return False
    digits, exponent = value.as_tuple().digits, int(value.as_tuple().exponent)
    return max(len(digits), len(digits) + exponent) <= NUMBER_MAX_DIGITS >= -exponent


class NumberField(models.Field):
    """An exact decimal without a fixed scale (PostgreSQL ``numeric``): what was sent is kept."""

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

    The type has its long name, so that Django makes no second, "like" index as for a unique varchar: in
    collation C the key's own index finds prefixes as well.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "db_collation": "C"})

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"character varying({self.max_length})"


class SensitiveField(models.CharField):
    """A text that only those with a permission of their own may see: masked in lists, forms and history."""

    sensitive = True


class NextVal(models.Func):
    """The next value of a database sequence, as a column's database default."""

    output_field = models.IntegerField()

    def __init__(self, sequence: str, *, as_text: bool = False) -> None:
        self.sequence = sequence
        # The name stands in the SQL: with a parameter, Django would add the table's constraints too late.
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
    """An optional text that holds another table's key, compared as keys are; nothing enforces it."""
    return KeyField(verbose_name, max_length=max_length, null=True, blank=True, help_text=help_text)


def sensitive_text(verbose_name: str, max_length: int, help_text: str) -> SensitiveField:
    """An optional text that is masked for those who may not see it."""
    return SensitiveField(verbose_name, max_length=max_length, null=True, blank=True, help_text=help_text)


def required_text(verbose_name: str, max_length: int, help_text: str) -> "models.CharField[str, str]":
    """A text that every record must bring, never empty."""
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
    """A required yes or no."""
    return models.BooleanField(verbose_name, help_text=help_text)


def optional_flag(verbose_name: str, help_text: str, *, default: bool) -> Any:
    """A yes, no or unknown; ``default`` is taken only when the column is absent from the input."""
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
    """A stamp's user in a table that has room for 50 characters."""
    return models.CharField(verbose_name, max_length=50, null=True, editable=False, help_text=help_text)
