"""Signing in, renewing tokens and logging out, and what is refused."""

import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from access.models import ApiKey, ApiSession
from access.sessions import SWEPT_AT_ONCE
from tests.api.doors import LOGOUT, SIGN_IN, basic, call, problem, refresh, sign_in, tokens_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__")

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


def test_the_refresh_token_is_not_a_bearer_token(client, bob, demo_key):
    token = tokens_of(sign_in(client, demo_key))["refreshToken"]
    assert "bearer token" in problem(call(client, demo_key, token), 401)


def test_headers_of_the_published_api_that_are_not_needed_are_ignored(client, bob, demo_key):
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
    assert problem(response, 401) == "User name or password is incorrect."
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
def test_tokens_are_renewed_and_the_old_ones_stop_working(client, bob, demo_key, id_token):
    old = tokens_of(sign_in(client, demo_key))
    if id_token == "expired":
        ApiSession.objects.update(expires_at=timezone.now() - timedelta(hours=2))
    new = tokens_of(refresh(client, demo_key, old))
    assert call(client, demo_key, new["idToken"]).status_code == 200
    assert not set(old.values()) & {new["idToken"], new["accessToken"], new["refreshToken"]}
    assert problem(call(client, demo_key, old["idToken"]), 401)
    assert problem(refresh(client, demo_key, old), 401) == RENEWAL_REFUSED
    assert refresh(client, demo_key, new).status_code == 200


def test_after_a_refused_database_the_tokens_can_still_be_renewed(client, bob, demo_key):
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
def test_refused_renewals_get_one_and_the_same_answer(client, alice, bob, demo_key, change):
    tokens = tokens_of(sign_in(client, demo_key))
    if change == "refresh expired":
        ApiSession.objects.update(refresh_expires_at=timezone.now() - timedelta(hours=1))
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


def test_tokens_are_renewed_only_with_their_own_key(client, bob, demo_key, both_key):
    tokens = tokens_of(sign_in(client, demo_key))
    assert problem(refresh(client, both_key, tokens), 401) == RENEWAL_REFUSED


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_one_of_two_simultaneous_renewals_wins(bob, demo_key):
    tokens = tokens_of(sign_in(Client(), demo_key))

    def renew(_):
        try:
            return refresh(Client(), demo_key, tokens).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(renew, range(2))) == [200, 401]


def test_a_sign_in_deletes_sessions_that_can_never_be_renewed(client, bob, demo_key):
    sign_in(client, demo_key)
    ApiSession.objects.update(refresh_expires_at=timezone.now() - timedelta(days=1))
    sign_in(client, demo_key)
    assert ApiSession.objects.count() == 1


def test_a_sign_in_deletes_only_a_few_sessions(client, bob, demo_key):
    sign_in(client, demo_key)
    old, over = ApiSession.objects.get(), timezone.now() - timedelta(days=1)
    columns = {"user": bob, "api_key": old.api_key, "expires_at": over, "refresh_expires_at": over}
    kinds = ("id_digest", "access_digest", "refresh_digest")
    ApiSession.objects.bulk_create(
        ApiSession(**columns, **{kind: f"{n} {kind}" for kind in kinds}) for n in range(SWEPT_AT_ONCE + 5)
    )
    sign_in(client, demo_key)
    assert ApiSession.objects.filter(refresh_expires_at=over).count() == 5
    sign_in(client, demo_key)
    assert not ApiSession.objects.filter(refresh_expires_at=over).exists()
