"""The OpenAPI document of the whole API, made from the URLs and from what each view and model declares."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, get_resolver
from rest_framework.views import APIView

from tables.rest.envelope import API_PREFIX
from tables.rest.openapi.operations import answer_schemas, described_operation, schema_name, table_operation
from tables.rest.openapi.parameters import error_responses, path_name, shared_parameters
from tables.rest.openapi.schemas import Json, shared_schemas, table_schema
from tables.schema.column import Column
from tables.schema.columns import key_columns
from tables.schema.models import Table
from tables.schema.registry import all_tables

_CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")
_ABOUT = (
    "Employer groups with their divisions, plan years, contracts, members and enrollments. Every operation "
    "needs an API key, a bearer token from `/user-authentication` and the header `vbasoftware-database`. "
    "Every answer except a 204 has the same envelope: `data`, `error` (RFC 7807) and `debug.activityID`. The "
    "case of property names does not matter. Unknown properties of records are ignored; operations that "
    "start something refuse them. A method that a path does not support gets a 405. An unknown query "
    "parameter of a GET gets a 400, except when one record is read. A guide is at `/vbasoftware/docs/`."
)


def _routes() -> Iterator[tuple[str, Any]]:
    """Return the route and view of every address of the API, in the order of ``urls.py``."""

    def walk(patterns: Any, prefix: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns, route)
            elif route.startswith(API_PREFIX[1:]) and hasattr(pattern.callback, "cls"):
                yield route.removeprefix(API_PREFIX[1:-1]), pattern.callback

    return walk(get_resolver().url_patterns, "")


def _keys_of(route: str, view: type[APIView]) -> list[Column]:
    """Return the key columns in a route: of the view's own table, else of the first table with such a key."""
    own: type[Table] | None = getattr(view, "model", None)
    models = [*([own] if own else []), *all_tables()]
    known = {column.db: column for each in reversed(models) for column in key_columns(each)}
    return [known[name] for name in _CONVERTED.findall(route)]


def _operations(route: str, callback: Any) -> dict[str, Json]:
    """Return the operations of an address by method. Leave out methods with neither table nor description."""
    view = callback.cls
    model = getattr(view, "model", None)
    actions = getattr(callback, "actions", None) or {name: name for name in view.http_method_names}
    found: dict[str, Json] = {}
    for method, action in actions.items():
        described = getattr(getattr(view, action, None), "openapi", None)
        if described:
            found[method] = described_operation(described, _keys_of(route, view))
        elif model and method != "head" and action != "options" and hasattr(view, action):
            found[method] = table_operation(model, action, _keys_of(route, view))
    return found


@cache
def document() -> Json:
    """Return the document. It does not change while the process runs."""
    paths: dict[str, dict[str, Json]] = {}
    schemas = shared_schemas()
    for route, callback in _routes():
        operations = _operations(route, callback)
        if not operations:
            continue
        names = {column.db: path_name(column) for column in _keys_of(route, callback.cls)}
        address = _CONVERTED.sub(lambda found, names=names: f"{{{names[found[1]]}}}", route)  # type: ignore[misc]
        paths.setdefault(address, {}).update(operations)
        if model := getattr(callback.cls, "model", None):
            schemas[schema_name(model)] = table_schema(model)
            schemas |= answer_schemas(model)
    tags = dict.fromkeys(tag for path in paths.values() for each in path.values() for tag in each["tags"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "vbaadmin", "version": "1", "description": _ABOUT},
        "servers": [{"url": API_PREFIX.rstrip("/")}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": shared_parameters(),
            "responses": error_responses(),
            "securitySchemes": _security_schemes(),
        },
    }


def _security_schemes() -> Json:
    return {
        "apiKeyAuth": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "The API key of your program. The operator of this server creates it.",
        },
        "bearerAuth": {
            "type": "http",
            "scheme": "bearer",
            "description": "The idToken from /user-authentication.",
        },
        "basicAuth": {"type": "http", "scheme": "basic", "description": "A user's name and password."},
    }
