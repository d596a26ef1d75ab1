"""Databases with locked rows, slow statements, or no free connection: 409 and 503, and recovery."""

import os
from unittest.mock import patch

import pytest
from django.db import connections, transaction

from tables.context import databases
from tests.api.published import GROUP
from tests.api.server import RawProgram, running_server
from tests.enrollment.world import make

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases="__all__", transaction=True)]
GROUPS = "/vbasoftware/groups"
waits_for_rows_a_second = pytest.mark.parametrize("program", [{"VBA_LOCK_SECONDS": "1"}], indirect=True)
stops_after_two_seconds = pytest.mark.parametrize("program", [{"VBA_STATEMENT_SECONDS": "2"}], indirect=True)


@pytest.fixture
def program(request, alice, demo_key, signed_in):
    """A program of alice's, on a real server that has the limits asked for: none that another test needs, for
    on a busy machine all takes long."""
    headers = signed_in(alice, demo_key)
    with patch.dict(os.environ, getattr(request, "param", {})), running_server() as port:
        program = RawProgram(port, headers)
        yield program
        program.close()


def demo(statement):
    """Run a statement in VBA_Demo."""
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(statement)


@waits_for_rows_a_second
def test_a_record_held_by_another_session_is_a_409_soon(program):
    assert program.call("POST", GROUPS, GROUP.record(group_ID="G1")).status == 200
    with transaction.atomic(using="VBA_Demo"):
        demo("UPDATE groups SET name = 'held' WHERE group_id = 'G1'")
        answer = program.call("PUT", f"{GROUPS}/G1", GROUP.record(group_ID="G1", name="mine"))
        assert answer.status == 409
        assert answer.detail == ("Someone else is changing these records. Try again shortly.")
    assert program.call("PUT", f"{GROUPS}/G1", GROUP.record(group_ID="G1", name="mine")).status == 200


@stops_after_two_seconds
def test_a_statement_that_takes_too_long_is_stopped(program):
    demo(
        "CREATE FUNCTION pg_temp_wait() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END'"
    )
    demo("CREATE TRIGGER waiting AFTER INSERT ON groups FOR EACH STATEMENT EXECUTE FUNCTION pg_temp_wait()")
    try:
        answer = program.call("POST", GROUPS, GROUP.record(group_ID="G1"))
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "took too long" in answer.detail
    finally:
        demo("DROP TRIGGER waiting ON groups")
        demo("DROP FUNCTION pg_temp_wait()")
    assert program.call("GET", f"{GROUPS}/G1").status == 404


def test_a_database_without_a_free_connection_is_a_503_until_it_has_one(program):
    name = connections["VBA_Demo"].settings_dict["NAME"]
    with connections["default"].cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    try:
        answer = program.call("GET", GROUPS)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert program.call("GET", GROUPS).status == 200


def test_the_admin_says_so_on_a_page(client, alice):
    client.force_login(alice)
    from groups.models import Group

    with databases.using("VBA_Demo"):
        make(Group, group_id="G1")
        wanted = {**connections["VBA_Demo"].settings_dict}
    with patch.dict(connections["VBA_Demo"].settings_dict, {"PORT": 9, "HOST": "127.0.0.1"}):
        connections["VBA_Demo"].close()
        answer = client.get("/admin/groups/group/")
        first_page = client.get("/admin/")
    assert wanted["NAME"] == connections["VBA_Demo"].settings_dict["NAME"]
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database is not available" in answer.content.decode()
    # The page links to the other databases.
    assert first_page.status_code == 200
    assert "VBA_Demo is not available right now" in first_page.content.decode()
    assert client.get("/admin/groups/group/").status_code == 200
