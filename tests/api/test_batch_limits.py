"""The limit of records in a batch: it applies before they become objects, and refusing takes linear work."""

import json
import sys
import tracemalloc

import pytest

from groups.models import Group
from tables.write.counting import TooManyRecords
from tables.write.json_reading import JsonReader
from tests.api.doors import problem
from tests.api.families import AUTH, BASE, GROUP, MEMBER, SUBSCRIBER, have

pytestmark = pytest.mark.django_db(databases="__all__")
MOST = 4
TOLD = f"The batch has more than {MOST} records. Send several batches."
GROUPS = BASE + GROUP.batch_at


@pytest.fixture
def limited(settings):
    settings.API_MAX_BATCH_RECORDS = MOST


OBJECT = json.dumps(GROUP.record())
RECORDS = {
    "empty": "{}",
    "good": OBJECT,
    "with braces in texts": json.dumps(GROUP.record(name="{,{,{,{,{,{", notes='"{'), separators=(",", ":")),
    "nested": '{"x":[{},{},{},{},{}]}',
    "no objects": "1",
    "arrays": "[{},{},{}]",
    "texts": '"a,b"',
    "half a surrogate pair": '{"group_ID":"\\ud800"}',
    "NUL": '{"group_ID":"\\u0000"}',
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
@pytest.mark.parametrize("between", [",", " ,\r\n\t"])
def test_a_batch_over_the_limit_is_a_413_that_names_it_and_one_at_the_limit_is_read(
    program, limited, record, between
):
    at_the_limit, over = (f" [ {between.join([record] * n)}] ".encode() for n in (MOST, MOST + 1))
    assert len(program.put(GROUPS, at_the_limit).json()["data"]) == MOST
    assert problem(program.put(GROUPS, over), 413) == TOLD
    for first in (b"1", b'"\\ud800"'):
        mixed = over.replace(b"[", b"[" + first + b",", 1)
        assert problem(program.put(GROUPS, mixed), 413) == TOLD


@pytest.mark.parametrize("end", ["", ",", "}", ",]", ',{"a":'])
def test_an_incomplete_batch_is_malformed_below_the_limit_and_too_large_above_it(program, limited, end):
    assert problem(program.put(GROUPS, f"[{{}},{{}}{end}".encode()), 400).startswith("The body is not valid")
    assert problem(program.put(GROUPS, f"[{'{},' * MOST}{{}}{end}".encode()), 413) == TOLD


@pytest.mark.parametrize("table", [AUTH, SUBSCRIBER, MEMBER], ids=lambda table: table.table)
def test_every_batch_has_the_limit(program, limited, table):
    have(program, SUBSCRIBER)
    assert problem(program.put(BASE + table.batch_at, [{}] * (MOST + 1)), 413) == TOLD
    assert len(program.put(BASE + table.batch_at, [{}] * MOST).json()["data"]) == MOST


@pytest.mark.parametrize("record", [b"{}", b"1", b'{"group_ID":"\\ud800"}'])
def test_records_above_the_limit_never_become_objects(record):
    body = b"[" + b",".join([record] * 200_000) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(TooManyRecords):
            JsonReader(Group).read_array(body, 1000)
        assert tracemalloc.get_traced_memory()[1] < len(body) + 1_000_000
    finally:
        tracemalloc.stop()


# --- refusing takes linear work ---


def calls(work):
    """Return how many function calls Python makes."""
    found = 0

    def note(frame, event, argument):
        nonlocal found
        found += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


BATCHES = {
    "groups, all refused": (GROUP, lambda n: {}),
    "subscribers, keys given": (SUBSCRIBER, lambda n: {}),
    "subscribers, every other refused": (SUBSCRIBER, lambda n: {"birth_Date": "x"} if n % 2 else {}),
    "members of one, 99 numbers": (MEMBER, lambda n: MEMBER.record(member_Seq=None)),
    "members of one, all refused": (MEMBER, lambda n: {}),
    "one group again and again": (GROUP, lambda n: GROUP.record(name=f"{n}")),
}


@pytest.mark.parametrize(("table", "record"), BATCHES.values(), ids=BATCHES.keys())
def test_twice_as_many_records_are_twice_the_work(program, table, record):
    have(program, SUBSCRIBER)
    counted = []
    for size in (300, 300, 600, 1200):  # the first warms up
        body = json.dumps([record(n) for n in range(size)]).encode()
        counted.append(calls(lambda body=body: program.put(BASE + table.batch_at, body)))
    _, few, more, most = counted
    assert most - more < 2.2 * (more - few), counted
