"""The JSON Schemas of what disenroll, reenroll and the summaries take and answer."""

from collections.abc import Sequence

from enrollment.engine.parameters import DisenrollFamily, DisenrollFuture, ReenrollFamily
from enrollment.process_requests.fields import BodyField
from processes.models import VBAProcess
from tables.rest.openapi.operations import table_ref
from tables.rest.openapi.schemas import Json, object_schema, value_schema
from tables.schema.column import Kind

_CHOICES = {
    "disenrollFamily": [int(choice) for choice in DisenrollFamily],
    "disenrollFuture": [int(choice) for choice in DisenrollFuture],
    "reenrollFamily": [int(choice) for choice in ReenrollFamily],
}
_COUNT = value_schema(Kind.INTEGER)
_TEXT = value_schema(Kind.TEXT)
_DAY = value_schema(Kind.DAY)
_DAY_OR_NULL = value_schema(Kind.DAY, nullable=True)
_TEXT_OR_NULL = value_schema(Kind.TEXT, nullable=True)

_PLAN = object_schema(
    {"plan_ID": {"type": "string", "minLength": 1}, "tier": _TEXT_OR_NULL}, required=["plan_ID"], closed=True
)
_COUNTS = dict.fromkeys(
    (
        "enrollments",
        "plans",
        "memberPlans",
        "members",
        "subscribers",
        "authorizations",
        "divisions",
        "groups",
        "logRows",
    ),
    _COUNT,
)
_FAMILY = object_schema(
    {
        "subscriber_ID": _TEXT,
        "member_Seq": _TEXT_OR_NULL,
        "division_ID": _TEXT_OR_NULL,
        "start_Date": _DAY_OR_NULL,
    }
)
_SPAN = object_schema(
    {
        "subscriber_ID": _TEXT,
        "division_ID": _TEXT,
        "start_Date": _DAY,
        "end_Date_Before": _DAY_OR_NULL,
        "end_Date_After": _DAY_OR_NULL,
        "members": _COUNT,
    }
)
_PREVIEW = object_schema(
    {
        "totals": object_schema(_COUNTS),
        "divisions": {"type": "array", "items": object_schema({"division_ID": _TEXT, **_COUNTS})},
        "warnings": {
            "type": "array",
            "items": object_schema(
                {"text": _TEXT, "count": _COUNT, "families": {"type": "array", "items": _FAMILY}}
            ),
        },
        "sample": {"type": "array", "items": _SPAN},
    }
)
STARTED: Json = {"anyOf": [table_ref(VBAProcess), _PREVIEW]}

_PEOPLE = dict.fromkeys(
    ("totalSubscribers", "totalMembers", "totalSubscribersCurrent", "totalMembersCurrent"), _COUNT
)
GROUP_SUMMARY = object_schema(_PEOPLE)
DIVISION_SUMMARY: Json = {
    "type": "array",
    "items": object_schema(
        {
            "group_ID": _TEXT,
            "division_ID": _TEXT,
            "coverage_Start": _DAY,
            "coverage_End": _DAY_OR_NULL,
            **_PEOPLE,
        }
    ),
}


def body_schema(fields: Sequence[BodyField]) -> Json:
    """Return the schema of a request's body."""
    return object_schema(
        {field.name: _field_schema(field) for field in fields},
        required=[field.name for field in fields if field.required],
        closed=True,
    )


def _field_schema(field: BodyField) -> Json:
    if field.item:
        items = _PLAN if field.item == "COBRAPlanCriteria" else {"type": "string", "minLength": 1}
        return {"type": ["array", "null"], "items": items, "description": field.help_text}
    schema = value_schema(
        field.kind, field.help_text, nullable=not field.required, max_length=field.max_length
    )
    if field.required and field.kind is Kind.TEXT:
        schema["minLength"] = 1
    if field.name in _CHOICES:
        schema["enum"] = _CHOICES[field.name] + ([] if field.required else [None])
    return schema
