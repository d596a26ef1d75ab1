"""Made-up records of any mirrored table, from its model alone: tables that come later need no line here."""

import datetime

from tables.schema.column import Kind
from tables.schema.columns import columns, parents

DAY = datetime.date(2024, 1, 1)
_VALUES = {Kind.TEXT: "1", Kind.INTEGER: 1, Kind.NUMBER: 1, Kind.FLAG: False, Kind.DAY: DAY}


def least(model):
    """Return the values of a record with only its key and what is required; keys of the same name agree."""
    return {
        column.db: _VALUES[column.kind]
        for column in columns(model)
        if not column.is_stamp and (column.is_key or column.required)
    }


def stored(model):
    """Store the made-up record and all above it in the chosen database, where missing, and return it."""
    for parent in parents(model):
        stored(parent.parent_model(model))
    values = least(model)
    key = {name: values[name] for name in model.key}
    return model.objects.get_or_create(**key, defaults=values)[0]
