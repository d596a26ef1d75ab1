"""Batches by REST: the whole application, called in this process as a server would call it, with its sign-in.

Half of each batch is new, the other half exists and differs. The naive views know no sign-in, no middleware.
"""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings
from rest_framework.test import APIRequestFactory

from groups.models import Group
from tables.context import databases
from tables.write.records import writable
from tests.benchmarks import bare, naive_web
from tests.benchmarks.harness import Goal, Line, race, scaled, timed
from tests.benchmarks.house import OURS, THEIRS, copy_file, execute
from tests.benchmarks.making import Variant, bad_rows
from tests.benchmarks.serving import call

pytestmark = pytest.mark.bench

APPLICATION = get_wsgi_application()
BATCH, ONE = "/vbasoftware/groups-batch", "/vbasoftware/groups/{}"
BULK, ROW = "DRF many + bulk_create", "DRF save() a row"


class Batches:
    """The contestants of one size."""

    def __init__(self, house, rows):
        self.house, self.rows = house, rows
        self.headers = house.program()
        self.there = house.file(Group, rows // 2, prefix="H")
        for database in (OURS, THEIRS):
            house.fill(database, Group, house.file(Group, scaled(100_000)))

    def before(self, database):
        """Bring the table to where it was: its other rows, and the first half of the batch."""

        def restore():
            execute(database, "DELETE FROM groups WHERE group_id >= 'H'")
            copy_file(database, Group, self.there)
            execute(database, "VACUUM ANALYZE groups")
            execute(database, "CHECKPOINT")

        return restore

    def ours(self, body):
        def run():
            status, content = call(APPLICATION, "PUT", BATCH, self.headers, body)
            assert status == 207, content[:200]
            self.answer = content

        return timed(self.rows, run, self.before(OURS))

    def statuses(self):
        """Return how many records the last batch has created, updated and refused."""
        given = [each["status"] for each in json.loads(self.answer)["data"]]
        return given.count(201), given.count(200), sum(status >= 400 for status in given)

    def limit(self, connection, body):
        names = [(column.api, column.db) for column in writable(Group)]
        return timed(self.rows, lambda: bare.write_batch(connection, body, names), self.before(THEIRS))

    def naive(self, view, body, rows):
        def run():
            request = APIRequestFactory().put("/groups-batch", body, content_type="application/json")
            # Django's own limit, which ours reads past on purpose, is 2.5 MB.
            with databases.using(THEIRS), override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None):
                response = view.as_view()(request)
                assert response.status_code == 207, response.data
                response.render()

        return timed(rows, run, self.before(THEIRS))


def naive_body(body, rows):
    """Return the first records of a batch as the naive views take them: database names, plain days."""
    names = {column.api: column.db for column in writable(Group)}
    records = json.loads(body)[:rows]
    plain = [{names[name]: _plain_day(value) for name, value in record.items()} for record in records]
    return json.dumps(plain).encode()


def _plain_day(value):
    return value.removesuffix("T00:00:00Z") if isinstance(value, str) else value


@pytest.fixture(scope="module")
def connection(house):
    """The limit's own connection, kept as a pool would keep it."""
    with psycopg.connect(settings.VBA_DATABASES[THEIRS], autocommit=True) as connection:
        connection.execute("SET jit = off")
        yield connection


@pytest.mark.parametrize("rows", [1_000, 10_000])
@pytest.mark.parametrize("bad", [False, True], ids=["all good", "1 % bad"])
def test_batch_of_groups(house, report, connection, rows, bad):
    batches = Batches(house, rows)
    right = house.body(rows, Variant.CHANGED, "H")
    bulk, each = min(rows, scaled(5_000)), min(rows, scaled(1_000))
    contestants = {
        "ours": batches.ours(house.body(rows, Variant.BAD, "H") if bad else right),
        "orjson + COPY": batches.limit(connection, right),
        BULK: batches.naive(naive_web.BulkBatch, naive_body(right, bulk), bulk),
        ROW: batches.naive(naive_web.RowBatch, naive_body(right, each), each),
    }
    rates = race(contestants)
    created, updated, refused = batches.statuses()
    assert refused == (bad_rows(rows) if bad else 0)
    assert created + updated + refused == rows
    report.add(
        Line(
            f"batch of groups, {'1 % bad' if bad else 'all good'}",
            rows,
            "rows/s",
            rates,
            limit="orjson + COPY",
            naives=(BULK, ROW),
            goal=Goal(ratio=0.9, times=150) if rows == 10_000 else Goal(),
        )
    )


def test_batch_of_one_beside_a_single_put(house, report):
    batches = Batches(house, 2)
    bodies = [house.body(1, variant, "H") for variant in (Variant.PLAIN, Variant.CHANGED)]
    key = json.loads(bodies[0])[0]["group_ID"]
    requests = 100

    def put(path, bodies, expected):
        def run():
            for turn in range(requests):
                status, content = call(APPLICATION, "PUT", path, batches.headers, bodies[turn % 2])
                assert status == expected, content

        return timed(requests, run, batches.before(OURS))

    rates = race(
        {
            "ours": put(BATCH, bodies, 207),
            "single PUT": put(ONE.format(key), [body[1:-1] for body in bodies], 200),
        }
    )
    goal = Goal(ratio=1 / 1.5)
    report.add(Line("batch of one group, updated", 1, "requests/s", rates, limit="single PUT", goal=goal))


def test_batches_of_the_same_keys_in_any_order(house, report):
    """Eight clients send the same 500 keys at once: each in its own order, or all in the keys' order."""
    clients, rows = 8, 500
    batches = Batches(house, rows)
    records = json.loads(house.body(rows, Variant.CHANGED, "H"))
    chance = random.Random(7)

    def shuffled(client):
        mine = [{**record, "notes": str(client)} for record in records]
        chance.shuffle(mine)
        return json.dumps(mine).encode()

    def ordered(client):
        mine = [{**record, "notes": str(client)} for record in records]
        return json.dumps(sorted(mine, key=lambda record: record["group_ID"])).encode()

    def at_once(bodies):
        def put(body):
            try:
                status, content = call(APPLICATION, "PUT", BATCH, batches.headers, body)
                assert status == 207, content
            finally:
                connections.close_all()

        def run():
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(put, bodies))

        return timed(clients * rows, run, batches.before(OURS))

    rates = race(
        {
            "ours": at_once([shuffled(client) for client in range(clients)]),
            "in order": at_once([ordered(client) for client in range(clients)]),
        }
    )
    goal = Goal(ratio=1 / 3)
    what = "8 batches of the same keys at once, shuffled"
    report.add(Line(what, rows, "rows/s", rates, limit="in order", goal=goal))
