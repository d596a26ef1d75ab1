"""Every operation × every kind of caller: only users with the right get in, and a refusal changes nothing."""

import pytest
from django.contrib.auth.models import User
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from access.authentication import KeyAndToken
from access.models import ApiKey
from access.permissions import MayUseTable
from access.roles import may
from groups.models import Group
from tables.context import databases
from tests.api.doors import GROUPS
from tests.api.programs import Program
from tests.api.surface import PUBLIC, SIGNING_IN, operations, views
from tests.made_up import stored
from tests.roles import ROLES, give_rights, give_role, role_may, take_roles

pytestmark = pytest.mark.django_db(databases="__all__")

OPERATIONS = operations()
# The answers with the right, for the made-up record and for an empty body.
ANSWERS = {
    "list": {200},
    "retrieve": {200},
    "batch": {207},
    "destroy": {204, 409},
    "create": {200, 400, 409},
    "replace": {200, 400},
}


def knock(client, operation, headers):
    """Call an operation, undo its changes, and return the status and the number of queries in VBA_Demo."""
    body = [] if operation.action == "batch" else {}
    with transaction.atomic(using="VBA_Demo"):
        with CaptureQueriesContext(connections["VBA_Demo"]) as asked:
            status = Program(client, headers).call(operation.method, operation.path, body).status_code
        transaction.set_rollback(True, using="VBA_Demo")
    return status, len(asked)


@pytest.fixture
def cast(signed_in, both_key):
    """For each role (None: no role), the headers of a program whose user has it in VBA_Demo."""
    made = {}
    for role in (*ROLES, None):
        user = User.objects.create_user(f"user {role}")
        if role:
            give_role(user, role, "VBA_Demo")
        made[role] = signed_in(user, both_key)
    return made


def test_all_operations_are_covered():
    found = {str(operation) for operation in OPERATIONS}
    assert len(found) >= 3 * 6 + 1
    assert "PUT /vbasoftware/groups/1/divisions/1/plan-years-batch" in found
    assert "POST /vbasoftware/logout" in found


def is_guarded(callback):
    """Return whether a view needs a key, a token and a right."""
    view = getattr(callback, "cls", None)
    guards = ([KeyAndToken], [MayUseTable])
    return bool(view) and (view.authentication_classes, view.permission_classes) == guards


def test_operations_without_key_and_token_are_listed():
    unguarded = {path for path, callback in views() if not is_guarded(callback)}
    assert unguarded - PUBLIC == SIGNING_IN


def wrong_headers(cast, demo_key, acme_token):
    """Return each kind of caller that must fail, with its headers and the only status it may get."""
    right = cast["Administrator"]
    return {
        "no key": ({**right, "x-api-key": ""}, 401),
        "wrong key": ({**right, "x-api-key": "vba_wrong"}, 401),
        "no token": ({**right, "authorization": ""}, 401),
        "other key's token": ({**right, "x-api-key": demo_key}, 401),
        "no database": ({**right, "vbasoftware-database": ""}, 400),
        "unknown database": ({**right, "vbasoftware-database": "VBA_Nowhere"}, 403),
        "database without a role": ({**right, "vbasoftware-database": "VBA_Acme"}, 403),
        "other database's key": (acme_token, 403),
        "no role": (cast[None], 403),
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_operation_answers_each_kind_of_caller_correctly(
    client, cast, alice, demo_key, signed_in, operation
):
    acme_key = ApiKey.objects.create_key(name="Acme's own", databases=["VBA_Acme"])[1]
    if model := getattr(operation.view, "model", None):
        with databases.using("VBA_Demo"):
            stored(model)
    for case, (headers, status) in wrong_headers(cast, demo_key, signed_in(alice, acme_key)).items():
        assert knock(client, operation, headers) == (status, 0), case
    for role in ROLES:
        status, asked = knock(client, operation, cast[role])
        if not all(role_may(role, right) for right in operation.rights):
            assert (status, asked) == (403, 0), role
        elif operation.action in ANSWERS:
            assert status in ANSWERS[operation.action], role
        else:
            assert status < 500, role
            assert status not in (401, 403, 405), role


# --- by name, for processes ---


def test_a_process_may_be_started_in_the_name_of_an_active_user_with_the_right(alice, bob, carol):
    right = "groups.change_group"
    assert may("bob", right, "VBA_Demo")
    assert may("alice", right, "VBA_Acme")
    give_role(carol, "Viewer", "VBA_Acme")
    assert may("carol", "groups.view_group", "VBA_Acme")
    refused = [
        ("carol", right, "VBA_Acme"),
        ("carol", "groups.view_group", "VBA_Demo"),
        ("bob", right, "VBA_Acme"),
        ("bob", right, "VBA_Nowhere"),
        ("alice", right, "VBA_Nowhere"),
        ("bob", "groups.paint_group", "VBA_Demo"),
        ("bob", "", "VBA_Demo"),
        ("BOB", right, "VBA_Demo"),
        ("nobody", right, "VBA_Demo"),
        ("bob\0", right, "VBA_Demo"),
        ("", right, "VBA_Demo"),
    ]
    assert [case for case in refused if may(*case)] == []
    User.objects.update(is_active=False)
    assert not may("bob", right, "VBA_Demo")
    assert not may("alice", right, "VBA_Demo")


# --- the choice of a database ---


def test_rights_are_those_of_the_database_that_the_header_names(client, bob, both_key, signed_in):
    give_role(bob, "Viewer", "VBA_Acme")
    program = Program(client, signed_in(bob, both_key))
    for name, status in (("VBA_Demo", 404), ("VBA_Acme", 403), ("VBA_Demo", 404)):
        assert (
            program.call("DELETE", f"{GROUPS}/G1", headers={"vbasoftware-database": name}).status_code
            == status
        )


def test_a_removed_role_ends_at_once(client, bob, demo_key, signed_in):
    program = Program(client, signed_in(bob, demo_key))
    assert program.get(GROUPS).status_code == 200
    give_rights(bob, "groups.add_group")
    assert program.get(GROUPS).status_code == 403
    take_roles(bob)
    assert program.get(GROUPS).json()["error"]["detail"] == "You don't have access to this database."


def test_only_the_header_chooses_the_database(client, bob, both_key, signed_in):
    program = Program(client, signed_in(bob, both_key))
    with databases.using("VBA_Acme"):
        stored(Group)
    client.cookies["vbasoftware-database"] = client.cookies["target_database"] = "VBA_Acme"
    asked = {"vbasoftware-database": "VBA_Acme", "database": "VBA_Acme", "_database": "VBA_Acme"}
    refused = program.get(GROUPS, **asked)
    assert (refused.status_code, refused.json()["data"]) == (400, None)
    assert program.get(GROUPS).json()["data"] == []
    twice = {"vbasoftware-database": "VBA_Demo,VBA_Acme"}
    assert program.call("GET", GROUPS, headers=twice).status_code == 403
