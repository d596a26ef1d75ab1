"""The API on its real web server: exact paths, chunked and oversized bodies, kept connections."""

import json
import socket
from urllib.parse import quote

import pytest
from django.db import connections

from tests.api.programs import Program
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR
from tests.api.server import MAX_BODY_BYTES

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

KEYS = [
    "G 1",
    "é",
    "Zoë & Söhne",
    "a/b",
    "/",
    "//",
    "a/divisions/b",
    "100%",
    "%2F",
    "%",
    "?",
    "a?b#c",
    "#",
    "a+b",
]
KEYS += [
    "a&b=c;d",
    ";",
    ",",
    ".",
    "..",
    "...",
    ".json",
    "G1 ",
    " ",
    " G1",
    "'",
    '"',
    "a\\b",
    "a:b@c",
    "~",
    "日本",
    "😀",
]
KEYS += ["[x]{y}|z^`", "<b>", "$1*(2)!", "\t", "\x7f", "-batch", "none"]


def test_a_record_of_any_key_is_created_found_changed_and_deleted(raw_program, subtests):
    for key in KEYS:
        with subtests.test(key=key):
            goes_round(raw_program.call, key)


def goes_round(call, key):
    path = f"{GROUPS}/{quote(key, safe='')}"
    assert call("POST", GROUPS, GROUP.record(group_ID=key)).data["group_ID"] == key
    assert call("PUT", path, GROUP.record(group_ID=key, name="Changed")).data["name"] == "Changed"
    assert call("GET", path).data["name"] == "Changed"
    below = DIVISION.record(group_ID=key, division_ID=key)
    assert call("PUT", f"{path}/divisions-batch", [below]).data[0]["body"] == "Created"
    assert [row["division_ID"] for row in call("GET", f"{path}/divisions").data] == [key]
    division = f"{path}/divisions/{quote(key, safe='')}"
    year = PLAN_YEAR.record(group_ID=key, division_ID=key, plan_Year=key[:8])
    assert call("POST", f"{division}/plan-years", year).data["plan_Year"] == key[:8]
    assert call("GET", f"{division}/plan-years/{quote(key[:8], safe='')}").data["division_ID"] == key
    assert call("DELETE", path).status == 409
    for each in (f"{division}/plan-years/{quote(key[:8], safe='')}", division, path):
        answer = call("DELETE", each)
        assert (answer.status, answer.content) == (204, b"")
    assert call("GET", path).status == 404
    assert call("GET", GROUPS).data == []


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("é/a", "%c3%a9%2fa"),
        ("AZ~-", "%41Z%7e%2D"),
        ("a+b", "a+b"),
        ("a+b", "a%2Bb"),
        ("a b", "a%20b"),
        ("a:b@c;d,e=f", "a:b@c;d,e=f"),
        ("(a)!*'$&", "(a)!*'$&"),
        ("..", "%2e%2e"),
        ("..", ".."),
        ("%41", "%2541"),
    ],
)
def test_a_key_may_be_encoded_more_or_less_than_needed(raw_program, key, path):
    raw_program.call("POST", GROUPS, GROUP.record(group_ID=key))
    assert raw_program.call("GET", f"{GROUPS}/{path}").data["group_ID"] == key
    assert raw_program.call("GET", f"{GROUPS}/{path}?name=x").data["group_ID"] == key
    whole = f"http://127.0.0.1:{raw_program.port}{GROUPS}/{path}"
    assert raw_program.call("GET", whole).data["group_ID"] == key


@pytest.mark.parametrize("path", ["groups/%ff", "groups/%00", "groups%2FG1", "groups/a/b", "%67roups%3F"])
def test_a_path_that_names_nothing_is_a_404_in_the_envelope(raw_program, path):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = raw_program.call(method, f"/vbasoftware/{path}", GROUP.record())
        assert answer.status == 404
        assert answer.json["debug"]["activityID"]


# --- bodies ---


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunked_bodies_are_read(raw_program, size):
    body = json.dumps(GROUP.record(name="Söhne"), ensure_ascii=False).encode()
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert raw_program.call("POST", GROUPS, chunks=chunks).data["name"] == "Söhne"
    assert raw_program.call("PUT", GROUP.one, chunks=chunks).data["name"] == "Söhne"
    batch = raw_program.call("PUT", f"{GROUPS}-batch", chunks=[b"[", *chunks, b"]"])
    assert (batch.status, batch.data[0]["body"]) == (207, "Unchanged")


@pytest.mark.parametrize("way", ["announced", "chunked"])
def test_a_body_over_the_limit_is_a_413_and_the_server_keeps_working(raw_program, way):
    body = json.dumps([GROUP.record(notes="x" * MAX_BODY_BYTES)]).encode()
    chunks = [body[start : start + 10_000] for start in range(0, len(body), 10_000)]
    sent = {"chunks": chunks} if way == "chunked" else {"body": body}
    for path in (f"{GROUPS}-batch", GROUP.one):
        answer = raw_program.call("PUT", path, **sent)
        assert (answer.status, answer.detail) == (413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
        raw_program.close()
        assert raw_program.call("GET", GROUPS).data == []


def test_a_body_at_the_limit_is_read(raw_program):
    room = MAX_BODY_BYTES - len(json.dumps([GROUP.record(notes="")]).encode())
    body = json.dumps([GROUP.record(notes="x" * room)]).encode()
    assert len(body) == MAX_BODY_BYTES
    assert raw_program.call("PUT", f"{GROUPS}-batch", body).status == 207
    assert raw_program.call("PUT", f"{GROUPS}-batch", chunks=[body]).data[0]["body"] == "Unchanged"


def test_a_huge_body_is_refused_before_it_is_sent(raw_program):
    head = f"PUT {GROUPS}-batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000000000\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in raw_program.headers.items())
    with socket.create_connection(("127.0.0.1", raw_program.port), timeout=120) as connection:
        connection.sendall(head.encode() + b"\r\n[")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_ends_too_early_is_refused(raw_program):
    head = f"POST {GROUPS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in raw_program.headers.items())
    with socket.create_connection(("127.0.0.1", raw_program.port), timeout=120) as connection:
        connection.sendall(head.encode() + b"\r\n" + json.dumps(GROUP.record()).encode()[:-9])
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(100)
    assert raw_program.call("GET", GROUPS).data == []


@pytest.mark.parametrize("chunks", [b"no number\r\n{}\r\n0\r\n\r\n", b"5\r\n{}", b"2\r\n{}0\r\n\r\n"])
def test_broken_chunks_are_a_bad_request_and_not_a_server_error(raw_program, chunks):
    head = f"POST {GROUPS} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in raw_program.headers.items())
    with socket.create_connection(("127.0.0.1", raw_program.port), timeout=120) as connection:
        connection.sendall(head.encode() + b"\r\n" + chunks)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body", ["[" * 190_000, '{"a":' * 38_000, "[" * 95_000 + "]" * 95_000], ids=["open", "objects", "arrays"]
)
def test_a_deeply_nested_body_is_refused_and_the_server_keeps_working(raw_program, body):
    for method, path in (("POST", GROUPS), ("PUT", f"{GROUPS}-batch")):
        answer = raw_program.call(method, path, body.encode())
        assert (answer.status, answer.detail) == (
            400,
            "The body is not valid JSON (it is nested too deeply).",
        )
    assert raw_program.call("GET", GROUPS).data == []


def test_a_program_that_waits_for_100_continue_gets_it(raw_program):
    body = json.dumps(GROUP.record()).encode()
    head = f"POST {GROUPS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    head += "Expect: 100-continue\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in raw_program.headers.items()
    )
    with socket.create_connection(("127.0.0.1", raw_program.port), timeout=120) as connection:
        connection.sendall(head.encode() + b"\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


# --- connections ---


def test_a_connection_is_kept_through_answers_and_errors(raw_program):
    raw_program.call("GET", GROUPS)
    kept = raw_program.connection.sock
    assert kept
    for method, path, body in [
        ("POST", GROUPS, GROUP.record()),
        ("POST", GROUPS, GROUP.record()),
        ("POST", GROUPS, b"{broken"),
        ("POST", "/vbasoftware/nothing", GROUP.record()),
        ("DELETE", GROUPS, b"not read"),
        ("PUT", f"{GROUPS}-batch", []),
        ("DELETE", GROUP.one, None),
        ("HEAD", GROUPS, None),
        ("GET", GROUPS, None),
    ]:
        raw_program.call(method, path, body)
        assert raw_program.connection.sock is kept
    assert raw_program.call("GET", GROUPS).data == []


def test_no_program_notices_that_the_databases_closed_connections(raw_program):
    for _ in range(8):  # the threads that serve
        assert raw_program.call("GET", GROUPS).status == 200
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    assert [raw_program.call("GET", GROUPS).status for _ in range(16)] == [200] * 16


def test_the_header_of_a_list_and_of_an_error_arrive(raw_program):
    answer = raw_program.call("GET", GROUPS, headers={"Accept": "text/html"})
    assert json.loads(answer.headers["X-Pagination"])["TotalCount"] == 0
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    answer = raw_program.call("PATCH", GROUPS, GROUP.record())
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_credentials(raw_program, path):
    raw_program.headers = {}
    answer = raw_program.call("GET", path)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_one_interface_reads_what_the_other_wrote(raw_program, client):
    raw_program.call("POST", GROUPS, GROUP.record(name="By the server"))
    response = Program(client, raw_program.headers).get(GROUP.one)
    assert response.json()["data"]["name"] == "By the server"
