"""The upsert engine: the results of valid records in each mode, for many and for few."""

import json
import threading

import pytest
from django.db import OperationalError, connections, transaction

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.context.actor import acting_as
from tables.write.engine import Mode, write
from tables.write.json_reading import JsonReader
from tables.write.records import writable
from tests.api.published import DIVISION, GROUP, PLAN_YEAR
from tests.database_faults import database_fault
from tests.locks import session, wait_for_waiting

pytestmark = pytest.mark.django_db(databases="__all__")

# More records than this are staged in another way.
FEW = 100
DEADLOCK = "40P01"


@pytest.fixture(autouse=True)
def at_work():
    """Bob works in VBA_Demo."""
    with databases.using("VBA_Demo"), acting_as("bob"):
        yield


@pytest.fixture(params=["few", "many"])
def fillers(request):
    """More groups in the same write, so that it is staged like a large one."""
    return [GROUP.record(group_ID=f"F{n:03}") for n in range(FEW + 1 if request.param == "many" else 0)]


def read(table, records):
    """Read valid records with the reader of REST."""
    model = {GROUP.name: Group, DIVISION.name: GroupDivision, PLAN_YEAR.name: GroupPlanYear}[table.name]
    found = JsonReader(model).read_array(json.dumps(records).encode())
    accepted = list(found.accepted)
    assert not found.refused
    return accepted


def groups(*records):
    return read(GROUP, [GROUP.record(group_ID=key, name=name) for key, name in records])


def without(records, index, column):
    """Remove a required value from a read record. No reader would allow that."""
    place = [each.db for each in writable(Group)].index(column)
    n, values = records[index]
    records[index] = (n, (*values[:place], None, *values[place + 1 :]))
    return records


def stored_groups():
    return dict(Group.objects.exclude(group_id__startswith="F").values_list("group_id", "name"))


def test_new_records_are_created_and_others_updated_or_left_alone():
    assert write(Group, groups(("A", "a"), ("B", "b"))).created == {0, 1}
    outcome = write(Group, groups(("A", "a"), ("B", "new"), ("C", "c")))
    assert (outcome.created, outcome.updated, outcome.refused) == ({2}, {1}, {})
    assert stored_groups() == {"A": "a", "B": "new", "C": "c"}


def test_writing_nothing_succeeds():
    outcome = write(Group, [])
    assert (outcome.created, outcome.updated, outcome.refused) == (set(), set(), {})


def test_answers_have_the_index_of_each_record():
    records = [(n * 7 + 3, values) for n, values in groups(("A", "a"), ("B", "b"), ("A", "c"))]
    outcome = write(Group, records)
    assert (outcome.created, outcome.updated) == ({3, 10}, {17})


def test_create_refuses_keys_that_exist(fillers):
    write(Group, groups(("A", "old")))
    records = read(GROUP, [*fillers, GROUP.record(group_ID="A", name="new"), GROUP.record(group_ID="B")])
    outcome = write(Group, records, mode=Mode.CREATE)
    (problem,) = outcome.refused.pop(len(fillers))
    assert (problem.text, problem.status) == ("Group 'A' already exists.", 409)
    assert not outcome.refused
    assert stored_groups() == {"A": "old", "B": None}


def test_replace_refuses_keys_that_do_not_exist(fillers):
    write(Group, read(GROUP, fillers) + [(n + FEW + 9, values) for n, values in groups(("A", "old"))])
    records = read(GROUP, [*fillers, GROUP.record(group_ID="A", name="new"), GROUP.record(group_ID="B")])
    outcome = write(Group, records, mode=Mode.REPLACE)
    (problem,) = outcome.refused.pop(len(fillers) + 1)
    assert (problem.text, problem.status) == ("Group 'B' was not found.", 404)
    assert (outcome.created, outcome.updated, outcome.refused) == (set(), {len(fillers)}, {})
    assert stored_groups() == {"A": "new"}


def test_a_dry_run_answers_the_same_and_stores_nothing(fillers):
    write(Group, groups(("A", "a"), ("B", "b")))
    records = read(
        GROUP,
        [
            *fillers,
            *(GROUP.record(group_ID=key, name=name) for key, name in [("A", "a"), ("B", "x"), ("C", "c")]),
        ],
    )
    dry = write(Group, records, dry_run=True)
    assert stored_groups() == {"A": "a", "B": "b"}
    assert write(Group, records) == dry
    assert stored_groups() == {"A": "a", "B": "x", "C": "c"}


def test_several_calls_in_one_transaction_succeed_or_fail_together(fillers):
    with transaction.atomic(using="VBA_Demo"):
        write(Group, read(GROUP, [*fillers, GROUP.record(group_ID="A")]))
        outcome = write(GroupDivision, read(DIVISION, [DIVISION.record(group_ID="A")]))
        assert outcome.created == {0}
        write(Group, read(GROUP, [*fillers, GROUP.record(group_ID="B")]))
        assert set(stored_groups()) == {"A", "B"}
        transaction.set_rollback(True, using="VBA_Demo")
    assert not Group.objects.exists()


def test_all_broken_rules_and_parents_of_a_record_are_reported_together(fillers):
    write(Group, groups(("G1", None)))
    wrong = PLAN_YEAR.record(division_ID="None", from_Date="2024-02-01", thru_Date="2024-01-01")
    more = [PLAN_YEAR.record(division_ID="None", plan_Year=filler["group_ID"]) for filler in fillers]
    outcome = write(GroupPlanYear, read(PLAN_YEAR, [wrong, *more]))
    assert len(outcome.refused) == len(more) + 1
    texts = [(problem.column, problem.text, problem.status) for problem in outcome.refused[0]]
    assert texts == [
        ("division_ID", "Division 'G1' / 'None' was not found.", 404),
        ("thru_Date", "thru_Date must not be before from_Date.", 400),
    ]


# --- errors that only the database finds ---


def test_errors_that_only_the_database_finds_belong_to_their_record(fillers):
    records = read(GROUP, [GROUP.record(group_ID=key) for key in "ABCDE"] + fillers)
    for index in (1, 3):
        without(records, index, "paperless")
    outcome = write(Group, records)
    assert sorted(outcome.refused) == [1, 3]
    assert [problem.text for problem in outcome.refused[1]] == [
        "The database refused the record (SQLSTATE 23502)."
    ]
    assert outcome.created == set(range(5 + len(fillers))) - {1, 3}
    assert set(stored_groups()) == {"A", "C", "E"}


def test_records_that_the_database_refuses_do_not_hide_others_of_their_key(fillers):
    records = read(GROUP, [GROUP.record(group_ID="A", name=name) for name in "xyz"] + fillers)
    without(records, 0, "paperless")
    outcome = write(Group, records)
    assert set(outcome.refused) == {0}
    assert 1 in outcome.created
    assert 2 in outcome.updated
    assert stored_groups() == {"A": "z"}


@pytest.mark.parametrize("last", ["b", "c"])
def test_a_refused_record_does_not_change_the_result_of_a_repeated_key(fillers, last):
    names = [("A", "a"), ("A", "b"), ("A", last), ("B", "unlike")]
    records = read(GROUP, [GROUP.record(group_ID=key, name=name) for key, name in names] + fillers)
    without(records, 3, "paperless")
    outcome = write(Group, records)
    assert set(outcome.refused) == {3}
    assert outcome.created == {0, *range(4, 4 + len(fillers))}
    assert outcome.updated == ({1} if last == "b" else {1, 2})
    assert stored_groups() == {"A": last}


# --- other sessions ---


def wait_until_waited_for(session):
    """Wait until another session waits for this one. It runs in a thread, and closes its connection."""
    try:
        wait_for_waiting(holder=session.info.backend_pid)
    finally:
        connections.close_all()


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_deadlock_with_another_session_is_retried():
    write(Group, groups(("A", "a"), ("B", "b")))
    update = "UPDATE groups SET name = 'other' WHERE group_id = %s"
    found = []
    with session() as other:
        # The deadlock must end our write, not the other session.
        other.execute("SET LOCAL deadlock_timeout = '1min'")
        other.execute(update, ["B"])

        def lock_the_other_way_round():
            wait_until_waited_for(other)
            other.execute(update, ["A"])
            found.extend(other.execute("SELECT name FROM groups WHERE group_id = 'A'").fetchone())
            other.commit()

        thread = threading.Thread(target=lock_the_other_way_round)
        thread.start()
        outcome = write(Group, groups(("A", "mine"), ("B", "mine")))
        thread.join()
    assert found == ["other"]
    assert outcome.updated == {0, 1}
    assert stored_groups() == {"A": "mine", "B": "mine"}


@pytest.fixture
def deadlocks():
    """Makes writes to groups fail as victims of a deadlock, a number of times. ``tried`` counts all
    writes."""
    with database_fault("groups", "INSERT", said="met") as fault:
        yield fault


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_victim_of_a_deadlock_tries_again_but_not_forever(deadlocks):
    deadlocks.come(DEADLOCK, 2)
    assert write(Group, groups(("A", "a"))).created == {0}
    assert (stored_groups(), deadlocks.tried()) == ({"A": "a"}, 3)
    deadlocks.come(DEADLOCK)
    with pytest.raises(OperationalError):
        write(Group, groups(("B", "b")))
    assert stored_groups() == {"A": "a"}


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_deadlock_in_the_callers_transaction_is_raised_at_once(deadlocks):
    deadlocks.come(DEADLOCK, 1)
    with pytest.raises(OperationalError), transaction.atomic(using="VBA_Demo"):
        write(Group, groups(("A", "a")))
    # The caller still holds its locks. Only the caller can release them and start again.
    assert (stored_groups(), deadlocks.tried()) == ({}, 1)


@pytest.mark.django_db(databases="__all__", transaction=True)
@pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.CREATE])
def test_a_write_waits_for_a_key_that_another_session_is_inserting(mode):
    write(Group, groups(("Template", None)))
    rest = [f'"{field.column}"' for field in Group._meta.concrete_fields if field.column != "group_id"]
    columns = ", ".join(rest)
    with session() as other:
        other.execute(f"INSERT INTO groups (group_id, {columns}) SELECT 'A', {columns} FROM groups")
        commit = threading.Thread(target=lambda: (wait_until_waited_for(other), other.commit()))
        commit.start()
        outcome = write(Group, groups(("A", "mine"), ("B", "mine")), mode=mode)
        commit.join()
    assert outcome.created == {1}
    if mode is Mode.UPSERT:
        assert outcome.updated == {0}
    else:
        assert [problem.text for problem in outcome.refused[0]] == ["Group 'A' already exists."]
