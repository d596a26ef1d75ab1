"""Key, token and database of a request: each missing, wrong, expired, or not valid with the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import ApiKey, ApiSession
from tests.api.doors import GROUPS, LOGOUT, call, problem, refresh, sign_in, tokens_of
from tests.roles import take_roles

pytestmark = pytest.mark.django_db(databases="__all__")


def every_door(client, key, tokens, database):
    """Call each of the four kinds of operation with the same key and database header."""
    yield sign_in(client, key, database=database)
    yield refresh(client, key, tokens, database)
    yield call(client, key, tokens["idToken"], database=database)
    yield call(client, key, tokens["idToken"], LOGOUT, "post", database)


@pytest.mark.parametrize("database", ["", "  "])
def test_every_operation_needs_the_database_header(client, bob, demo_key, database):
    tokens = tokens_of(sign_in(client, demo_key))
    for response in every_door(client, demo_key, tokens, database):
        assert problem(response, 400) == "The header vbasoftware-database is required."


@pytest.mark.parametrize(
    ("key", "database"),
    [
        ("both_key", "VBA_Nowhere"),
        ("both_key", "vba_demo"),
        ("both_key", "default"),
        ("both_key", "VBA_Acme"),  # The key may open it, but Bob may not.
        ("demo_key", "VBA_Acme"),
        ("demo_key", "VBA_Demo,VBA_Demo"),
    ],
)
def test_unknown_and_closed_databases_get_one_and_the_same_answer(client, bob, request, key, database):
    key = request.getfixturevalue(key)
    tokens = tokens_of(sign_in(client, key))
    for response in every_door(client, key, tokens, database):
        assert problem(response, 403) == "You don't have access to this database."
    assert call(client, key, tokens["idToken"]).status_code == 200


def test_a_key_limits_even_a_superuser(client, alice, demo_key):
    assert problem(sign_in(client, demo_key, "alice", database="VBA_Acme"), 403)
    assert sign_in(client, demo_key, "alice").status_code == 200


def test_a_user_who_loses_a_database_loses_it_for_existing_tokens_at_once(client, bob, demo_key):
    token = tokens_of(sign_in(client, demo_key))["idToken"]
    take_roles(bob)
    assert problem(call(client, demo_key, token), 403)


def the_keys_state(demo_key, state):
    key = ApiKey.objects.get(name="Payroll link")
    past = timezone.now() - timedelta(hours=1)
    if state == "revoked":
        key.revoked_at = past
    elif state == "expired":
        key.expires_at = past
    key.save()
    return {"absent": "", "unknown": demo_key[:-1], "not a key": "é\t☃"}.get(state, demo_key)


@pytest.mark.parametrize("state", ["absent", "unknown", "not a key", "revoked", "expired"])
def test_keys_that_are_not_valid_get_one_and_the_same_answer(client, bob, demo_key, state):
    tokens = tokens_of(sign_in(client, demo_key))
    key = the_keys_state(demo_key, state)
    for response in every_door(client, key, tokens, "VBA_Demo"):
        assert problem(response, 401) == "The header x-api-key must hold a valid API key."
        assert response["WWW-Authenticate"]


def test_a_key_that_expires_later_is_valid_now(client, bob, demo_key):
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    assert sign_in(client, demo_key).status_code == 200


BEARER_REFUSED = "The header Authorization must hold a valid bearer token, made with this API key."


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer x", "Bearer é", "Basic Ym9iOng=", "x"]
)
def test_a_token_is_required(client, bob, demo_key, authorization):
    headers = {"x-api-key": demo_key, "authorization": authorization, "vbasoftware-database": "VBA_Demo"}
    response = client.get(GROUPS, headers=headers)
    assert problem(response, 401) == BEARER_REFUSED
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_a_token_works_only_with_its_own_key(client, bob, demo_key, both_key):
    token = tokens_of(sign_in(client, demo_key))["idToken"]
    assert problem(call(client, both_key, token), 401) == BEARER_REFUSED
    assert call(client, demo_key, token).status_code == 200


@pytest.mark.parametrize(
    "change", ["expired", "inactive", "new password", "logged out", "renewed", "user deleted"]
)
def test_tokens_that_no_longer_work_get_one_and_the_same_answer(client, bob, demo_key, change):
    tokens = tokens_of(sign_in(client, demo_key))
    if change == "expired":
        ApiSession.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    elif change == "inactive":
        bob.is_active = False
        bob.save()
    elif change == "new password":
        bob.set_password("Another-Harbor-42")
        bob.save()
    elif change == "logged out":
        assert call(client, demo_key, tokens["idToken"], LOGOUT, "post").json()["data"] is None
    elif change == "renewed":
        tokens_of(refresh(client, demo_key, tokens))
    else:
        bob.delete()
    for kind in ("idToken", "accessToken"):
        assert problem(call(client, demo_key, tokens[kind]), 401) == BEARER_REFUSED


def test_key_token_and_database_are_checked_in_this_order(client, bob, demo_key):
    token = tokens_of(sign_in(client, demo_key))["idToken"]
    assert "x-api-key" in problem(call(client, "wrong", "wrong", database=""), 401)
    assert "bearer" in problem(call(client, demo_key, "wrong", database=""), 401)
    assert "vbasoftware-database" in problem(call(client, demo_key, token, database=""), 400)


def test_a_request_makes_one_statement_in_the_control_database(
    client, bob, demo_key, django_assert_num_queries
):
    token = tokens_of(sign_in(client, demo_key))["idToken"]
    with django_assert_num_queries(1, using="default"):
        assert call(client, demo_key, token).status_code == 200
