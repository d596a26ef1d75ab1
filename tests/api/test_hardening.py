"""Hardening: lockout, headers, sessions, and refused production settings."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__")
ROOT = Path(__file__).resolve().parents[2]
LOGIN = "/admin/login/"


def sign_in(client, username, password):
    return client.post(LOGIN, {"username": username, "password": password})


@pytest.mark.parametrize("username", ["bob", "nobody"])
def test_wrong_passwords_lock_out_existing_and_unknown_users_alike(client, bob, username):
    answers = [sign_in(client, username, "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    page = answers[-1].content.decode()
    assert "Too many attempts" in page
    assert "Try again in 15 minutes." in page
    assert sign_in(client, username, PASSWORD).status_code == 429


def test_a_wrong_password_is_said_in_one_sentence(client, bob):
    page = sign_in(client, "bob", "wrong").content.decode()
    assert "User name or password is incorrect." in page
    assert "Please correct" not in page


def test_signing_out_says_so(client, alice):
    client.force_login(alice)
    page = client.post("/admin/logout/").content.decode()
    assert "<h1>You are signed out</h1>" in page
    assert "Sign in again" in page


def test_another_user_is_not_locked_out(client, bob, alice):
    for _ in range(6):
        sign_in(client, "bob", "wrong")
    assert sign_in(client, "alice", PASSWORD).status_code == 302


def test_rest_locks_out_too_with_the_usual_answer(client, bob, demo_key):
    def ask(password):
        basic = base64.b64encode(f"bob:{password}".encode()).decode()
        headers = {
            "x-api-key": demo_key,
            "vbasoftware-database": "VBA_Demo",
            "authorization": f"Basic {basic}",
        }
        return client.post("/vbasoftware/user-authentication", headers=headers)

    wrong = [ask("wrong") for _ in range(6)]
    right = ask(PASSWORD)
    assert {answer.status_code for answer in (*wrong, right)} == {401}
    assert len({answer.json()["error"]["detail"] for answer in (*wrong, right)}) == 1


def test_the_security_policy_forbids_what_pages_do_not_need(client, alice):
    client.force_login(alice)
    page = client.get(reverse("admin:index"))
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert page["X-Frame-Options"] == "DENY"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["X-Content-Type-Options"] == "nosniff"


def test_a_session_ends_with_the_browser_and_after_hours_without_a_request(client, bob):
    cookie = sign_in(client, "bob", PASSWORD).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["max-age"] == ""
    assert client.session.get_expiry_age() <= 8 * 3600


def manage(*arguments, **environment):
    """Run manage.py under production settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VBA_")}
    for name in ("DATABASE_URL", "DJANGO_ALLOW_ASYNC_UNSAFE"):
        kept.pop(name, None)
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**kept, "DJANGO_SETTINGS_MODULE": "vbaadmin.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


PRODUCTION = {
    "VBA_PRODUCTION": "on",
    "SECRET_KEY": "k7!" + "Zq9" * 20,
    "DATABASE_URL": "postgres://vba@db.internal/vba",
    "VBA_ALLOWED_HOSTS": "vba.example",
}


def test_production_settings_pass_djangos_own_deployment_checks():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"DATABASE_URL": ""}, "embedded PostgreSQL is refused"),
        ({"VBA_DEBUG": "on"}, "VBA_DEBUG must be off"),
        ({"VBA_ALLOWED_HOSTS": ""}, "VBA_ALLOWED_HOSTS must name"),
        ({"VBA_ALLOWED_HOSTS": "*"}, "VBA_ALLOWED_HOSTS must name"),
    ],
)
def test_production_does_not_start_half_configured(changes, said):
    done = manage("check", **{**PRODUCTION, **changes})
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
