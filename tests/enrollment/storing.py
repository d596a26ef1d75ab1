"""Storing a row of a table with what is required."""

from typing import Any

from django.db.models import Model


def built(model: type[Model], **values: Any) -> Any:
    """Return a row to be stored; required flags that are not named are false, required codes N."""
    for field in model._meta.fields:
        if field.column is None or field.name in values or field.null or field.has_default():
            continue
        kind = field.get_internal_type()
        if kind == "BooleanField":
            values[field.name] = False
        elif kind == "CharField" and getattr(field, "max_length", 0) == 1:
            values[field.name] = "N"
        elif kind == "IntegerField":
            values[field.name] = 0
    return model(**values)


def make(model: type[Model], **values: Any) -> Any:
    """Store a row."""
    row = built(model, **values)
    row.save(force_insert=True)
    return row


def of_g1(model: Any) -> Any:
    """Return the rows of group G1; those of people, who belong to no group, all."""
    columns = {field.column for field in model._meta.concrete_fields}
    return model.objects.filter(group_id="G1") if "group_id" in columns else model.objects.all()
