"""The operations of the OpenAPI document: of tables, from their models, and others, from ``describe``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tables.rest.openapi.parameters import (
    ALWAYS,
    error_name,
    filter_parameters,
    pagination_header,
    path_parameters,
    sort_parameter,
)
from tables.rest.openapi.schemas import NOTHING, Json, envelope, example_record, ref
from tables.rest.request_names import refuse_unknown
from tables.schema.column import Column
from tables.schema.models import Table

Handler = TypeVar("Handler", bound=Callable[..., Any])
SIGNED_IN = ("apiKeyAuth", "bearerAuth")


@dataclass(frozen=True)
class Description:
    """How the document describes an operation that is not one of a table's standard operations."""

    id: str
    tag: str
    summary: str
    description: str = ""
    body: Json | None = None
    data: Json | None = None
    status: int = 200
    errors: tuple[int, ...] = ()
    parameters: tuple[Json, ...] = ()
    security: tuple[str, ...] = SIGNED_IN


def describe(**facts: Any) -> Callable[[Handler], Handler]:
    """Put the method of a view into the document, with the facts of ``Description``.

    ``body`` and ``data`` are JSON schemas (``table_ref`` of a table) of the body that is sent, and of
    ``data`` in the answer. ``errors`` are more statuses than those that every operation may answer. A GET
    answers 400 for query parameters that it does not describe.
    """
    described = Description(**facts)
    known = [each["name"] for each in described.parameters if each["in"] == "query"]

    def marked(handler: Handler) -> Handler:
        @wraps(handler)
        def strict(view: APIView, request: Request, *args: object, **keys: object) -> Response:
            refuse_unknown(request.query_params, known)
            answer: Response = handler(view, request, *args, **keys)
            return answer

        found: Any = strict if handler.__name__ == "get" else handler
        found.openapi = described
        return cast(Handler, found)

    return marked


def schema_name(model: type[Table]) -> str:
    """Return the name of a table's records among the schemas: ``GroupDivision``."""
    return model.__name__


def table_ref(model: type[Table]) -> Json:
    """Return a reference to the schema of a table's record."""
    return ref("schemas", schema_name(model))


def answer_schemas(model: type[Table]) -> dict[str, Json]:
    """Return the schemas of a table's answers: one record, and a list."""
    name, record = schema_name(model), table_ref(model)
    return {
        f"{name}Answer": envelope(record),
        f"{name}ListAnswer": envelope({"type": "array", "items": record}),
    }


def tag_of(model: type[Table]) -> str:
    """Return the heading of a table's operations: ``Plan years``."""
    text = str(model._meta.verbose_name_plural)
    return text[:1].upper() + text[1:]


def _plural(name: str) -> str:
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}{'es' if name.endswith(('s', 'x', 'ch')) else 's'}"


def described_operation(described: Description, keys: Sequence[Column]) -> Json:
    """Return the operation of a described method. ``keys`` are those in its path."""
    errors = {*described.errors, *([404] if keys else []), *([413] if described.body else [])}
    success: Json = {"description": "Done."}
    if described.status != 204:
        success["content"] = _json(envelope(described.data or NOTHING))
    operation = _operation(described.id, described.tag, described.summary, described.security)
    if described.description:
        operation["description"] = described.description
    operation["parameters"] = [*path_parameters(keys), ref("parameters", "database"), *described.parameters]
    if described.body:
        operation["requestBody"] = {"required": True, "content": _json(described.body)}
    operation["responses"] = _responses(described.status, success, errors)
    return operation


def table_operation(model: type[Table], action: str, keys: Sequence[Column]) -> Json:
    """Return one of the six operations of a table. ``keys`` are those in its path."""
    name, record, one = schema_name(model), table_ref(model), str(model._meta.verbose_name)
    many, example = str(model._meta.verbose_name_plural), example_record(model)
    answer = {"description": "The record as it is stored.", "content": _json(ref("schemas", f"{name}Answer"))}
    listed = {
        "description": "The records of one page.",
        "headers": {"X-Pagination": pagination_header()},
        "content": _json(ref("schemas", f"{name}ListAnswer")),
    }
    each = {"description": "An answer for each record.", "content": _json(ref("schemas", "BatchAnswer"))}
    gone = {"description": "Deleted. The answer has no body."}
    facts: dict[str, tuple[str, str, int, Json, set[int], tuple[Json, object] | None]] = {
        "list": (f"list{_plural(name)}", f"List {many}", 200, listed, set(), None),
        "retrieve": (f"get{name}", f"Read one {one}", 200, answer, set(), None),
        "create": (f"create{name}", f"Create one {one}", 200, answer, {409, 413}, (record, example)),
        "replace": (f"replace{name}", f"Replace one {one}", 200, answer, {409, 413}, (record, example)),
        "destroy": (f"delete{name}", f"Delete one {one}", 204, gone, {409}, None),
        "batch": (
            f"batch{_plural(name)}",
            f"Create or replace many {many}",
            207,
            each,
            {409, 413},
            ({"type": "array", "items": record, "maxItems": settings.API_MAX_BATCH_RECORDS}, [example]),
        ),
    }
    operation_id, summary, status, success, errors, body = facts[action]
    operation = _operation(operation_id, tag_of(model), summary, SIGNED_IN)
    operation["parameters"] = [*path_parameters(keys), ref("parameters", "database")]
    if action == "list":
        paging = [ref("parameters", "page"), ref("parameters", "pageSize"), sort_parameter(model)]
        operation["parameters"] += [*paging, *filter_parameters(model)]
    if body:
        operation["requestBody"] = {"required": True, "content": _json(*body)}
    operation["responses"] = _responses(status, success, errors | ({404} if keys else set()))
    return operation


def _operation(operation_id: str, tag: str, summary: str, security: tuple[str, ...]) -> Json:
    needed: dict[str, list[str]] = {scheme: [] for scheme in security}
    return {"operationId": operation_id, "tags": [tag], "summary": summary, "security": [needed]}


def _responses(status: int, success: Json, errors: set[int]) -> Json:
    refused = {str(code): ref("responses", error_name(code)) for code in sorted({*ALWAYS, *errors})}
    return {str(status): success, **refused}


def _json(schema: Json, example: object = None) -> Json:
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}
