"""The parameters and answers of the OpenAPI document: headers, keys in paths, paging, filters, errors."""

from collections.abc import Iterable
from http import HTTPStatus

from django.conf import settings

from tables.rest.filters import OPERATORS
from tables.rest.openapi.schemas import DAY, Json, example_of, ref, value_schema
from tables.schema.column import Column, Kind
from tables.schema.columns import columns
from tables.schema.models import Table

ERRORS = {
    400: "A value, the JSON, a query parameter or the database header is wrong or missing.",
    401: "The key, the token or the password is missing, unknown, expired or revoked.",
    403: "The key or the user has no access to the database, or the user has no permission to do this.",
    404: "The record or its parent does not exist.",
    405: "The path does not support this method. The header Allow lists the methods it supports.",
    409: "The request conflicts with the current data: the key is taken, other records belong to the record, "
    "someone else is changing it, or a process is unfinished.",
    413: "The body is too large, or the batch has too many records.",
    429: "There were too many requests with this key. Try again later.",
    500: "The server failed.",
    503: "A database is not available or took too long. Try again later.",
}
# The errors that every operation may answer.
ALWAYS = (400, 401, 403, 429, 500, 503)
_WORDS = {
    "ne": "Not equal to this. Includes records without a value.",
    "in": "Equal to one of these, separated by commas.",
    "gt": "More than this.",
    "gte": "At least this.",
    "lt": "Less than this.",
    "lte": "At most this.",
    "icontains": "Contains this text, in upper or lower case.",
    "istartswith": "Starts with this text, in upper or lower case.",
    "isnull": "true: records without a value. false: records with one.",
}
# Several values are one text: for an array, client generators would repeat the parameter.
_ONE = {
    Kind.TEXT: '[^",\\r\\n]+',
    Kind.INTEGER: r"-?\d{1,9}",
    Kind.NUMBER: r"-?\d{1,20}(\.\d{1,20})?",
    Kind.FLAG: "(true|false)",
    Kind.DAY: r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])",
}
_ONE[Kind.MOMENT] = _ONE[Kind.DAY]


def _header(description: str, schema: Json, **more: object) -> Json:
    return {"description": description, "required": True, "schema": schema, **more}


def pagination_header() -> Json:
    """Return the header X-Pagination of lists."""
    names = ("TotalCount", "TotalPages", "CurrentPage", "PageSize")
    pattern = r"^\{" + ",".join(rf'"{name}":\d+' for name in names) + r"\}$"
    example = '{"TotalCount":9,"TotalPages":5,"CurrentPage":1,"PageSize":2}'
    return _header(
        "The position of this page in the list, as JSON.", {"type": "string", "pattern": pattern}
    ) | {"example": example}


def error_responses() -> dict[str, Json]:
    """Return the answer of each error status, by the name of its component."""
    found = {}
    retry = _header("How many seconds to wait.", {"type": "integer", "minimum": 0})
    headers = {
        401: {"WWW-Authenticate": _header("How to sign in.", {"type": "string"})},
        405: {"Allow": _header("The methods of the path.", {"type": "string"})},
        429: {"Retry-After": retry},
        503: {"Retry-After": retry},
    }
    for status, description in ERRORS.items():
        answer: Json = {"description": description}
        if status in headers:
            answer["headers"] = headers[status]
        answer["content"] = {"application/json": {"schema": ref("schemas", "ErrorAnswer")}}
        found[error_name(status)] = answer
    return found


def error_name(status: int) -> str:
    """Return the name of the component of an error status: ``NotFound``."""
    return HTTPStatus(status).phrase.title().replace(" ", "")


def shared_parameters() -> dict[str, Json]:
    """Return the parameters that many operations share, by the names of their components."""
    pages = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1, "default": 1}
    size = {"type": "integer", "minimum": 1, "maximum": settings.API_MAX_PAGE_SIZE, "default": 100}
    return {
        "database": header_parameter(
            "vbasoftware-database", "The target database of the request.", required=True, example="VBA_Demo"
        ),
        "page": query_parameter(
            "page", pages, "The number of the page, from 1. Pages after the last are empty."
        ),
        "pageSize": query_parameter("pageSize", size, "How many records a page has."),
    }


def header_parameter(name: str, description: str, *, required: bool = False, example: str = "") -> Json:
    """Return a parameter that is sent as a header."""
    found = {"name": name, "in": "header", "required": required, "description": description}
    return found | {"schema": {"type": "string"}} | ({"example": example} if example else {})


def query_parameter(name: str, schema: Json, description: str) -> Json:
    """Return an optional parameter of the query."""
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def sort_parameter(model: type[Table]) -> Json:
    """Return the parameter sortBy, with the names of the table's columns."""
    names = "|".join(column.api for column in columns(model))
    one = f"({names})(:(asc|desc))?"
    text = "Columns separated by commas, each with an optional :asc or :desc. Nulls come last."
    return query_parameter("sortBy", {"type": "string", "pattern": f"^{one}(,{one})*$"}, text) | {
        "example": ",".join(f"{column.api}:asc" for column in columns(model) if column.is_key)
    }


def path_name(column: Column) -> str:
    """Return the name of a key column in paths: ``planYear`` for Plan_Year."""
    joined = column.published.replace("_", "")
    return joined[:1].lower() + joined[1:]


def path_parameters(keys: Iterable[Column]) -> list[Json]:
    """Return the parameters of a path, one for each key column in it."""
    found = []
    for column in keys:
        schema = value_schema(column.kind, max_length=column.max_length)
        example = example_of(column)
        if column.kind is Kind.TEXT:
            schema["minLength"] = 1
        elif column.kind is Kind.DAY:
            schema, example = {"type": "string", "format": "date"}, DAY.isoformat()
        found.append(
            {"name": path_name(column), "in": "path", "required": True, "schema": schema}
            | {"description": str(column.field.help_text), "example": example}
        )
    return found


def filter_parameters(model: type[Table]) -> list[Json]:
    """Return the filters of a table: for each column, equality and the operators of its kind."""
    found = []
    for column in columns(model):
        schema = value_schema(column.kind, max_length=column.max_length)
        if column.kind is Kind.DAY:
            schema = {"type": "string", "format": "date"}
        found.append(query_parameter(column.api, schema, "Equal to this."))
        for operator in OPERATORS[column.kind]:
            if operator != "isnull" or column.nullable:
                found.append(_operator_parameter(column, operator, schema))
    return found


def _operator_parameter(column: Column, operator: str, schema: Json) -> Json:
    if operator == "isnull":
        schema = {"type": "boolean"}
    elif operator == "in":
        one = _ONE[column.kind]
        schema = {"type": "string", "pattern": f"^{one}(,{one})*$"}
    return query_parameter(f"{column.api}__{operator}", schema, _WORDS[operator])
