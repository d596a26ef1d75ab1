"""One record at a time: create, read, replace and delete it, and the errors of each."""

import logging
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User

from tables.context.requests import activity_id
from tests.api.doors import problem
from tests.api.programs import Program, data_of
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR, TABLES, without_stamps

pytestmark = pytest.mark.django_db(databases="__all__")
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)

NOT_FOUND = {
    "Groups": "Group 'G1' was not found.",
    "GroupDivision": "Division 'G1' / 'D1' was not found.",
    "GroupPlanYear": "Plan year 'G1' / 'D1' / 'CY2024' was not found.",
}


def parents_of(program, table):
    for parent in TABLES[: TABLES.index(table)]:
        program.have(parent)


def moment(text):
    assert text.endswith("Z")
    return datetime.fromisoformat(text).astimezone(UTC)


# --- create, read, replace, delete ---


@every_table
def test_a_new_record_is_answered_as_it_is_stored_under_every_published_name(program, table):
    parents_of(program, table)
    sent = table.record()
    created = data_of(program.post(table.path, sent))
    assert sorted(created) == sorted(table.fields)
    assert without_stamps(created) == table.answer(sent)
    assert data_of(program.get(table.one)) == created


@every_table
def test_put_replaces_the_record_and_absent_columns_lose_their_values(program, table):
    parents_of(program, table)
    program.post(table.path, table.full())
    sent = table.record()
    replaced = data_of(program.put(table.one, sent))
    assert without_stamps(replaced) == table.answer(sent)
    assert data_of(program.get(table.one)) == replaced


@every_table
def test_a_deleted_record_is_gone_and_cannot_be_deleted_again(program, table):
    program.have(table)
    response = program.delete(table.one)
    assert response.status_code == 204
    assert response.content == b""
    assert problem(program.get(table.one), 404) == NOT_FOUND[table.name]
    assert problem(program.delete(table.one), 404) == NOT_FOUND[table.name]


@every_table
def test_a_key_that_is_taken_is_refused_and_the_record_stays(program, table):
    program.have(table)
    before = data_of(program.get(table.one))
    taken = NOT_FOUND[table.name].replace("was not found", "already exists")
    assert problem(program.post(table.path, table.full()), 409) == taken
    assert data_of(program.get(table.one)) == before


@every_table
def test_a_put_creates_no_new_record(program, table):
    parents_of(program, table)
    assert problem(program.put(table.one, table.record()), 404) == NOT_FOUND[table.name]
    assert problem(program.get(table.one), 404) == NOT_FOUND[table.name]


@pytest.mark.parametrize(
    ("table", "children"), [(GROUP, "2 divisions"), (DIVISION, "1 plan year")], ids=["group", "division"]
)
def test_a_record_with_children_is_not_deleted(program, table, children):
    program.have(PLAN_YEAR)
    if table is GROUP:
        program.have(DIVISION, division_ID="D2")
    text = problem(program.delete(table.one), 409)
    assert text == NOT_FOUND[table.name].replace(
        "was not found.", f"still has {children} and cannot be deleted."
    )
    assert program.get(table.one).status_code == 200


@pytest.mark.parametrize("table", [DIVISION, PLAN_YEAR], ids=lambda table: table.name)
def test_an_unknown_parent_is_a_404_that_names_it(program, table):
    parent = TABLES[TABLES.index(table) - 1]
    assert problem(program.post(table.path, table.record()), 404) == NOT_FOUND[parent.name]
    assert problem(program.get(table.path), 404) == NOT_FOUND[parent.name]
    assert problem(program.get(table.one), 404) == NOT_FOUND[table.name]


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table in TABLES for name in list(table.key)], ids=str
)
def test_keys_of_path_and_body_that_disagree_are_refused(program, table, column, method):
    program.have(table)
    others = {"group_ID": "G2", "division_ID": "D2", "plan_Year": "CY2025"}
    path = table.one if method == "put" else table.path
    response = program.call(method.upper(), path, table.record(**{column: others[column]}))
    if method == "post" and column == table.own_key:
        assert response.status_code == 200  # not in the path
    else:
        assert problem(response, 400) == f"{column} does not match the path."


def test_case_and_blanks_count_in_keys(program):
    for key in ("g1", "G1", "G1 ", " G1", "G 1"):
        data_of(program.post(GROUPS, GROUP.record(group_ID=key, name=f"<{key}>")))
    assert problem(program.get(f"{GROUPS}/G1%20%20"), 404) == "Group 'G1  ' was not found."
    for key in ("g1", "G1", "G1%20", "%20G1", "G%201"):
        assert data_of(program.get(f"{GROUPS}/{key}"))["name"] == f"<{key.replace('%20', ' ')}>"


# --- stamps ---


def test_the_server_stamps_whatever_the_client_sends(program):
    before = datetime.now(UTC)
    claimed = {
        "entry_User": "mallory",
        "update_User": {"a": ["list"]},
        "entry_Date": "2001-01-01",
        "update_Date": "rubbish",
    }
    created = data_of(program.post(GROUPS, GROUP.record(**claimed)))
    assert created["entry_User"] == created["update_User"] == "bob"
    assert created["entry_Date"] == created["update_Date"]
    assert (
        before - timedelta(minutes=1)
        < moment(created["entry_Date"])
        < datetime.now(UTC) + timedelta(minutes=1)
    )


def test_an_update_keeps_who_entered_the_record_and_when(client, program, alice, demo_key, signed_in):
    created = data_of(program.post(GROUPS, GROUP.record()))
    colleague = Program(client, signed_in(alice, demo_key))
    User.objects.filter(pk=alice.pk).update(username="a-name-of-more-than-twenty-letters")
    renamed = GROUP.record(name="Renamed", entry_User="x", entry_Date=None)
    changed = data_of(colleague.put(GROUP.one, renamed))
    assert (changed["entry_User"], changed["entry_Date"]) == ("bob", created["entry_Date"])
    assert changed["update_User"] == "a-name-of-more-than-"
    assert changed["update_Date"] >= created["update_Date"]


def test_a_record_that_is_put_unchanged_keeps_its_stamps(client, program, alice, demo_key, signed_in):
    created = data_of(program.post(GROUPS, GROUP.record(name="Same")))
    colleague = Program(client, signed_in(alice, demo_key))
    assert data_of(colleague.put(GROUP.one, GROUP.record(name="Same"))) == created


# --- absent, null, empty ---


def test_an_absent_flag_gets_its_default_and_an_explicit_null_stays_null(program):
    assert data_of(program.post(GROUPS, GROUP.record()))["use_Employer_State"] is False
    for sent, answered in (
        ({"use_Employer_State": None}, None),
        ({"use_Employer_State": True}, True),
        ({}, False),
    ):
        assert data_of(program.put(GROUP.one, GROUP.record(**sent)))["use_Employer_State"] is answered


@every_table
@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_the_empty_string_clear_every_optional_column(program, table, nothing):
    parents_of(program, table)
    program.post(table.path, table.full())
    optional = {name: nothing for name, field in table.written.items() if field["nullable"]}
    stored = data_of(program.put(table.one, table.record(**optional)))
    assert {name: stored[name] for name in optional} == dict.fromkeys(optional)


@every_table
@pytest.mark.parametrize("nothing", ["absent", None, ""])
def test_every_required_column_that_is_missing_is_named(program, table, nothing):
    parents_of(program, table)
    required = [name for name, field in table.written.items() if field["required"]]
    record = {} if nothing == "absent" else dict.fromkeys(required, nothing)
    text = problem(program.post(table.path, record), 400)
    assert sorted(text.split(" is required.")[:-1]) == sorted(
        [required[0], *(f" {name}" for name in required[1:])]
    )


# --- the envelope ---


def test_an_error_has_the_form_of_rfc_7807(program):
    response = program.get(f"{GROUPS}/No%20such")
    assert response.json()["error"] == {
        "type": "https://httpstatuses.io/404",
        "title": "Not Found",
        "status": 404,
        "detail": "Group 'No such' was not found.",
        "instance": f"{GROUPS}/No such",
    }
    assert response["Content-Type"] == "application/json; charset=utf-8"


ALLOWED = {
    GROUPS: "GET, POST, HEAD, OPTIONS",
    f"{GROUPS}-batch": "PUT, OPTIONS",
    GROUP.one: "GET, PUT, DELETE, HEAD, OPTIONS",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", path) for path in ALLOWED]
    + [("PUT", GROUPS), ("DELETE", GROUPS), ("POST", GROUP.one), ("GET", f"{GROUPS}-batch"), ("BREW", GROUPS)]
    + [("POST", f"{GROUPS}-batch"), ("DELETE", f"{GROUPS}-batch")],
)
def test_an_unsupported_method_is_a_405_that_lists_the_supported_ones(program, method, path):
    program.have(GROUP)
    response = program.call(method, path, GROUP.record())
    assert problem(response, 405) == f'Method "{method}" not allowed.'
    assert set(response["Allow"].split(", ")) == set(ALLOWED[path].split(", "))


@every_table
def test_a_delete_of_a_list_or_batch_deletes_nothing(program, table):
    program.have(table)
    for path in (table.path, f"{table.path}-batch"):
        assert program.delete(path).status_code == 405
    assert program.get(table.one).status_code == 200


@pytest.mark.parametrize(
    "path", ["", "nothing", "groups/", "groups/G1/", "groups/G1/nothing", "groups//divisions"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_an_unknown_path_is_a_404_in_the_envelope(program, method, path):
    program.client.handler.enforce_csrf_checks = True
    response = program.call(method, f"/vbasoftware/{path}", GROUP.record())
    assert problem(response, 404) == "There is no such path."
    assert response.json()["error"]["title"] == HTTPStatus.NOT_FOUND.phrase


def test_every_answer_has_its_own_activity_id(program):
    answers = [
        program.get(GROUPS),
        program.get(GROUPS),
        program.get(f"{GROUPS}/G9"),
        program.get("/vbasoftware/x"),
    ]
    ids = [response.json()["debug"]["activityID"] for response in answers]
    assert len({uuid.UUID(each) for each in ids}) == len(answers)


@pytest.mark.parametrize("path", [f"{GROUPS}/G9", "/vbasoftware/nothing", f"{GROUPS}?page=x"])
def test_the_log_lines_of_an_error_have_its_activity_id(program, path, caplog):
    caplog.set_level(logging.INFO)
    response = program.get(path)
    lines = [record for record in caplog.records if record.name.startswith(("django.request", "vbaadmin"))]
    assert lines
    assert {record.activity for record in lines} == {response.json()["debug"]["activityID"]}
    assert activity_id() == "-"
