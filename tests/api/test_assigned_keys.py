"""Keys that the server assigns: to one record, to a batch, beside keys that are taken, and to two writers at
once."""

import threading

import pytest
from django.db import connections

from enrollment.models import DisenrollLog
from members.models import Member, Subscriber
from tables.context import databases
from tables.context.actor import acting_as
from tables.write.engine import write
from tables.write.json_reading import JsonReader
from tests.api.doors import problem
from tests.api.families import AUTH, BASE, LOG_LINE, MEMBER, PROCESS, PROCESS_LOG, SUBSCRIBER, have
from tests.api.programs import data_of

pytestmark = pytest.mark.django_db(databases="__all__")


def keys_of(answers):
    """Return the last part of each answered key, and the statuses."""
    return [each["id"][-1]["value"] for each in answers], {each["status"] for each in answers}


@pytest.mark.parametrize("absent", [None, "", "left out"])
@pytest.mark.parametrize(
    ("kept", "name"), [(SUBSCRIBER, "subscriber_ID"), (AUTH, "auth_Number")], ids=["subscriber", "auth"]
)
def test_a_missing_text_key_is_assigned(program, kept, name, absent):
    record = kept.record(**{name: absent})
    if absent == "left out":
        del record[name]
    given = [data_of(program.post(BASE + kept.made_at, record))[name] for _ in range(2)]
    assert len(set(given)) == 2
    assert all(key.isdigit() and len(key) <= 9 for key in given)
    assert data_of(program.get(f"{BASE}{kept.made_at}/{given[0]}"))[name] == given[0]


def test_an_impossible_key_in_the_path_is_reported_when_the_body_omits_it(program):
    record = AUTH.record()
    del record["auth_Number"]
    told = problem(program.put(f"{BASE}{AUTH.made_at}/{'9' * 300}", record), 400)
    assert told.startswith("auth_Number has 300 characters")


@pytest.mark.parametrize("absent", [None, 0, "left out"])
def test_a_missing_number_is_assigned(program, absent):
    record = PROCESS.record(vbaProcess_Key=absent)
    if absent == "left out":
        del record["vbaProcess_Key"]
    first, second = (
        data_of(program.post("/vbasoftware/vbaprocesses", record))["vbaProcess_Key"] for _ in range(2)
    )
    assert 0 < first < second


def test_a_new_member_gets_the_number_after_the_highest_of_the_family(program):
    have(program, SUBSCRIBER)
    path = "/vbasoftware/subscribers/S1/members"
    assert data_of(program.post(path, MEMBER.record(member_Seq=None)))["member_Seq"] == "01"
    assert data_of(program.post(path, MEMBER.record(member_Seq="07")))["member_Seq"] == "07"
    batch = [MEMBER.record(member_Seq=seq) for seq in ("", "11", None)]
    answers = data_of(program.put(f"{path}-batch", batch), 207)
    assert keys_of(answers) == (["12", "11", "13"], {201})


def test_a_family_of_99_is_full(program):
    have(program, SUBSCRIBER)
    path = "/vbasoftware/subscribers/S1/members"
    answers = data_of(program.put(f"{path}-batch", [MEMBER.record(member_Seq=None)] * 99), 207)
    assert keys_of(answers) == ([f"{n:02}" for n in range(1, 100)], {201})
    assert "member_Seq" in problem(program.post(path, MEMBER.record(member_Seq=None)), 409)


def test_log_lines_are_numbered_in_each_process(program):
    have(program, PROCESS)
    path = "/vbasoftware/vbaprocesses/7/types/EXPORT/logs"
    lines = [data_of(program.post(path, PROCESS_LOG.record(vbaProcessLog_Key=0))) for _ in range(3)]
    assert [line["vbaProcessLog_Key"] for line in lines] == [1, 2, 3]


def test_a_process_without_free_numbers_takes_no_more_lines(program):
    have(program, PROCESS)
    path = "/vbasoftware/vbaprocesses/7/types/EXPORT/logs"
    last = PROCESS_LOG.record(vbaProcessLog_Key=2_147_483_647)
    answers = data_of(program.put(f"{path}-batch", [last, PROCESS_LOG.record(vbaProcessLog_Key=0)]), 207)
    assert [each["status"] for each in answers] == [201, 409]
    assert "vbaProcessLog_Key" in problem(program.post(path, PROCESS_LOG.record(vbaProcessLog_Key=0)), 409)


@pytest.mark.parametrize("count", [3, 150])
def test_a_batch_skips_keys_that_are_taken(program, count):
    first = data_of(program.post("/vbasoftware/disenroll-logs", LOG_LINE.record(disenrollLog_Key=0)))
    taken = first["disenrollLog_Key"] + 2
    lines = [LOG_LINE.record(disenrollLog_Key=0) for _ in range(count)]
    lines.append(LOG_LINE.record(disenrollLog_Key=taken))
    keys, statuses = keys_of(data_of(program.put("/vbasoftware/disenroll-logs-batch", lines), 207))
    assert statuses == {201}
    assert len(set(keys)) == count + 1
    # The database assigns numbers after those that clients took.
    with databases.using("VBA_Demo"):
        assert DisenrollLog.objects.count() == count + 2


def test_a_key_in_the_path_fills_in_a_missing_one_in_the_body(program):
    have(program, SUBSCRIBER)
    record = SUBSCRIBER.record(subscriber_ID=None, last_Name="Okafor")
    answered = data_of(program.put("/vbasoftware/subscribers/S1", record))
    assert (answered["subscriber_ID"], answered["last_Name"]) == ("S1", "Okafor")


def test_the_admin_and_the_shell_assign_keys_too():
    with databases.using("VBA_Demo"), acting_as("bob"):
        family = Subscriber.objects.create(last_name="Rivera")
        flags = dict.fromkeys(("adult_dependent", "continue_coverage", "smoker"), False)
        flags |= dict.fromkeys(("initial_volume_salary_pct", "other_insurance"), False)
        people = [
            Member.objects.create(subscriber=family, use_member_plan_year=False, **flags) for _ in range(2)
        ]
    assert [person.member_seq for person in people] == ["01", "02"]


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_two_writers_at_once_never_get_the_same_number():
    with databases.using("VBA_Demo"), acting_as("bob"):
        Subscriber.objects.create(subscriber_id="S1")
    refused = []

    def add_members():
        try:
            with databases.using("VBA_Demo"), acting_as("bob"):
                for _ in range(10):
                    body = repr([MEMBER.record(member_Seq="")]).replace("'", '"').replace("False", "false")
                    read = JsonReader(Member).read_array(body.encode())
                    refused.extend(write(Member, read.accepted).refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add_members) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused
    with databases.using("VBA_Demo"):
        found = list(Member.objects.order_by("member_seq").values_list("member_seq", flat=True))
    assert found == [f"{n:02}" for n in range(1, 31)]
