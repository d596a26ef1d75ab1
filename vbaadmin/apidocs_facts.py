"""The facts that the API's documentation page shows, read from the OpenAPI document."""

import json
from typing import Any

from tables.rest.openapi.parameters import ERRORS
from tables.rest.openapi.schemas import Json

_METHODS = ("get", "post", "put", "delete")


def page_facts(facts: Json) -> Json:
    """Return the operations by tag, the records with their fields, the errors, and an example group."""
    components = facts["components"]
    tags: dict[str, list[Json]] = {tag["name"]: [] for tag in facts["tags"]}
    for path, operations in facts["paths"].items():
        for method in _METHODS:
            if method in operations:
                shown = _operation(components, operations[method])
                tags[operations[method]["tags"][0]].append(shown | {"method": method.upper(), "path": path})
    records = [
        {"name": name, "about": schema["description"], "fields": _fields(components, schema)}
        for name, schema in components["schemas"].items()
        if f"{name}ListAnswer" in components["schemas"]
    ]
    example = facts["paths"]["/groups"]["post"]["requestBody"]["content"]["application/json"]["example"]
    return {
        "tags": tags,
        "records": records,
        "errors": ERRORS,
        "base": facts["servers"][0]["url"],
        "group": json.dumps(example | {"group_ID": "DOC-1"}, indent=2),
    }


def _resolved(components: Json, value: Json) -> Json:
    """Return the component that ``value`` refers to, or ``value`` itself."""
    if "$ref" not in value:
        return value
    _, _, kind, name = value["$ref"].split("/")
    found: Json = components[kind][name]
    return found


def _operation(components: Json, operation: Json) -> Json:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    record = _record(components, operation, body)
    columns = components["schemas"][record]["properties"] if record else {}
    parameters = [_resolved(components, each) for each in operation["parameters"]]
    sent = body.get("schema", {})
    return {
        "id": operation["operationId"],
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [
            each | {"type": _type(each["schema"])}
            for each in parameters
            if each["in"] != "query" or each["name"].partition("__")[0] not in columns
        ],
        "has_filters": any("__" in each["name"] for each in parameters),
        "record": record,
        "fields": [] if record else _fields(components, sent.get("items", sent)),
        "example": json.dumps(body["example"], indent=2) if "example" in body else "",
        "answers": [
            (status, _resolved(components, each)["description"])
            for status, each in operation["responses"].items()
        ],
    }


def _record(components: Json, operation: Json, body: Json) -> str:
    """Return the name of the records of a table's operation, empty for other operations."""
    sent = body.get("schema", {})
    first = next(iter(operation["responses"].values())).get("content", {}).get("application/json", {})
    name = sent.get("items", sent).get("$ref") or first.get("schema", {}).get("$ref", "")
    name = name.rpartition("/")[2].removesuffix("Answer").removesuffix("List")
    return name if f"{name}ListAnswer" in components["schemas"] else ""


def _fields(components: Json, schema: Json) -> list[Json]:
    schema = _resolved(components, schema)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field),
            "required": name in required,
            "read_only": field.get("readOnly", False),
            "description": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _type(schema: Json) -> str:
    """Return the type of a schema in words: ``text, at most 20 characters, or null``."""
    given: Any = schema.get("type", "object")
    types = given if isinstance(given, list) else [given]
    formats = {"date-time": "date", "date": "date", "int32": "whole number"}
    word = formats.get(schema.get("format", ""), "")
    plain = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    text: str = word or plain.get(types[0], str(types[0]))
    if most := schema.get("maxLength"):
        text += f", at most {most} characters"
    return text + (", or null" if "null" in types[1:] else "")
