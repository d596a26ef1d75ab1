"""Each operation in the list of URLs, one by one: none is reached without key, token and database."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import ApiKey, ApiSession
from tests.api.doors import LOGOUT, problem
from tests.api.programs import Program
from tests.api.published import DIVISION, GROUP, GROUPS
from tests.roles import give_rights
from vbaadmin import urls

pytestmark = pytest.mark.django_db(databases="__all__")

# Those that ask for less than a token; their own tests are in test_signing_in.
WITHOUT_TOKEN = {"/vbasoftware/user-authentication", "/vbasoftware/user-refresh-tokens"}


def operations():
    """Return method and path of every operation that ``vbaadmin.urls`` lists, with G1 for each key."""
    found = []
    for pattern in urls.api:
        view = getattr(pattern.callback, "cls", None)
        path = "/vbasoftware/" + re.sub("<[^>]+>", "G1", str(pattern.pattern))
        if view is None or path in WITHOUT_TOKEN:
            continue
        methods = getattr(pattern.callback, "actions", None) or {"post": "post"}
        found += [(method.upper(), path) for method in methods]
    return found


every_operation = pytest.mark.parametrize(("method", "path"), operations())


def test_the_list_of_operations_is_found():
    found = operations()
    assert len(found) >= 3 * 6 + 1
    assert ("PUT", "/vbasoftware/groups/G1/divisions/G1/plan-years-batch") in found
    assert ("POST", LOGOUT) in found


@every_operation
def test_an_operation_needs_a_key(program, method, path):
    for headers in ({"x-api-key": ""}, {"x-api-key": "vba_wrong"}):
        assert "x-api-key" in problem(program.call(method, path, headers=headers), 401)


@every_operation
def test_an_operation_needs_a_token_of_the_very_key(client, bob, demo_key, both_key, signed_in, method, path):
    program = Program(client, signed_in(bob, demo_key))
    others = signed_in(bob, both_key)["authorization"]
    for authorization in ("", "Bearer", "Bearer wrong", "Basic Ym9iOng=", others):
        assert "bearer token" in problem(
            program.call(method, path, headers={"authorization": authorization}), 401
        )


@every_operation
@pytest.mark.parametrize(
    "state", ["expired token", "revoked token", "revoked key", "expired key", "inactive user"]
)
def test_an_operation_needs_credentials_that_are_not_over(program, bob, method, path, state):
    past = timezone.now() - timedelta(seconds=1)
    if state.endswith("token"):
        ApiSession.objects.update(**{"expires_at" if state.startswith("expired") else "revoked_at": past})
    elif state.endswith("key"):
        ApiKey.objects.update(**{"expires_at" if state.startswith("expired") else "revoked_at": past})
    else:
        bob.is_active = False
        bob.save()
    assert problem(program.call(method, path), 401)


@every_operation
def test_an_operation_is_closed_after_a_logout(program, method, path):
    assert program.call("POST", LOGOUT).status_code == 200
    assert problem(program.call(method, path), 401)


@every_operation
def test_an_operation_needs_a_database_that_is_open(program, method, path):
    assert problem(program.call(method, path, headers={"vbasoftware-database": ""}), 400)
    for name in ("VBA_Acme", "VBA_Nowhere", "default"):
        told = problem(program.call(method, path, headers={"vbasoftware-database": name}), 403)
        assert told == "This database is not open to you."


@every_operation
def test_an_operation_needs_the_users_right(program, bob, method, path):
    give_rights(bob)
    response = program.call(method, path)
    if path == LOGOUT:
        assert response.status_code == 200
    else:
        assert problem(response, 403).startswith("You may not ")


def test_refused_requests_change_nothing(program, django_assert_num_queries):
    program.have(GROUP)
    with django_assert_num_queries(0, using="VBA_Demo"):
        for method, path in operations():
            program.call(method, path, GROUP.record(name="x"), headers={"authorization": "Bearer x"})


CALLS = [
    ("GET", GROUPS, None),
    ("GET", GROUP.one, None),
    ("GET", DIVISION.path, None),
    ("POST", GROUPS, GROUP.record(group_ID="New")),
    ("PUT", GROUP.one, GROUP.record(name="New")),
    ("PUT", f"{GROUPS}-batch", [GROUP.record(group_ID=f"G{n}") for n in range(150)]),
    ("DELETE", GROUP.one, None),
    ("GET", f"{GROUPS}/none", None),
]


@pytest.mark.parametrize(
    ("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS]
)
def test_an_operation_makes_one_statement_in_the_control_database(
    program, django_assert_num_queries, method, path, body
):
    program.have(GROUP)
    with django_assert_num_queries(1, using="default"):
        assert program.call(method, path, body).status_code in (200, 204, 207, 404)
