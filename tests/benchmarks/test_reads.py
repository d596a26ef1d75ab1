"""Reads by REST under load: gunicorn as the product runs it, eight kept connections, a load generator.

Ours comes with its sign-in, envelope and count. The limit is a bare WSGI application, the naive way a
ModelSerializer without a sign-in, both under the same server.
"""

import http.client
import json
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from groups.models import Group
from tests.benchmarks.harness import SCALE, Goal, Line, race, scaled
from tests.benchmarks.house import OURS, THEIRS
from tests.benchmarks.serving import bare_environment, requests_a_second, served

pytestmark = pytest.mark.bench

PAGE_SIZE = 100
SECONDS = 4 if SCALE >= 1 else 2
NAIVE = "ModelSerializer"


@pytest.fixture(scope="module")
def addresses(house):
    """The three applications, served, and tables of the same groups below them."""
    for database in (OURS, THEIRS):
        house.fill(database, Group, house.file(Group, scaled(100_000)))
    bare = bare_environment(THEIRS, PAGE_SIZE)
    naive = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.naive_settings"}
    with ExitStack() as stack:

        def serve(application, environment, ready):
            return stack.enter_context(served(application, environment, ready))

        yield {
            "ours": serve("vbaadmin.wsgi:application", {}, "/healthz") + "/vbasoftware",
            "bare WSGI": serve("tests.benchmarks.bare:application", bare, "/groups"),
            NAIVE: serve("vbaadmin.wsgi:application", naive, "/groups"),
        }


def read(url, headers):
    """Return what one request is answered, decoded."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path, headers=headers)
    response = connection.getresponse()
    assert response.status == 200
    answer = json.loads(response.read())
    connection.close()
    return answer


def race_of_reads(addresses, path, headers):
    """Let the three answer the same request."""

    def knocking(name):
        url, own = f"{addresses[name]}{path}", headers if name == "ours" else {}
        requests_a_second(url, own, 1)  # Workers connect and compile on their first requests.
        return lambda: requests_a_second(url, own, SECONDS)

    return race({name: knocking(name) for name in addresses})


def test_page_of_a_hundred_groups(house, report, addresses):
    headers = house.program()
    rows, bare_rows = (
        read(f"{addresses['ours']}/groups", headers)["data"],
        read(f"{addresses['bare WSGI']}/groups", {}),
    )
    assert len(rows) == len(bare_rows) == len(read(f"{addresses[NAIVE]}/groups", {})["results"]) == PAGE_SIZE
    assert rows[0].keys() == bare_rows[0].keys()
    rates = race_of_reads(addresses, "/groups", headers)
    goal = Goal(ratio=0.6, times=5)
    what = f"page of {PAGE_SIZE} of {scaled(100_000):,} groups"
    report.add(Line(what, PAGE_SIZE, "requests/s", rates, limit="bare WSGI", naives=(NAIVE,), goal=goal))


def test_one_group(house, report, addresses):
    path, headers = "/groups/G0000042", house.program()
    assert read(f"{addresses['ours']}{path}", headers)["data"]["group_ID"] == "G0000042"
    rates = race_of_reads(addresses, path, headers)
    report.add(
        Line("one group", 1, "requests/s", rates, limit="bare WSGI", naives=(NAIVE,), goal=Goal(times=5))
    )
