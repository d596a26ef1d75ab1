"""The settings of operators do what the documentation says, seen in the interface that they affect.

That each variable of the environment reaches its setting is told in tests/unit/test_environment.py; limits of
requests, files, statements and waits have tests of their own beside what they limit.
"""

import datetime
import io
import re

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from groups.models import Group
from tables.context import databases
from tables.history.models import HistoryEntry
from tests.api.doors import call, problem, refresh, sign_in, tokens_of
from tests.conftest import PASSWORD
from tests.enrollment.world import make
from vbaadmin.firststart import make_first_user

pytestmark = pytest.mark.django_db(databases="__all__")
LOGIN = "/admin/login/"


def enter(client, password=PASSWORD, headers=None, **more):
    """Send the sign-in form of the admin, and return the status of the answer."""
    form = {"username": "bob", "password": password, **more}
    return client.post(LOGIN, form, headers=headers).status_code


# --- where requests may come from ---


@pytest.mark.parametrize(("trusted", "status"), [([], 403), (["https://vba.example"], 302)])
def test_forms_of_trusted_origins_are_accepted_and_no_others(settings, bob, trusted, status):
    settings.CSRF_TRUSTED_ORIGINS = trusted

    def enter_from(origin):
        client = Client(enforce_csrf_checks=True)
        page = client.get(LOGIN).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        return enter(client, csrfmiddlewaretoken=token, headers={"origin": origin})

    assert enter_from("https://vba.example") == status
    assert enter_from("https://evil.example") == 403
    assert enter_from("http://testserver") == 302


@pytest.mark.parametrize(("served", "status"), [([], 400), (["vba.example"], 200)])
def test_only_allowed_hosts_are_served(settings, client, served, status):
    settings.ALLOWED_HOSTS = served
    assert client.get(LOGIN, headers={"host": "vba.example"}).status_code == status
    assert client.get(LOGIN, headers={"host": "evil.example"}).status_code == 400


# --- https ---


def test_plain_http_is_redirected_to_https_if_set(settings, client):
    assert client.get(LOGIN).status_code == 200
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get(LOGIN)
    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{LOGIN}")
    assert Client().get(LOGIN, secure=True).status_code == 200


def test_the_proxys_https_header_counts_only_if_set(settings):
    settings.SECURE_SSL_REDIRECT = True
    said = {"x-forwarded-proto": "https"}
    assert Client().get(LOGIN, headers=said).status_code == 301
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert Client().get(LOGIN, headers=said).status_code == 200
    assert Client().get(LOGIN, headers={"x-forwarded-proto": "http"}).status_code == 301


def test_answers_say_how_long_browsers_must_use_https(settings):
    settings.SECURE_HSTS_SECONDS = 77
    assert Client().get(LOGIN, secure=True)["Strict-Transport-Security"].startswith("max-age=77")


# --- signing in, and how long it lasts ---


def test_a_browser_stays_signed_in_for_the_set_time(settings, client, bob):
    settings.SESSION_COOKIE_AGE = 600
    assert enter(client) == 302
    left = client.session.get_expiry_date() - timezone.now()
    stored = client.session.model.objects.get().expire_date - timezone.now()
    assert datetime.timedelta(minutes=5) < stored <= left <= datetime.timedelta(minutes=10)
    assert client.get("/admin/").status_code == 200
    client.session.model.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    assert client.get("/admin/").status_code == 302


# In a transaction, the time of the database stands still.
@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_token_is_valid_for_the_set_time(settings, client, bob, demo_key):
    settings.API_TOKEN_SECONDS = 7000
    tokens = tokens_of(sign_in(client, demo_key))
    assert tokens["expiresIn"] == 7000
    assert call(client, demo_key, tokens["idToken"]).status_code == 200
    settings.API_TOKEN_SECONDS = 0
    renewed = tokens_of(refresh(client, demo_key, tokens))
    assert renewed["expiresIn"] == 0
    problem(call(client, demo_key, renewed["idToken"]), 401)
    problem(call(client, demo_key, tokens_of(sign_in(client, demo_key))["idToken"]), 401)


def test_a_refresh_token_is_valid_for_the_set_time(settings, client, bob, demo_key):
    tokens = tokens_of(sign_in(client, demo_key))
    settings.API_REFRESH_SECONDS = 0
    assert refresh(client, demo_key, tokens).status_code == 200
    problem(refresh(client, demo_key, tokens_of(sign_in(client, demo_key))), 401)


def test_the_set_number_of_wrong_passwords_locks_out(settings, client, bob):
    settings.AXES_FAILURE_LIMIT = 3
    assert [enter(client, "wrong") for _ in range(3)] == [200, 200, 429]
    assert enter(client) == 429


def test_a_lockout_lasts_for_the_set_time(settings, client, bob):
    from axes.models import AccessAttempt

    settings.AXES_FAILURE_LIMIT, settings.AXES_COOLOFF_TIME = 1, datetime.timedelta(minutes=30)
    assert enter(client, "wrong") == 429

    def minutes_pass(minutes):
        attempt = AccessAttempt.objects.get()
        attempt.attempt_time -= datetime.timedelta(minutes=minutes)
        attempt.save()

    minutes_pass(20)
    assert enter(client) == 429
    minutes_pass(31)
    assert enter(client) == 302


def test_the_first_user_gets_the_set_password(client, monkeypatch):
    monkeypatch.setenv("VBA_ADMIN_PASSWORD", PASSWORD)
    assert make_first_user() is None
    assert client.post(LOGIN, {"username": "admin", "password": PASSWORD}).status_code == 302


# --- history and exports ---


def test_history_is_kept_for_the_set_days(settings):
    settings.HISTORY_DAYS = 10
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO historyentry (at, actor, source, table_name, row_key, action)"
            " SELECT now() - days * interval '1 day', 'ann', 'sql', 'groups', ARRAY[days::text], 'created'"
            " FROM unnest(ARRAY[9, 11, 3000]) AS days"
        )
    call_command("prune_history", database="VBA_Demo", stdout=io.StringIO())
    with databases.using("VBA_Demo"):
        assert [entry.row_key for entry in HistoryEntry.objects.filter(actor="ann")] == [["9"]]


@pytest.mark.parametrize(("seconds", "status"), [(1, 503), (60, 200)])
def test_an_export_that_takes_longer_than_the_set_time_is_stopped(settings, client, alice, seconds, status):
    settings.EXPORT_SECONDS = seconds
    with databases.using("VBA_Demo"), connections["VBA_Demo"].cursor() as cursor:
        make(Group, group_id="G1")
        # Reading a group takes more than a second.
        cursor.execute("ALTER TABLE groups RENAME TO quick_groups")
        cursor.execute("CREATE VIEW groups AS SELECT * FROM quick_groups WHERE pg_sleep(1.2) IS NOT NULL")
    client.force_login(alice)
    answer = client.get("/admin/groups/group/export/csv/")
    assert answer.status_code == status
    if status == 200:
        assert b"G1" in b"".join(answer.streaming_content)
