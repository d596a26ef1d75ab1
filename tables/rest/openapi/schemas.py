"""JSON Schemas of bodies and answers: records, from the columns of tables, and the envelope."""

import datetime
from collections.abc import Mapping
from typing import Any

from tables.schema.column import Column, Kind
from tables.schema.columns import columns
from tables.schema.fields import INT32_MAX, INT32_MIN, NUMBER_MAX_DIGITS
from tables.schema.models import Table

Json = dict[str, Any]

# Only null. Client generators do not understand {"type": "null"}; they read this as an optional object.
NOTHING: Json = {"type": ["object", "null"], "const": None}

_TOO_LARGE = float(f"1e{NUMBER_MAX_DIGITS}")
_TYPES: dict[Kind, Json] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "format": "int32", "minimum": INT32_MIN, "maximum": INT32_MAX},
    Kind.NUMBER: {"type": "number", "exclusiveMinimum": -_TOO_LARGE, "exclusiveMaximum": _TOO_LARGE},
    Kind.FLAG: {"type": "boolean"},
    Kind.DAY: {"type": "string", "format": "date-time"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
}
HIDDEN = (
    "For a user without the right to see this column, it is null. Such a user may send only null (which keeps"
    " the stored value), and may not filter or sort by it (403)."
)
DAY = datetime.date(2027, 1, 1)
_EXAMPLES: dict[Kind, object] = {
    Kind.INTEGER: 1,
    Kind.NUMBER: 12.5,
    Kind.FLAG: False,
    Kind.DAY: f"{DAY}T00:00:00Z",
    Kind.MOMENT: f"{DAY}T09:30:00Z",
}
# Made-up texts by the last words of a column's name.
_EXAMPLE_TEXTS = {
    "group_id": "WLK100",
    "division_id": "Hourly",
    "plan_year": "FY2728",
    "plan_id": "PPO-1",
    "subscriber_id": "S1000001",
    "member_seq": "01",
    "name": "Walker Mills",
    "address": "12 Orchard Road",
    "city": "Tarnbrook",
    "state": "OH",
    "zip_code": "44011",
    "phone": "555-0100",
    "email": "benefits@walkermills.example",
    "user": "admin",
}


def ref(kind: str, name: str) -> Json:
    """Return a reference to a component of the document: ``ref("schemas", "Group")``."""
    return {"$ref": f"#/components/{kind}/{name}"}


def value_schema(
    kind: Kind, description: str = "", *, nullable: bool = False, max_length: int | None = None
) -> Json:
    """Return the schema of one value of a kind, in bodies and answers."""
    schema = dict(_TYPES[kind])
    if nullable:
        schema["type"] = [schema["type"], "null"]
    if max_length is not None:
        schema["maxLength"] = max_length
    return schema | ({"description": description} if description else {})


def object_schema(
    properties: Mapping[str, Json], *, required: list[str] | None = None, closed: bool = False
) -> Json:
    """Return the schema of an object. All properties are required unless ``required`` names some. A
    ``closed`` object may have no other properties."""
    needed = list(properties) if required is None else required
    schema: Json = {"type": "object", "properties": dict(properties)}
    if closed:
        schema["additionalProperties"] = False
    return schema | ({"required": needed} if needed else {})


def example_of(column: Column) -> object:
    """Return a made-up value of a column, None if an example would not help."""
    if column.kind is not Kind.TEXT:
        return _EXAMPLES[column.kind]
    found = [text for name, text in _EXAMPLE_TEXTS.items() if f"_{column.db}".endswith(f"_{name}")]
    text = found[0] if found else "A" if column.is_key or column.required else None
    return text[: column.max_length] if text else None


def column_schema(column: Column) -> Json:
    """Return the schema of a table's column, with its help text."""
    # A text that the server assigns may be null in what is sent.
    nullable = column.nullable or (column.is_assigned and column.kind is Kind.TEXT)
    schema = value_schema(
        column.kind, str(column.field.help_text), nullable=nullable, max_length=column.max_length
    )
    if column.kind is Kind.DAY:
        schema["description"] += " A calendar date. Any time or offset is ignored; answers have 00:00:00Z."
    if column.permission:
        schema["description"] += f" {HIDDEN}"
    if column.kind is Kind.TEXT and column.required:
        schema["minLength"] = 1
    if column.default is not None:
        schema["default"] = column.default
    if column.is_stamp:
        schema["readOnly"] = True
    if (example := example_of(column)) is not None:
        schema["examples"] = [example]
    return schema


def table_schema(model: type[Table]) -> Json:
    """Return the schema of a table's records, for bodies and answers alike."""
    every = columns(model)
    return object_schema(
        {column.api: column_schema(column) for column in every},
        required=[column.api for column in every if column.required],
    ) | {"description": f"One record of {model._meta.verbose_name_plural}."}


def example_record(model: type[Table]) -> Json:
    """Return a record that can be sent: the key, the required columns, and a few more."""
    shown = [column for column in columns(model) if not column.is_stamp]
    named = [column for column in shown if column.kind is Kind.TEXT and example_of(column)][:6]
    return {
        column.api: example_of(column)
        for column in shown
        if column.is_key or column.required or column in named
    }


def _text(description: str, **more: object) -> Json:
    return {"type": "string", "description": description, **more}


def envelope(data: Json, error: Json | None = None) -> Json:
    """Return the schema of the whole body of an answer: ``data`` or ``error``, and the activity id."""
    return object_schema({"data": data, "error": error or NOTHING, "debug": ref("schemas", "Debug")})


def shared_schemas() -> dict[str, Json]:
    """Return the schemas that no table owns."""
    problem: dict[str, Json] = {
        "type": _text("A page about the status."),
        "title": _text("The status in words."),
        "status": {"type": "integer", "format": "int32", "description": "The HTTP status."},
        "detail": _text("What is wrong, in words. It names each column that is wrong."),
        "instance": _text("The path of the request."),
    }
    pair: dict[str, Json] = {"key": _text("The column's name."), "value": {"type": ["string", "null"]}}
    row: dict[str, Json] = {
        "id": {"type": "array", "items": ref("schemas", "KeyValue"), "description": "The record's key."},
        "status": {
            "type": "integer",
            "enum": [200, 201, 400, 403, 404, 409],
            "description": "The record's HTTP status.",
        },
        "body": _text("Created, Updated, Unchanged, or the errors.", minLength=1),
    }
    activity = _text(
        "Identifies the request in the server's logs. Quote it when you ask for help.", minLength=1
    )
    return {
        "Problem": object_schema(problem) | {"description": "An error in the form of RFC 7807."},
        "Debug": object_schema({"activityID": activity}),
        "ErrorAnswer": envelope(NOTHING, ref("schemas", "Problem")),
        "KeyValue": object_schema(pair),
        "BatchRow": object_schema(row) | {"description": "The result of one record of a batch."},
        "BatchAnswer": envelope({"type": "array", "items": ref("schemas", "BatchRow")}),
    }
