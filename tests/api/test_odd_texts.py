"""Malformed texts for every operation: in bodies, paths, queries and headers.

There is never a server error, and always the envelope, as JSON that strict parsers accept.
"""

import json

import msgspec
import pytest
from django.db import transaction

from tables.context import databases
from tables.schema.column import Kind
from tables.schema.columns import columns
from tables.schema.registry import all_tables
from tests.api.doors import LOGOUT, REFRESH, SIGN_IN, basic
from tests.api.families import COVER
from tests.api.surface import operations
from tests.conftest import PASSWORD
from tests.made_up import DAY, least, stored

pytestmark = pytest.mark.django_db(databases="__all__")

ALLOWED = (200, 201, 204, 207, 400, 401, 403, 404, 409)
ODD = [
    *("\ud800", "a\udfffb", "\ude00\ud83d", "\0", "a\0b", "\ufffe", "\uffff", "\ufffd", "\ufeff", "\x7f"),
    *("\u202e", "é" * 9, "\N{GRINNING FACE}", "x" * 2_000, "😀" * 300, "'; --", "%s", "NaN", "1e999", " "),
]
# Between the quotes of a JSON text: invalid UTF-8, and incomplete escapes.
NO_TEXTS = [
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\\ud8",
    b"\\x41",
    b"\n",
]
SEGMENTS = [
    *(
        "%ED%A0%80",
        "%00",
        "a%00",
        "%FF",
        "%C3",
        "%C0%AF",
        "%F4%90%80%80",
        "%EF%BF%BE",
        "%EF%BB%BF",
        "%zz",
        "%",
    ),
    *("\xff", "\xc3\xa9", "x" * 5000, "%F0%9F%98%80" * 900, "%E2%80%AE", "%u0041", "%2F%2e%2e"),
]
HEADERS = [
    *(
        "\0",
        "a\0",
        "\xff",
        "\xc3\xa9",
        "\xed\xa0\x80",
        "\x7f",
        "x" * 9000,
        "é" * 4000,
        "%00",
        "",
        " ",
        "\t",
        ",",
    ),
    *(
        "Basic",
        "Basic \xff",
        "Basic AAAA",
        "Basic /w==",
        "Bearer",
        "Bearer \xff",
        "Bearer \0",
        "Basic " + "A" * 9000,
    ),
    *(
        basic("\0", "x"),
        basic("bob", "\0"),
        basic("\ufffe", "x"),
        basic("x" * 9000, "x"),
        basic("bob", "x" * 9000),
    ),
    *(
        "application/json; charset=\xff",
        "text/plain; charset=none",
        "multipart/form-data",
        "a/b; boundary=\0",
    ),
    "application/x-www-form-urlencoded; charset=utf-16",
]
NAMES = [
    *(
        "x-api-key",
        "authorization",
        "vbasoftware-database",
        "expired-id-token",
        "refresh-token",
        "content-type",
    ),
    *(
        "accept",
        "accept-language",
        "accept-encoding",
        "x-forwarded-for",
        "x-forwarded-proto",
        "cookie",
        "host",
    ),
    *("origin", "referer", "user-agent", "x-http-method-override", "transfer-encoding", "range"),
]
EVERY = operations()
WITH_BODY = [each for each in EVERY if each.method in ("POST", "PUT") and each.path != LOGOUT]
# What fails tells its method and path; a test for each operation would make the records anew for each.
every_method = pytest.mark.parametrize("method", sorted({each.method for each in EVERY}))


@pytest.fixture(autouse=True)
def records():
    """The made-up record of every table, which the addresses of ``surface`` name."""
    with databases.using("VBA_Demo"):
        for model in all_tables():
            stored(model)


@pytest.fixture
def send(program):
    """Send a request, undo its changes, and return status and answer."""

    def sent(method, path, body=None, **options):
        options.setdefault("QUERY_STRING", path.partition("?")[2])
        with transaction.atomic(using="default"), transaction.atomic(using="VBA_Demo"):
            response = program.call(method, path, body, **options)
            transaction.set_rollback(True, using="VBA_Demo")
            transaction.set_rollback(True, using="default")
        assert response.status_code in ALLOWED, (method, path, response.status_code, response.content)
        if response.status_code == 204:
            assert response.content == b""
            return 204, None
        answer = msgspec.json.decode(response.content)
        assert list(answer) == ["data", "error", "debug"]
        assert answer["debug"]["activityID"]
        assert (answer["error"] is None) == (response.status_code < 400)
        return response.status_code, answer

    return sent


def body_of(operation):
    """Return a valid body of an operation: a record of the table, or the operation's own body."""
    model = getattr(operation.view, "model", None)
    if model is not None:
        every = {column.api: column for column in columns(model) if not column.is_stamp}
        values = least(model)
        return {name: told(values.get(column.db)) for name, column in every.items()}
    group = {"user_ID": "bob", "group_ID": "1"}
    return {
        "disenroll": group
        | dict.fromkeys(("division_ID", "term_Date"))
        | {"disenroll_Date": "2024-06-30", "reason_ID": 1, "disenrollFamily": 1, "disenrollFuture": 2}
        | {"terminateAuth": False, "groupDisenroll": True},
        "reenroll": group
        | {"disenroll_Date": "2024-06-30", "subscriber_ID": "1", "reenrollCOBRA": True}
        | {"cobraDivision": "1", "cobraReason": 1, "cobraPlanCriterias": [], "memberSeqCriterias": []}
        | dict.fromkeys(("division_ID", "start_Date", "member_Seq", "cobraStart", "invoiceDate")),
        "copy": {"groupID": "1", "sourceDivisionID": "1", "destinationGroupID": "1"}
        | {"destinationDivisionID": "new", "copyPlans": "N", "copyRiders": "N"},
        "add-enrollment": {"requesting_User_ID": "bob", "subEnrollment": COVER | {"subscriber_ID": "1"}},
    }[operation.path.rpartition("/")[2]]


def told(value):
    return value.isoformat() if value == DAY else value


def some(texts, turn, number):
    """Return so many of the texts, others in each turn, so that all are used by as many operations."""
    return [texts[(turn * number + n) % len(texts)] for n in range(number)]


def variants(body, texts):
    """Yield the body with some odd texts in place of each value, and with each odd text in place of a
    name."""
    for n, name in enumerate(body):
        for odd in some(ODD, n, texts):
            yield body | {name: odd}
        for value in some(
            [[ODD[0]], {ODD[0]: ODD[0]}, [{"plan_ID": ODD[1]}], [{ODD[0]: "1"}], [ODD[3]]], n, 2
        ):
            yield body | {name: value}
    for odd in ODD:
        yield body | {odd: odd}
    yield {ODD[0]: body}


def test_every_operation_with_a_body_is_covered():
    assert len(WITH_BODY) > 40
    assert all(body_of(each) for each in WITH_BODY)


def test_odd_texts_in_bodies_are_refused_or_stored(send):
    for operation in WITH_BODY:
        body = body_of(operation)
        if operation.action == "batch":
            found = list(variants(body, len(ODD)))
            status, answer = send(operation.method, operation.path, found)
            assert (status, len(answer["data"])) == (207, len(found))
            continue
        # The batch of a table reads records in the same way, and has all odd texts.
        one_by_one = getattr(operation.view, "model", None) is None
        for each in variants(body, 6) if one_by_one else list(variants(body, 3))[::23]:
            send(operation.method, operation.path, each)


def test_bodies_that_are_not_texts_are_refused(send):
    for operation in WITH_BODY:
        for body in no_texts(operation):
            send(operation.method, operation.path, body)


def no_texts(operation):
    """Yield bodies of an operation that are not text, or whose texts are malformed."""
    body = json.dumps(body_of(operation))
    name = next(iter(body_of(operation)))
    for raw in some(NO_TEXTS, EVERY.index(operation), 4):
        for written in (
            body.replace(f'"{name}": ', f'"{name}": "@", "x": ').encode().replace(b"@", raw),
            body.replace(f'"{name}"', '"@"').encode().replace(b"@", raw),
        ):
            yield b"[" + written + b"]" if operation.action == "batch" else written
    yield from (b"\xff\xfe", b"\xed\xa0\x80", b'"\\ud800"', b'["\\ud800"]', b"\0")
    yield b"\xef\xbb\xbf" + body.encode()


@every_method
def test_odd_segments_of_paths_name_nothing(send, method):
    for operation in (each for each in EVERY if each.method == method):
        for path, body in odd_paths(operation):
            status, _ = send(method, path, body)
            assert status in (200, 207, 400, 404), path


def odd_paths(operation):
    """Yield paths of an operation with odd texts in place of keys, and what its body is."""
    parts = operation.path.split("/")
    body = None
    if operation in WITH_BODY:
        body = [body_of(operation)] if operation.action == "batch" else body_of(operation)
    for n, part in enumerate(parts):
        if part not in ("1", DAY.isoformat()):
            continue
        for odd in some(SEGMENTS, EVERY.index(operation) + n, 3):
            yield "/".join([*parts[:n], odd, *parts[n + 1 :]]), body


OWN = ["page", "pageSize", "sortBy", "preview", "asOfDate", "groupId", "divisionId", "group_ID", "nothing"]
VALUES = [*SEGMENTS, "2024-02-30", "2024-06-30T25:00:00Z", "1e999", "9" * 5000, "%2B", "a;b", "[]", "{}"]
QUERIES = [*(f"{value}=1" for value in VALUES), "&".join(f"a{n}=1" for n in range(1500)), "=", "&&", "%"]


def names_of(operation):
    """Return names that stand in queries of an operation: a column of each kind among them."""
    model = getattr(operation.view, "model", None)
    if model is None:
        return OWN
    found = [next((each for each in columns(model) if each.kind is kind), None) for kind in Kind]
    lookups = ("", "__gte", "__icontains", "__isnull")
    return OWN + [f"{column.api}{lookup}" for column in found if column for lookup in lookups]


@every_method
def test_odd_queries_are_answered(send, method):
    for operation in (each for each in EVERY if each.method == method):
        for query in odd_queries(operation):
            send(method, f"{operation.path}?{query}")


def odd_queries(operation):
    """Return odd queries: of one operation all, of the others some of each kind."""
    turn, all_of_them = EVERY.index(operation), str(operation) == "GET /vbasoftware/reasons"
    queries = list(QUERIES if all_of_them else some(QUERIES, turn, 2))
    for n, name in enumerate(names_of(operation)):
        if all_of_them or operation.method == "GET" or n % 7 == 0:
            queries += [f"{name}={value}" for value in (VALUES if all_of_them else some(VALUES, turn + n, 1))]
    return queries


READ_AT = {
    **dict.fromkeys(("x-api-key", "vbasoftware-database", "x-forwarded-for"), "/vbasoftware/groups"),
    "authorization": SIGN_IN,
    **dict.fromkeys(("expired-id-token", "refresh-token"), REFRESH),
    "content-type": "/vbasoftware/groups/1/disenroll",
}


@pytest.mark.parametrize("name", NAMES)
def test_odd_headers_are_refused_or_ignored(send, settings, name):
    settings.BEHIND_PROXY = True
    for turn, (method, path) in enumerate(
        (
            ("GET", "/vbasoftware/groups"),
            ("POST", SIGN_IN),
            ("POST", REFRESH),
            ("POST", "/vbasoftware/groups/1/disenroll"),
        )
    ):
        credentials = {"authorization": basic("bob", PASSWORD)} if path == SIGN_IN else {}
        # Each value at one of the paths; where a header is read by one path alone, all of them there.
        for value in HEADERS if READ_AT.get(name) == path else HEADERS[turn::4]:
            environ = {"CONTENT_TYPE": value} if name == "content-type" else {}
            headers = credentials | ({} if environ else {name: value})
            body = b"{}" if method != "GET" else None
            send(method, path, body, headers=headers, **environ)
            if name == "x-forwarded-for":
                # Requests with a wrong key are counted by address.
                send(method, path, body, headers=headers | {"x-api-key": "none"})
