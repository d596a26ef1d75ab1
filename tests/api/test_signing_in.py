"""Signing in, renewing tokens, logging out: what a program gets, and what it is refused."""

import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from access.models import ApiKey, ApiSession
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__")

SIGN_IN, REFRESH, LOGOUT = (
    f"/vbasoftware/{name}" for name in ("user-authentication", "user-refresh-tokens", "logout")
)
GROUPS = "/vbasoftware/groups"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def sign_in(client, key, name="bob", password=PASSWORD, database="VBA_Demo", **headers):
    headers = {
        "x-api-key": key,
        "authorization": basic(name, password),
        "vbasoftware-database": database,
    } | headers
    return client.post(SIGN_IN, headers=headers)


def tokens_of(response):
    assert response.status_code == 200, response.json()
    return response.json()["data"]["authenticationResult"]


def call(client, key, token, path=GROUPS, method="get", database="VBA_Demo"):
    headers = {"x-api-key": key, "authorization": f"Bearer {token}", "vbasoftware-database": database}
    return getattr(client, method)(path, headers=headers)


def refresh(client, key, tokens, database="VBA_Demo"):
    headers = {
        "x-api-key": key,
        "vbasoftware-database": database,
        "expired-id-token": tokens["idToken"],
        "refresh-token": tokens["refreshToken"],
    }
    return client.post(REFRESH, headers=headers)


def problem(response, status):
    """Return the detail of an error answer, having checked its envelope."""
    assert response.status_code == status, response.content
    body = response.json()
    assert body["data"] is None
    assert body["error"]["status"] == status
    assert body["debug"]["activityID"]
    return body["error"]["detail"]


# --- signing in ---


def test_a_sign_in_answers_three_tokens_and_how_long_they_last(client, bob, demo_key, settings):
    response = sign_in(client, demo_key)
    assert response.json()["error"] is None
    data = response.json()["data"]
    assert data["challengeName"] is None
    assert data["session"] is None
    assert set(data["authenticationResult"]) == {"accessToken", "idToken", "refreshToken", "expiresIn"}
    assert data["authenticationResult"]["expiresIn"] == settings.API_TOKEN_SECONDS
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["idToken", "accessToken"])
def test_the_id_token_and_the_access_token_open_an_operation(client, bob, demo_key, kind):
    token = tokens_of(sign_in(client, demo_key))[kind]
    assert call(client, demo_key, token).status_code == 200


def test_the_refresh_token_opens_no_operation(client, bob, demo_key):
    token = tokens_of(sign_in(client, demo_key))["refreshToken"]
    assert "bearer token" in problem(call(client, demo_key, token), 401)


def test_headers_that_the_published_api_knows_and_we_do_not_need_are_ignored(client, bob, demo_key):
    extra = {"vbasoftware-client-id": "C-7", "vbasoftware-client-code": "x", "vbasoftware-machine-id": "m"}
    assert sign_in(client, demo_key, **extra).status_code == 200


def test_names_and_passwords_may_hold_any_characters(client, bob, demo_key):
    bob.username = "zoë"
    bob.set_password("pä:ss: wörd")
    bob.save()
    assert sign_in(client, demo_key, "zoë", "pä:ss: wörd").status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"bob").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Bearer " + base64.b64encode(f"bob:{PASSWORD}".encode()).decode(),
        basic("bob", "wrong"),
        basic("bob", ""),
        basic("bob", PASSWORD + "\0"),
        basic("", ""),
        basic("nobody", PASSWORD),
        basic("bob\0", PASSWORD),
        basic("b" * 5000, PASSWORD),
        basic("dora", PASSWORD),
    ],
)
def test_wrong_credentials_get_one_and_the_same_answer(
    client, bob, demo_key, django_user_model, authorization
):
    django_user_model.objects.create_user("dora", password=PASSWORD, is_active=False)
    response = sign_in(client, demo_key, authorization=authorization)
    assert problem(response, 401) == "The user name or the password is not right."
    assert response["WWW-Authenticate"].startswith("Basic ")
    assert not ApiSession.objects.exists()


def test_only_post_signs_in(client, bob, demo_key):
    headers = {
        "x-api-key": demo_key,
        "authorization": basic("bob", PASSWORD),
        "vbasoftware-database": "VBA_Demo",
    }
    assert problem(client.get(SIGN_IN, headers=headers), 405)


def test_neither_key_nor_password_nor_token_is_logged_or_stored(client, bob, demo_key, caplog):
    caplog.set_level(logging.DEBUG)
    tokens = tokens_of(sign_in(client, demo_key))
    call(client, demo_key, tokens["idToken"])
    call(client, demo_key, tokens["idToken"] + "x")
    sign_in(client, demo_key, password=PASSWORD + "x")
    refresh(client, demo_key, tokens)
    secrets = [demo_key, PASSWORD, tokens["idToken"], tokens["accessToken"], tokens["refreshToken"]]
    rows = [str(row) for model in (ApiKey, ApiSession) for row in model.objects.values()]
    for place in [caplog.text, *rows]:
        assert not [secret for secret in secrets if secret in place]


# --- key, token, database: each missing, wrong, or not meant for the others ---


def every_door(client, key, tokens, database):
    """Call each of the four kinds of operation with the same key and database header."""
    yield sign_in(client, key, database=database)
    yield refresh(client, key, tokens, database)
    yield call(client, key, tokens["idToken"], database=database)
    yield call(client, key, tokens["idToken"], LOGOUT, "post", database)


@pytest.mark.parametrize("database", ["", "  "])
def test_every_operation_demands_the_database_header(client, bob, demo_key, database):
    tokens = tokens_of(sign_in(client, demo_key))
    for response in every_door(client, demo_key, tokens, database):
        assert problem(response, 400) == "The header vbasoftware-database is required."


@pytest.mark.parametrize(
    ("key", "database"),
    [
        ("both_key", "VBA_Nowhere"),
        ("both_key", "vba_demo"),
        ("both_key", "default"),
        ("both_key", "VBA_Acme"),  # open to the key, not to Bob
        ("demo_key", "VBA_Acme"),
        ("demo_key", "VBA_Demo,VBA_Demo"),
    ],
)
def test_unknown_and_closed_databases_get_one_and_the_same_answer(client, bob, request, key, database):
    key = request.getfixturevalue(key)
    tokens = tokens_of(sign_in(client, key))
    for response in every_door(client, key, tokens, database):
        assert problem(response, 403) == "This database is not open to you."
    assert call(client, key, tokens["idToken"]).status_code == 200


def test_a_key_limits_even_a_superuser(client, alice, demo_key):
    assert problem(sign_in(client, demo_key, "alice", database="VBA_Acme"), 403)
    assert sign_in(client, demo_key, "alice").status_code == 200


def test_a_database_closed_to_a_user_is_closed_to_his_tokens_at_once(client, bob, demo_key):
    token = tokens_of(sign_in(client, demo_key))["idToken"]
    bob.open_databases.databases = []
    bob.open_databases.save()
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
def test_a_token_is_demanded(client, bob, demo_key, authorization):
    headers = {"x-api-key": demo_key, "authorization": authorization, "vbasoftware-database": "VBA_Demo"}
    response = client.get(GROUPS, headers=headers)
    assert problem(response, 401) == BEARER_REFUSED
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_a_token_works_with_no_other_key_than_its_own(client, bob, demo_key, both_key):
    token = tokens_of(sign_in(client, demo_key))["idToken"]
    assert problem(call(client, both_key, token), 401) == BEARER_REFUSED
    assert call(client, demo_key, token).status_code == 200


@pytest.mark.parametrize(
    "change", ["expired", "inactive", "new password", "logged out", "renewed", "user deleted"]
)
def test_tokens_that_are_over_get_one_and_the_same_answer(client, bob, demo_key, change):
    tokens = tokens_of(sign_in(client, demo_key))
    if change == "expired":
        ApiSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
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


# --- logging out ---


def test_a_logout_ends_its_own_session_and_no_other(client, bob, demo_key):
    first, second = tokens_of(sign_in(client, demo_key)), tokens_of(sign_in(client, demo_key))
    assert call(client, demo_key, first["accessToken"], LOGOUT, "post").status_code == 200
    assert problem(call(client, demo_key, first["idToken"], LOGOUT, "post"), 401)
    assert problem(refresh(client, demo_key, first), 401)
    assert call(client, demo_key, second["idToken"]).status_code == 200


# --- renewing ---

RENEWAL_REFUSED = "These tokens cannot be renewed. Sign in again."


@pytest.mark.parametrize("id_token", ["expired", "still valid"])
def test_tokens_are_renewed_and_the_old_ones_are_dead(client, bob, demo_key, id_token):
    old = tokens_of(sign_in(client, demo_key))
    if id_token == "expired":
        ApiSession.objects.update(expires_at=timezone.now() - timedelta(hours=2))
    new = tokens_of(refresh(client, demo_key, old))
    assert call(client, demo_key, new["idToken"]).status_code == 200
    assert not set(old.values()) & {new["idToken"], new["accessToken"], new["refreshToken"]}
    assert problem(call(client, demo_key, old["idToken"]), 401)
    assert problem(refresh(client, demo_key, old), 401) == RENEWAL_REFUSED
    assert refresh(client, demo_key, new).status_code == 200


def test_a_refused_database_leaves_the_tokens_to_be_renewed(client, bob, demo_key):
    tokens = tokens_of(sign_in(client, demo_key))
    assert problem(refresh(client, demo_key, tokens, database="VBA_Acme"), 403)
    assert refresh(client, demo_key, tokens).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "refresh expired",
        "revoked",
        "inactive",
        "new password",
        "swapped",
        "access token",
        "none",
        "another's",
    ],
)
def test_renewals_that_are_not_due_get_one_and_the_same_answer(client, alice, bob, demo_key, change):
    tokens = tokens_of(sign_in(client, demo_key))
    if change == "refresh expired":
        ApiSession.objects.update(refresh_expires_at=timezone.now() - timedelta(seconds=1))
    elif change == "revoked":
        ApiSession.objects.update(revoked_at=timezone.now())
    elif change == "inactive":
        bob.is_active = False
        bob.save()
    elif change == "new password":
        bob.set_password("Another-Harbor-42")
        bob.save()
    elif change == "another's":
        tokens["idToken"] = tokens_of(sign_in(client, demo_key, "alice"))["idToken"]
    else:
        tokens |= {
            "swapped": {"idToken": tokens["refreshToken"], "refreshToken": tokens["idToken"]},
            "access token": {"idToken": tokens["accessToken"]},
            "none": {"idToken": "", "refreshToken": ""},
        }[change]
    assert problem(refresh(client, demo_key, tokens), 401) == RENEWAL_REFUSED


def test_tokens_are_renewed_with_no_other_key_than_their_own(client, bob, demo_key, both_key):
    tokens = tokens_of(sign_in(client, demo_key))
    assert problem(refresh(client, both_key, tokens), 401) == RENEWAL_REFUSED


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_of_two_renewals_at_the_same_time_one_wins(bob, demo_key):
    tokens = tokens_of(sign_in(Client(), demo_key))

    def renew(_):
        try:
            return refresh(Client(), demo_key, tokens).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(renew, range(2))) == [200, 401]


def test_a_sign_in_sweeps_out_sessions_that_can_never_be_renewed(client, bob, demo_key):
    sign_in(client, demo_key)
    ApiSession.objects.update(refresh_expires_at=timezone.now() - timedelta(days=1))
    sign_in(client, demo_key)
    assert ApiSession.objects.count() == 1
