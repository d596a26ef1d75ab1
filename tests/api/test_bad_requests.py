"""Bad requests: paths, queries and headers that make no sense, and bodies over the limit."""

import json

import pytest

from tests.api.doors import problem
from tests.api.programs import data_of
from tests.api.published import DIVISION, GROUP, GROUPS
from vbaadmin.failures import server_error

pytestmark = pytest.mark.django_db(databases="__all__")


# --- paths, queries and headers ---


@pytest.mark.parametrize(
    "segment", ["%00", "a%00b", "%", "%zz", "%ff", "%ed%a0%80", "%C3", "x" * 3000, "%F0%9F%98%80" * 300]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_path_that_cannot_name_a_record_is_a_404(program, segment, method):
    for path in (f"{GROUPS}/{segment}", f"{GROUPS}/{segment}/divisions/{segment}"):
        response = program.call(method, path, GROUP.record(division_ID="x") if method == "PUT" else None)
        assert problem(response, 400 if method == "PUT" and response.status_code == 400 else 404)


@pytest.mark.parametrize("segment", ["%00", "a%00b"])
def test_paths_below_an_impossible_key_are_404s(program, segment):
    path = f"{GROUPS}/{segment}/divisions"
    assert problem(program.get(path), 404)
    assert problem(program.post(path, DIVISION.record(group_ID="\0")), 404)
    assert problem(program.put(f"{path}-batch", [DIVISION.record()]), 404)


QUERIES = [
    "page=0",
    "page=-1",
    "page=abc",
    "page=1.5",
    "page=2147483648",
    "page=%00",
    "pageSize=0",
    "pageSize=10001",
]
QUERIES += [
    "pageSize=abc",
    "pageSize=-5",
    "pageSize=%D9%A1",
    "sortBy=nope",
    "sortBy=name:up",
    "sortBy=:desc",
    "sortBy=%00",
]
QUERIES += [
    "sortBy=name:asc:desc",
    "adult_Age=x",
    "adult_Age=99999999999",
    "paperless=perhaps",
    "renewal_Date=2024-02-30",
]
QUERIES += [
    "caseRate=x",
    "caseRate=NaN",
    "caseRate__gte=1e999",
    "entry_Date=soon",
    "update_Date__gte=2024-02-30",
    "renewal_Date__lte=soon",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_cannot_be_understood_is_a_400_that_names_the_parameter(program, query):
    text = problem(program.call("GET", f"{GROUPS}?{query}", QUERY_STRING=query), 400)
    assert text.startswith(query.split("=")[0].split("__")[0])


@pytest.mark.parametrize(
    "query",
    [
        "name=%00",
        "name=%00&page=2",
        "name=%ff",
        "name__icontains=%00",
        "&&&",
        "name",
        "name=%ED%A0%80",
    ],
)
def test_odd_queries_are_answered(program, query):
    assert data_of(program.call("GET", f"{GROUPS}?{query}", QUERY_STRING=query)) == []


HEADERS = [
    {"x-api-key": "\0"},
    {"x-api-key": "é" * 5000},
    {"authorization": "Bearer " + "x" * 8000},
    {"authorization": "Bearer \0"},
    {"vbasoftware-database": "\0"},
    {"vbasoftware-database": "x" * 8000},
    {"vbasoftware-database": "../VBA_Demo"},
]


@pytest.mark.parametrize("headers", HEADERS)
def test_absurd_credentials_are_refused(program, headers):
    response = program.call("GET", GROUPS, headers=headers)
    assert problem(response, 403 if "vbasoftware-database" in headers else 401)


@pytest.mark.parametrize("length", ["-1", "abc", "", "1e3", "9" * 30, "٣"])
def test_an_absurd_content_length_is_not_a_server_error(program, length):
    response = program.call("POST", GROUPS, GROUP.record(), CONTENT_LENGTH=length)
    assert response.status_code in (200, 400, 413)
    assert response.json()["debug"]["activityID"]


@pytest.mark.parametrize("path", [GROUPS, "/vbasoftware/nothing"])
def test_an_unknown_host_is_refused_in_the_envelope(program, path, settings):
    settings.ALLOWED_HOSTS = ["office.example"]
    assert (
        problem(program.call("GET", path, headers={"host": "evil.example"}), 400)
        == "The request cannot be read."
    )
    assert program.call("GET", path, headers={"host": "office.example"}).status_code in (200, 404)


def test_a_failure_outside_of_any_view_is_a_500_in_the_envelope(rf):
    response = server_error(rf.get(GROUPS))
    assert response.status_code == 500
    told = json.loads(response.content)["error"]
    assert (told["status"], told["detail"]) == (
        500,
        "The server failed. Quote the activityID when you ask for help.",
    )
    assert server_error(rf.get("/admin/"))["Content-Type"].startswith("text/html")


# --- bodies over the limit ---


@pytest.mark.parametrize(
    ("method", "path"), [("POST", GROUPS), ("PUT", GROUP.one), ("PUT", f"{GROUPS}-batch")]
)
def test_a_body_over_the_limit_is_a_413_and_one_at_the_limit_is_read(program, settings, method, path):
    program.have(GROUP)
    body = json.dumps(GROUP.record(group_ID="New" if method == "POST" else "G1")).encode()
    body = b"[" + body + b"]" if path.endswith("batch") else body
    settings.API_MAX_BODY_BYTES = len(body) - 1
    response = program.call(method, path, body)
    assert problem(response, 413) == f"The body is larger than {len(body) - 1} bytes."
    settings.API_MAX_BODY_BYTES = len(body)
    assert program.call(method, path, body).status_code in (200, 207)
