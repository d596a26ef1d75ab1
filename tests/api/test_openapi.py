"""The OpenAPI document: valid, complete, and consistent with the published contract and the server."""

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tables.schema.columns import columns
from tables.schema.registry import all_tables
from tests.api.surface import SIGNING_IN, operations
from tests.made_up import DAY

pytestmark = pytest.mark.django_db(databases="__all__")

CONTRACT = json.loads((Path(__file__).parent.parent / "contract.json").read_text(encoding="utf-8"))
ADDRESS, DOCS = "/vbasoftware/openapi.json", "/vbasoftware/docs/"
TYPES = {
    "int32": ("integer", "int32"),
    "date-time": ("string", "date-time"),
    "number": ("number", None),
    "string": ("string", None),
    "boolean": ("boolean", None),
}


@pytest.fixture
def document(client):
    """The document, as the server answers it without credentials."""
    response = client.get(ADDRESS)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=utf-8")
    return response.json()


def resolved(document, value):
    """What a value says, or the component that it refers to."""
    if "$ref" in value:
        _, _, kind, name = value["$ref"].split("/")
        return document["components"][kind][name]
    return value


def every_operation(document):
    """Path, method and facts of each operation."""
    return [
        (path, method, facts)
        for path, methods in document["paths"].items()
        for method, facts in methods.items()
    ]


def folded(path):
    """A path whose key names have no upper case and no underscores: requests do not contain these names."""
    return re.sub(r"{(\w+)}", lambda name: "{" + name[1].replace("_", "").lower() + "}", path)


def filled(path, facts):
    """An operation's address with the made-up key in its path."""
    for each in facts["parameters"]:
        if each.get("in") == "path":
            value = DAY.isoformat() if each["schema"].get("format") == "date" else "1"
            path = path.replace("{" + each["name"] + "}", value)
    return f"/vbasoftware{path}"


def body_schema(document, facts):
    """The schema of the record that an operation takes, or of those in the array it takes."""
    schema = facts["requestBody"]["content"]["application/json"]["schema"]
    return resolved(document, schema.get("items", schema))


# --- the document by itself ---


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_operation_ids_are_readable_and_no_two_alike(document):
    ids = [facts["operationId"] for _, _, facts in every_operation(document)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+[A-Za-z]+", each) for each in ids)
    assert {"listGroups", "getGroup", "createGroup", "replaceGroup", "deleteGroup", "batchGroups"} <= set(ids)


def test_every_operation_has_a_listed_tag(document):
    used = {tag for _, _, facts in every_operation(document) for tag in facts["tags"]}
    assert used == {tag["name"] for tag in document["tags"]}


def test_every_column_comes_with_its_help_text(document):
    for model in all_tables():
        if model.__name__ not in document["components"]["schemas"]:
            continue
        properties = document["components"]["schemas"][model.__name__]["properties"]
        for column in columns(model):
            assert properties[column.api]["description"].startswith(str(column.field.help_text))


def test_examples_of_bodies_are_taken_by_the_server(document, program):
    for path, method, facts in every_operation(document):
        if method != "post" or "example" not in str(facts.get("requestBody")):
            continue
        example = facts["requestBody"]["content"]["application/json"]["example"]
        keys = [each for each in facts["parameters"] if each.get("in") == "path"]
        address = path.format(**{each["name"]: each["example"] for each in keys})
        response = program.post("/vbasoftware" + address, example)
        assert response.status_code == 200, (address, response.content)


# --- the document and the server ---


def test_every_operation_of_the_resolver_is_in_the_document_and_no_other(document):
    told = {f"{method.upper()} {filled(path, facts)}" for path, method, facts in every_operation(document)}
    served = {str(each) for each in operations()} | {f"POST {path}" for path in SIGNING_IN}
    assert served == told


def test_every_filter_and_page_parameter_is_in_the_document(document):
    facts = document["paths"]["/groups"]["get"]
    names = {resolved(document, each)["name"] for each in facts["parameters"]}
    assert {"page", "pageSize", "sortBy", "state", "state__icontains", "renewal_Date__gte"} <= names
    assert {"total_Employees__lte", "state__isnull", "vbasoftware-database"} <= names
    assert "group_ID__isnull" not in names


def test_every_operation_lists_all_errors_it_may_answer(document):
    for path, method, facts in every_operation(document):
        told = set(facts["responses"])
        assert {"400", "401", "403", "429", "500", "503"} <= told, (method, path)
        assert ("404" in told) == ("{" in path)
        assert ("413" in told) == ("requestBody" in facts)
        # Another user may hold the records.
        assert "409" in told or not (method in ("put", "delete") or "requestBody" in facts), (method, path)
    refused = document["components"]["responses"]
    assert "Retry-After" in refused["TooManyRequests"]["headers"]
    assert "Retry-After" in refused["ServiceUnavailable"]["headers"]


def test_the_document_is_not_sent_again_to_a_client_that_has_it(client):
    etag = client.get(ADDRESS)["ETag"]
    again = client.get(ADDRESS, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert client.get(ADDRESS, headers={"if-none-match": '"other"'}).status_code == 200


def test_the_document_names_no_database_and_no_host(client):
    content = client.get(ADDRESS).content.decode()
    assert "VBA_Acme" not in content
    assert json.loads(content)["servers"] == [{"url": "/vbasoftware"}]


@pytest.mark.parametrize("address", [ADDRESS, DOCS])
def test_other_methods_than_get_are_refused_in_the_envelope(client, address):
    refused = client.post(address)
    assert (refused.status_code, refused.json()["error"]["status"]) == (405, 405)
    assert client.head(address).status_code == 200


def test_options_answer_the_allowed_methods_in_the_envelope(program):
    response = program.call("OPTIONS", "/vbasoftware/groups")
    assert (response.status_code, response["Allow"]) == (200, "GET, POST, HEAD, OPTIONS")
    assert response.json()["data"] is None
    assert list(response.json()) == ["data", "error", "debug"]


# --- the document and the published contract ---


def test_methods_paths_statuses_and_security_are_those_of_the_contract(document):
    published = {(folded(each["path"]), each["method"].lower()): each for each in CONTRACT["operations"]}
    found = 0
    for path, method, facts in every_operation(document):
        if (expected := published.get((folded(path), method))) is None:
            continue
        found += 1
        assert str(expected["success"]) in facts["responses"], (method, path)
        assert [set(each) for each in facts["security"]] == [set(expected["security"])]
        parameters = {resolved(document, each)["name"] for each in facts["parameters"]}
        assert set(expected["headers"]) <= parameters
        assert {name.lower() for name in expected["query"]} <= {name.lower() for name in parameters}
        assert bool(expected["body"]) == ("requestBody" in facts)
    assert found >= 21


def test_every_field_of_a_body_is_as_the_contract_has_it(document):
    published = {(folded(each["path"]), each["method"].lower()): each for each in CONTRACT["operations"]}
    compared = set()
    for path, method, facts in every_operation(document):
        name = (published.get((folded(path), method)) or {}).get("body") or ""
        name = re.sub(r"^Array<(\w+)>$", r"\1", name)
        if name not in CONTRACT["tables"]:
            continue
        compared.add(name)
        schema = body_schema(document, facts)
        table = CONTRACT["tables"][name]
        assigned = set(table.get("server_assigns") or ())
        assert set(schema.get("required", ())) == {
            each["name"] for each in table["fields"] if each["required"] and each["name"] not in assigned
        }
        assert set(schema["properties"]) == {each["name"] for each in table["fields"]}
        for field in table["fields"]:
            assert_same(schema["properties"][field["name"]], field)
    assert {"Groups", "GroupDivision", "GroupPlanYear"} <= compared


def assert_same(schema, field):
    """Check a property against the contract's facts of the field."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind, form = TYPES[field["type"]]
    assert kinds == [kind, *(["null"] if field["nullable"] else [])], field["name"]
    assert schema.get("format") == form, field["name"]
    assert schema.get("maxLength") == field.get("maxLength"), field["name"]
    assert schema.get("default") == field.get("default"), field["name"]


# --- the page ---


def test_the_page_lists_every_operation_and_every_column(client, document):
    page = client.get(DOCS)
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    text = page.content.decode()
    for path, _, facts in every_operation(document):
        assert f'id="{facts["operationId"]}"' in text
        assert path in text
    for name in document["components"]["schemas"]["GroupDivision"]["properties"]:
        assert f"<code>{name}</code>" in text


def test_the_page_loads_nothing_from_other_servers_and_runs_no_script(client):
    text = client.get(DOCS).content.decode()
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", text)
    sources = re.findall(r'(?:src|href)="([^"#]+)"', text)
    assert all(source.startswith(("/static/tables/", "/vbasoftware/")) for source in sources)
