"""Two databases that never mix, and many programs at once in one of them."""

from itertools import count

import pytest
from django.test import Client

from groups.models import Group
from tables.context import databases
from tables.write.engine import write
from tests.api.doors import problem
from tests.api.programs import Program, data_of
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR
from tests.api.server import RawProgram, running_server
from tests.at_once import together
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__")
at_once = pytest.mark.django_db(databases="__all__", transaction=True)

NAMES = ("VBA_Demo", "VBA_Acme")


@pytest.fixture
def programs(alice, both_key, signed_in):
    """A program in each of the two databases, both with one key."""
    return {name: Program(Client(), signed_in(alice, both_key, name)) for name in NAMES}


@pytest.fixture
def raw_programs(port, alice, both_key, signed_in):
    """Make programs on the real server, each with its own connection."""
    made = []

    def make(database="VBA_Demo"):
        made.append(RawProgram(port, signed_in(alice, both_key, database)))
        return made[-1]

    yield make
    for program in made:
        program.close()


# --- two databases ---


def test_the_same_keys_in_two_databases_do_not_mix(programs):
    demo, acme = programs.values()
    for program in (demo, acme):
        program.have(PLAN_YEAR)
    data_of(demo.put(GROUP.one, GROUP.record(name="Demo")))
    assert data_of(acme.get(GROUP.one))["name"] is None
    assert acme.batch(GROUP, [GROUP.record(name="Acme")]) == [(200, "Updated")]
    assert data_of(demo.get(GROUP.one))["name"] == "Demo"
    assert acme.delete(PLAN_YEAR.one).status_code == 204
    assert demo.get(PLAN_YEAR.one).status_code == 200
    assert acme.delete(DIVISION.one).status_code == 204
    assert acme.delete(GROUP.one).status_code == 204
    assert [row["name"] for row in data_of(demo.get(GROUPS))] == ["Demo"]


def test_a_parent_in_the_other_database_is_unknown(programs):
    demo, acme = programs.values()
    demo.have(GROUP)
    assert problem(acme.post(DIVISION.path, DIVISION.record()), 404) == "Group 'G1' was not found."


def test_one_token_may_open_several_databases(client, bob, both_key, signed_in):
    give_role(bob, "Administrator", *NAMES)
    program = Program(client, signed_in(bob, both_key))
    for name in NAMES:
        response = program.call(
            "POST", GROUPS, GROUP.record(name=name), headers={"vbasoftware-database": name}
        )
        assert data_of(response)["name"] == name


def test_without_a_chosen_database_a_mirrored_table_cannot_be_used():
    for use in (Group.objects.count, Group(group_id="G1").save, lambda: write(Group, [])):
        with pytest.raises(databases.NoDatabaseChosen):
            use()


def test_only_target_databases_can_be_chosen():
    for name in ("default", "VBA_Nowhere", "vba_demo", ""):
        with pytest.raises(databases.UnknownDatabase), databases.using(name):
            pass
    with databases.using("VBA_Acme"), databases.using("VBA_Demo"):
        assert databases.chosen() == "VBA_Demo"
    assert databases.chosen_or_none() is None


@at_once
def test_requests_to_two_databases_at_the_same_time_do_not_mix(raw_programs):
    def work(name, worker):
        program = raw_programs(name)

        def task():
            for turn in range(12):
                key = f"{worker}-{turn}"
                assert program.call("POST", GROUPS, GROUP.record(group_ID=key, name=name)).status == 200
                batch = [GROUP.record(group_ID=f"{key}-{n}", name=name) for n in range(3)]
                assert program.call("PUT", f"{GROUPS}-batch", batch).status == 207
                assert {row["name"] for row in program.call("GET", f"{GROUPS}?pageSize=1000").data} == {name}

        return task

    together(*(work(name, worker) for worker in range(2) for name in NAMES))
    for name in NAMES:
        rows = raw_programs(name).call("GET", f"{GROUPS}?pageSize=1000").data
        assert len(rows) == 2 * 12 * 4
        assert {row["name"] for row in rows} == {name}


@at_once
def test_an_unavailable_database_is_a_503_and_the_other_one_still_works(alice, both_key, signed_in):
    with running_server(VBA_Acme="postgres://nobody@127.0.0.1:9/away") as port:
        demo, acme = (RawProgram(port, signed_in(alice, both_key, name)) for name in NAMES)
        for method, path, body in (
            ("GET", GROUPS, None),
            ("POST", GROUPS, GROUP.record()),
            ("PUT", f"{GROUPS}-batch", [GROUP.record()]),
        ):
            answer = acme.call(method, path, body)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert answer.detail == "The database is not available. Try again shortly."
            assert demo.call(method, path, body).status in (200, 207)
        assert acme.call("GET", "/readyz").status == 503
        assert acme.call("GET", "/healthz").status == 200
        for program in (demo, acme):
            program.close()


# --- many programs in one database ---


@at_once
@pytest.mark.parametrize("rows", [20, 300])
def test_two_batches_of_the_same_new_keys_at_once_are_both_answered(raw_programs, rows):
    def batch(name, keys):
        program = raw_programs()
        records = [GROUP.record(group_ID=f"G{n:03}", name=name) for n in keys]

        def task():
            answer = program.call("PUT", f"{GROUPS}-batch", records)
            assert answer.status == 207, answer.content
            return [row["body"] for row in answer.data]

        return task

    first, second = together(batch("First", range(rows)), batch("Second", reversed(range(rows))))
    for one, other in zip(first, reversed(second), strict=True):
        assert sorted([one, other]) == ["Created", "Updated"]
    names = [row["name"] for row in raw_programs().call("GET", f"{GROUPS}?pageSize=1000").data]
    assert len(names) == rows
    assert len(set(names)) == 1


@at_once
@pytest.mark.parametrize("rows", [20, 300])
def test_batches_that_change_the_same_rows_in_opposite_orders_both_succeed(raw_programs, rows):
    keys = [f"G{n:03}" for n in range(rows)]
    raw_programs().call("PUT", f"{GROUPS}-batch", [GROUP.record(group_ID=key) for key in keys])
    numbers = count(1)

    def batches(order):
        program = raw_programs()

        def task():
            for _ in range(4):
                number = next(numbers)
                records = [GROUP.record(group_ID=key, adult_Age=number) for key in order]
                answer = program.call("PUT", f"{GROUPS}-batch", records)
                assert answer.status == 207, answer.content
                assert {row["body"] for row in answer.data} == {"Updated"}

        return task

    together(*(batches(order) for order in (keys, keys[::-1])))
    ages = [row["adult_Age"] for row in raw_programs().call("GET", f"{GROUPS}?pageSize=1000").data]
    assert len(ages) == rows
    assert len(set(ages)) == 1


@at_once
def test_one_of_many_simultaneous_posts_creates_and_the_others_are_refused(raw_programs):
    def post(program):
        return lambda: program.call("POST", GROUPS, GROUP.record())

    answers = together(*(post(raw_programs()) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert {answer.detail for answer in answers if answer.status == 409} == {"Group 'G1' already exists."}


@at_once
def test_a_parent_deleted_at_the_same_time_leaves_no_orphan(raw_programs):
    for _ in range(10):
        one, other = raw_programs(), raw_programs()
        one.call("POST", GROUPS, GROUP.record())
        added, deleted = together(
            lambda program=one: program.call("POST", DIVISION.path, DIVISION.record()),
            lambda program=other: program.call("DELETE", GROUP.one),
        )
        assert (added.status, deleted.status) in ((200, 409), (404, 204))
        one.call("DELETE", DIVISION.one)
        one.call("DELETE", GROUP.one)
