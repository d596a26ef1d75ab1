"""A record without a key never replaces another person's record, whoever else writes in any interface."""

import csv
import itertools
import json
import queue
import re
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connections, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from members.models import Member, Subscriber
from tables.context import databases
from tables.context.actor import acting_as
from tables.write.engine import Mode, write
from tables.write.json_reading import JsonReader
from tests.admin.pages import Clerk, address
from tests.admin.records import least
from tests.api.families import BASE, MEMBER, PROCESS, SUBSCRIBER, have
from tests.api.programs import Program, data_of
from tests.files.loads import run
from tests.files.rows import make
from tests.locks import somebody_waits, wait_for_waiting
from tests.roles import give_rights
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


class Doors:
    """Write one person's record in each interface, with a key or without."""

    def __init__(self, kept, model, program, clerk, folder):
        self.kept, self.model, self.program, self.clerk, self.folder = kept, model, program, clerk, folder
        self.column = model.assigned

    def rest(self, name, key):
        record = self.kept.record(first_Name=name, **{self.kept_name: key})
        if key is None:
            del record[self.kept_name]
        answer = self.program.put(BASE + self.kept.batch_at, [record])
        assert [each["body"] for each in data_of(answer, 207)] == ["Created"]

    def rest_post(self, name, key):
        record = self.kept.record(first_Name=name, **{self.kept_name: key})
        data_of(self.program.post(BASE + self.kept.made_at, record))

    def file(self, name, key):
        path = self.folder / f"{name}.csv"
        values = {key: str(value) for key, value in least(self.model).items() if key != self.column}
        values |= {"subscriber_id": "S1"} if self.model is Member else {}
        values |= {"first_name": name, self.column: key or ""}
        with path.open("w") as text:
            csv.writer(text).writerows([values.keys(), values.values()])
        outcome = run("load_table", self.kept.table.lower(), path)
        assert "1 created, 0 updated" in outcome.out, outcome

    def form(self, name, key):
        fixed = "?subscriber_id=S1" if self.model is Member else ""
        answer = self.clerk.send(
            address(self.model, "add") + fixed, first_name=name, **{self.column: key or ""}
        )
        assert answer.status_code == 302, answer.context["adminform"].form.errors

    def shell(self, name, key):
        values = least(self.model, first_name=name, **{self.column: key})
        values |= {"subscriber_id": "S1"} if self.model is Member else {}
        with databases.using("VBA_Demo"), acting_as("shell"):
            self.model(**values).save()

    @property
    def kept_name(self):
        return {"subscriber_id": "subscriber_ID", "member_seq": "member_Seq"}[self.column]

    def next_key(self):
        """Return the key that the server would give next."""
        if self.model is Member:
            return "01"
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("SELECT last_value + is_called::int FROM subscriber_id_seq")
            return str(cursor.fetchone()[0])


@pytest.fixture
def doors(client, bob, demo_key, signed_in, tmp_path):
    """Make the doors of a table; its parents are there."""

    def of(kept, model):
        program = Program(client, signed_in(bob, demo_key))
        if model is Member:
            have(program, SUBSCRIBER)
        return Doors(kept, model, program, Clerk.of(bob), tmp_path)

    return of


@contextmanager
def beside(act):
    """Run ``act`` while the block's writes are not committed; commit them when it waits for them."""
    failed = []

    def acting():
        try:
            act()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=acting)
    with transaction.atomic(using="VBA_Demo"):
        yield
        thread.start()
        wait_for_waiting()
    thread.join(PATIENCE)
    if failed:
        raise failed[0]
    assert not thread.is_alive(), "it waits still"


DOORS = ("rest", "rest_post", "file", "form", "shell")


@pytest.mark.parametrize("late", DOORS)
@pytest.mark.parametrize(("kept", "model"), [(MEMBER, Member), (SUBSCRIBER, Subscriber)])
def test_a_record_without_a_key_never_gets_a_key_that_was_just_taken(doors, kept, model, late):
    there = doors(kept, model)
    for early in ("rest", "file", "form", "shell"):
        key = there.next_key()
        with beside(lambda: getattr(there, late)("Late", None)):
            getattr(there, early)("Early", key)
        with databases.using("VBA_Demo"):
            found = model.objects.exclude(first_name=None)
            keys = dict(found.values_list("first_name", model.assigned))
            found.delete()
        assert keys.keys() == {"Early", "Late"}, early
        assert keys["Early"] == key != keys["Late"]


@pytest.mark.parametrize("count", [3, 150], ids=["few", "many"])
def test_only_records_that_are_too_late_get_other_keys(doors, count):
    there = doors(SUBSCRIBER, Subscriber)
    first = int(there.next_key())
    answers = []

    def batch():
        records = [SUBSCRIBER.record(subscriber_ID=None, first_Name=f"Late {n}") for n in range(count)]
        records.append(SUBSCRIBER.record(subscriber_ID="S-own", first_Name="Own"))
        answers.extend(data_of(there.program.put(BASE + SUBSCRIBER.batch_at, records), 207))

    with beside(batch):
        for key in (first, first + 2):
            there.shell(f"Early {key}", str(key))
    assert [each["body"] for each in answers] == ["Created"] * (count + 1)
    told = [each["id"][0]["value"] for each in answers]
    assert len(set(told)) == count + 1
    with databases.using("VBA_Demo"):
        names = dict(Subscriber.objects.values_list("subscriber_id", "first_name"))
    assert [names[key] for key in told] == [*(f"Late {n}" for n in range(count)), "Own"]
    assert names[str(first)] == f"Early {first}"
    assert names[str(first + 2)] == f"Early {first + 2}"


@pytest.mark.parametrize("late", [1, 2])
def test_a_record_too_late_for_the_last_number_is_refused(doors, late):
    there = doors(MEMBER, Member)
    there.shell("Before", f"{99 - late:02}")
    answers = []

    def batch():
        records = [MEMBER.record(member_Seq=None, first_Name=f"Late {n}") for n in range(late)]
        answers.extend(data_of(there.program.put(BASE + MEMBER.batch_at, records), 207))

    with beside(batch):
        there.file("Early", "99")
    assert [each["status"] for each in answers] == [201, 409][-late:]
    assert "all numbers up to 99 are taken" in answers[-1]["body"]
    # The answer has no number: the number that it tried belongs to another person.
    assert answers[-1]["id"][1] == {"key": "member_Seq", "value": None}
    with databases.using("VBA_Demo"):
        names = dict(Member.objects.values_list("member_seq", "first_name"))
    assert names == dict(
        [("97", "Before"), ("98", "Late 0"), ("99", "Early")]
        if late == 2
        else [("98", "Before"), ("99", "Early")]
    )


@pytest.mark.parametrize("count", [1, 2, 150], ids=["one", "few", "many"])
def test_a_user_who_may_not_change_a_number_cannot_replace_one_just_stored(
    doors, client, carol, demo_key, signed_in, tmp_path, count
):
    """The file's member is not there yet when the batch is checked."""
    doors(MEMBER, Member)
    give_rights(carol, *(f"members.{kind}_member" for kind in ("view", "add", "change")))
    program = Program(client, signed_in(carol, demo_key))
    keys = [f"{chr(65 + n // 10)}{n % 10}" for n in range(count)]
    path = tmp_path / "members.csv"
    values = {key: str(value) for key, value in least(Member).items()}
    values |= {"subscriber_id": "S1", "member_seq": keys[0], "first_name": "Early", "ssn": "900-12-3456"}
    with path.open("w") as text:
        csv.writer(text).writerows([values.keys(), values.values()])
    answers = []

    def batch():
        records = [MEMBER.record(member_Seq=key, first_Name="Late", ssn="900-99-9999") for key in keys]
        answers.extend(data_of(program.put(BASE + MEMBER.batch_at, records), 207))

    with beside(batch):
        assert "1 created, 0 updated" in run("load_table", "members", path).out
    assert [each["status"] for each in answers] == [403] + [201] * (count - 1)
    with databases.using("VBA_Demo"):
        early = Member.objects.get(member_seq=keys[0])
    assert (early.first_name, early.ssn) == ("Early", "900-12-3456")


def test_a_new_record_of_the_shell_never_overwrites_an_existing_one():
    with databases.using("VBA_Demo"), acting_as("shell"):
        make(Subscriber, subscriber_id="S1", first_name="There")
        with pytest.raises(Exception, match="duplicate key"), transaction.atomic(using="VBA_Demo"):
            Subscriber(subscriber_id="S1", first_name="New").save()
        assert Subscriber.objects.get().first_name == "There"


def test_sequences_only_go_up_with_concurrent_writers(doors):
    """Some writers send their own numbers, a little ahead of the sequence, while others draw from it."""
    program, drawn, stop = doors(SUBSCRIBER, Subscriber).program, [0], threading.Event()

    def draw():
        try:
            with connections["VBA_Demo"].cursor() as cursor:
                while not stop.is_set():
                    cursor.execute("SELECT nextval('vbaprocess_key_seq')")
                    drawn.append(cursor.fetchone()[0])
        finally:
            connections.close_all()

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        wait_until(lambda: len(drawn) > 1, what="the first key drawn")
        for n in range(200):
            key = drawn[-1] + n % 60
            program.put("/vbasoftware/vbaprocesses-batch", [PROCESS.record(vbaProcess_Key=key)])
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert all(earlier < later for earlier, later in itertools.pairwise(drawn))


def test_no_statement_sets_a_sequence():
    """The value for setval may be lower than what others have drawn since it was calculated."""
    sources = (
        path for app in ("tables", "members", "processes", "enrollment") for path in Path(app).rglob("*.py")
    )
    assert [path for path in sources if re.search(r"\bsetval\(", path.read_text())] == []


# --- random interleavings ---

ENDS = ("commit", "roll back")
STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([None, None, "01", "02", "03", *ENDS])),
    min_size=4,
    max_size=12,
)


class Writer(threading.Thread):
    """One of two writers with a connection of its own, who does one step after the other when told.

    A step writes a member, with a key (which only a new record may have) or without, or ends the
    transaction. ``stored`` holds the names that were answered as created and committed.
    """

    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        self.steps, self.stored, self.failed = queue.Queue(), [], None

    def tell(self, step):
        self.steps.put(step)

    def run(self):
        try:
            with databases.using("VBA_Demo"), acting_as("writer"):
                while self._transaction():
                    self.steps.task_done()
        except AssertionError as error:
            self.failed = error
        finally:
            connections.close_all()
            self.steps.task_done()

    def _transaction(self):
        """Do one transaction, to the step that ends it; tell whether there is more to come."""
        names, number = [], itertools.count()
        try:
            with transaction.atomic(using="VBA_Demo"):
                while (step := self.steps.get()) not in (*ENDS, "end"):
                    names += self._write(step, f"{self.name} {len(self.stored)} {next(number)}")
                    self.steps.task_done()
                transaction.set_rollback(step == "roll back", using="VBA_Demo")
        except OperationalError:  # The two waited for each other, and this one had to give up.
            return True
        if step != "roll back":
            self.stored += names
        return step != "end"

    def _write(self, key, name):
        record = MEMBER.record(member_Seq=key, first_Name=name)
        read = JsonReader(Member).read_array(json.dumps([record]).encode())
        outcome = write(Member, read.accepted, mode=Mode.CREATE if key else Mode.UPSERT)
        assert key or outcome.created, outcome
        return [name] * len(outcome.created)


def settled(writer):
    """Wait until the writer has done what it was told, or waits for the other."""
    wait_until(lambda: writer.steps.unfinished_tasks == 0 or somebody_waits(), what="the writer")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=[(0, "01"), (1, None), (0, "commit")])
def test_no_record_is_lost_whatever_two_writers_do(steps):
    with databases.using("VBA_Demo"), acting_as("bob"):
        Member.objects.all().delete()
        Subscriber.objects.all().delete()
        make(Subscriber, subscriber_id="S1")
    writers = [Writer("A"), Writer("B")]
    for writer in writers:
        writer.start()
    for who, step in steps:
        writers[who].tell(step)
        settled(writers[who])
    for writer in writers:
        writer.tell("end")
    for writer in writers:
        writer.join(PATIENCE)
        assert not writer.failed
        assert not writer.is_alive(), "it waits still"
    with databases.using("VBA_Demo"):
        found = sorted(Member.objects.values_list("first_name", flat=True))
    assert found == sorted(writers[0].stored + writers[1].stored)
