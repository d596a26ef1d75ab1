"""Each operation that the contract has for a table, called with valid input."""

import pytest

from tests.api.doors import problem
from tests.api.families import BASE, DAYS, EVERY, have
from tests.api.programs import data_of

pytestmark = pytest.mark.django_db(databases="__all__")
every_table = pytest.mark.parametrize("kept", EVERY, ids=lambda kept: kept.table)


def same(answered, sent):
    """Return whether a record is answered as it was sent. Dates come back as date-times."""
    return all(
        answered[name] in (value, f"{value}T00:00:00Z", str(value).replace(".123Z", ".123Z"))
        for name, value in sent.items()
    )


@every_table
def test_a_record_is_created_read_listed_replaced_and_deleted(program, kept):
    have(program, *EVERY[: EVERY.index(kept)])
    made = data_of(program.post(BASE + kept.made_at, kept.record()))
    assert same(made, kept.record())
    assert problem(program.post(BASE + kept.made_at, kept.record()), 409)
    assert data_of(program.get(BASE + kept.one)) == made
    if kept.lists:
        assert made in data_of(program.get(BASE + kept.made_at))
    else:
        assert problem(program.get(BASE + kept.made_at), 405)
    replaced = data_of(program.put(BASE + kept.one, kept.record()))
    assert same(replaced, kept.record())
    if kept.batches:
        answers = data_of(program.put(BASE + kept.batch_at, [kept.record()]), 207)
        assert [(each["status"], each["body"]) for each in answers] == [(200, "Unchanged")]
        expected = {name: DAYS[1] if value in DAYS else str(value) for name, value in kept.key.items()}
        assert {pair["key"]: pair["value"] for pair in answers[0]["id"]} == expected
    assert program.delete(BASE + kept.one).status_code == 204
    assert problem(program.get(BASE + kept.one), 404)


def test_a_record_with_children_is_not_deleted_and_is_deleted_after_them(program):
    have(program, *EVERY)
    # These were created first and have children now.
    for kept in (each for each in EVERY if each.table in ("Subscribers", "SubEnrollment", "VBAProcess")):
        assert "still has" in problem(program.delete(BASE + kept.one), 409)
    for kept in reversed(EVERY):
        assert program.delete(BASE + kept.one).status_code == 204


@every_table
def test_a_record_of_unknown_parents_is_refused(program, kept):
    response = program.post(BASE + kept.made_at, kept.record())
    if kept.table in ("Groups", "Subscribers", "Reasons", "Auth", "DisenrollLog", "VBAProcess"):
        assert response.status_code == 200
    else:
        assert "was not found" in problem(response, 404)


def test_days_in_paths_are_taken_in_any_form(program):
    have(program, *EVERY)
    path = "/vbasoftware/groups/G1/divisions/A/contracts/"
    for day in ("2024-01-01T00:00:00Z", "2024-01-01+00:00:00+UTC", "2024-01-01%2000%3A00%3A00%20UTC"):
        assert data_of(program.get(path + day))["coverage_Start"] == "2024-01-01T00:00:00Z"


def test_process_times_are_moments(program):
    have(program, *EVERY)
    answered = data_of(program.get("/vbasoftware/vbaprocesses/7/types/EXPORT"))
    assert answered["process_Start"] == "2024-05-06T07:08:09.123Z"
