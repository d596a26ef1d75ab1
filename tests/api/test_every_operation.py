"""All operations: closed to credentials that no longer work, which one statement checks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import ApiKey, ApiSession
from tests.api.doors import LOGOUT, problem
from tests.api.published import DIVISION, GROUP, GROUPS
from tests.api.surface import operations

pytestmark = pytest.mark.django_db(databases="__all__")

# test_roles checks who may call which operation.
every_operation = pytest.mark.parametrize(
    ("method", "path"), [(each.method, each.path) for each in operations()], ids=map(str, operations())
)


@every_operation
@pytest.mark.parametrize(
    "state", ["expired token", "revoked token", "revoked key", "expired key", "inactive user"]
)
def test_an_operation_needs_valid_credentials(program, bob, method, path, state):
    # Long ago, because the database compares with the start of the test's transaction.
    past = timezone.now() - timedelta(hours=1)
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
