"""The memory of a web worker does not grow, however large the answers were.

``VBA_TEST_MEMORY=full`` serves as much as the goal names (200 pages, 20 batches, 20 exports), and prints the
figures; without it as much as shows the faults there were.
"""

import os
import re
import sys
import time
from pathlib import Path

import pytest
from django.db import connections

from groups.models import Group
from tables.schema.columns import columns
from tests.api.published import GROUP, GROUPS
from tests.api.server import RawProgram, running_web
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

MOST_MB = 250
FULL = os.environ.get("VBA_TEST_MEMORY") == "full"
PAGES, BATCHES, EXPORTS = (200, 20, 20) if FULL else (8, 2, 3)
# A few long records make pages as large as many short ones, and faster.
ROWS, LETTERS = (10_000, 2_000) if FULL else (2_500, 10_000)


@pytest.fixture
def web():
    """The web server with one worker, as the product runs it."""
    more = {"WEB_CONCURRENCY": "1", "VBA_MAX_BODY_BYTES": "1000000"}
    with running_web(more) as web:
        yield web


@pytest.fixture
def program(web, bob, demo_key, signed_in):
    program = RawProgram(web.port, signed_in(bob, demo_key))
    yield program
    program.close()


@pytest.fixture
def many_groups(program):
    """Groups with long notes: a page of them is some 25 MB."""
    columns_of = ", ".join(column.db for column in columns(Group) if column.db not in ("group_id", "notes"))
    assert program.call("POST", GROUPS, GROUP.record(group_ID="0")).status == 200
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO groups (group_id, notes, {columns_of})"
            f" SELECT 'G' || n, repeat('x', {LETTERS}), {columns_of}"
            f" FROM groups, generate_series(1, {ROWS - 1}) AS n"
        )


def megabytes(web):
    """Return the memory of the server's only worker in MB."""
    master = web.process.pid
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    held = int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text())[1])
    return held // 1024


def settled(web, program):
    """What it holds when the last answer is out, and what came of it was let go."""
    held = []
    deadline = time.monotonic() + PATIENCE
    while not held or (held[-1] > MOST_MB and time.monotonic() < deadline):
        time.sleep(0.5 if held else 0)
        assert program.call("GET", "/healthz").status == 200
        held.append(megabytes(web))
    return held[-1]


@pytest.fixture
def office(client, alice, program, web):
    """The admin of a superuser in VBA_Demo, as a browser uses it."""
    client.force_login(alice)
    client.post("/admin/choose-database/", {"database": "VBA_Demo"})
    cookies = "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())
    browser = RawProgram(web.port, {"Cookie": cookies})
    yield browser
    browser.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_does_not_grow_by_large_pages_batches_and_exports(web, program, many_groups, office):
    held = {"start": megabytes(web)}
    for _ in range(PAGES):
        assert len(program.call("GET", f"{GROUPS}?pageSize=10000").content) > 20_000_000
    held["pages"] = settled(web, program)
    body = b"[" + b",".join([b"{}"] * 100_000) + b"]"
    for _ in range(BATCHES):
        assert program.call("PUT", f"{GROUPS}-batch", body).status == 207
    held["batches"] = settled(web, program)
    for _ in range(EXPORTS):
        for form in ("csv", "json"):
            answer = office.call("GET", f"/admin/groups/group/export/{form}/")
            assert (answer.status, answer.content.count(b"xxxxxx") > ROWS) == (200, True), form
    held["exports"] = settled(web, program)
    sys.stdout.write(f"MB held by a worker: {held}\n")
    assert max(held.values()) <= MOST_MB, held
