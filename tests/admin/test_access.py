"""The back office of access: users with their databases, keys shown once and revoked for good."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group as UserGroup
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from access.models import ApiKey, ApiSession, databases_open_to

pytestmark = pytest.mark.django_db(databases="__all__")

KEYS, USERS = "/admin/access/apikey/", "/admin/auth/user/"
KEY = {"name": "Nightly feed", "databases": ["VBA_Demo"], "expires_at_0": "", "expires_at_1": ""}


@pytest.fixture
def office(alice):
    client = Client()
    client.force_login(alice)
    return client


def text_of(response):
    assert response.status_code == 200, response
    return response.content.decode()


# --- keys ---


def test_a_new_key_is_shown_once_and_works(office, alice, client, signed_in):
    response = office.post(KEYS + "add/", KEY)
    key = re.search(r'value="(vba_[\w-]{40,})"', text_of(response))[1]
    assert "no-store" in response["Cache-Control"]
    assert client.get("/vbasoftware/groups", headers=signed_in(alice, key)).status_code == 200
    stored = ApiKey.objects.get()
    assert (stored.created_by, stored.prefix) == (alice, key[:8])
    later = [KEYS, f"{KEYS}{stored.pk}/change/", "/admin/"]
    assert not [page for page in later if key in text_of(office.get(page))]
    kept = [*office.cookies.values(), *office.session.values(), *ApiKey.objects.values()]
    assert not [each for each in kept if key in str(each)]


def test_a_key_needs_a_free_name_and_a_known_database(office, demo_key):
    for wrong in ({"name": ""}, {"name": "Payroll link"}, {"databases": []}, {"databases": ["VBA_Nowhere"]}):
        page = text_of(office.post(KEYS + "add/", KEY | wrong))
        assert "errorlist" in page or "Please correct the error" in page
    assert ApiKey.objects.count() == 1


def test_a_key_keeps_its_secret_when_its_name_databases_and_expiry_change(office, demo_key):
    key = ApiKey.objects.get()
    changed = {
        "name": "Payroll",
        "databases": ["VBA_Acme"],
        "expires_at_0": "2999-01-01",
        "expires_at_1": "00:00",
    }
    office.post(
        f"{KEYS}{key.pk}/change/", changed | {"digest": "x", "prefix": "x", "revoked_at": "2020-01-01"}
    )
    now = ApiKey.objects.get()
    assert (now.name, now.databases, now.expires_at.year) == ("Payroll", ["VBA_Acme"], 2999)
    assert (now.digest, now.prefix, now.revoked_at) == (key.digest, key.prefix, None)


@pytest.mark.parametrize("door", ["list", "page of the key"])
def test_a_key_is_revoked_after_a_question(office, demo_key, door):
    key = ApiKey.objects.get()
    chosen = {"action": "revoke", "_selected_action": key.pk}
    asked = office.post(KEYS, chosen) if door == "list" else office.get(f"{KEYS}{key.pk}/revoke/")
    assert "Payroll link" in text_of(asked)
    assert ApiKey.objects.get().status == "active"
    assert office.post(KEYS, chosen | {"confirmed": "yes"}).url == KEYS
    assert ApiKey.objects.get().status == "revoked"


def test_a_revoked_key_stays_revoked_since_when_it_was(office, demo_key):
    then = timezone.now() - timedelta(days=3)
    ApiKey.objects.update(revoked_at=then)
    key = ApiKey.objects.get()
    office.post(KEYS, {"action": "revoke", "_selected_action": key.pk, "confirmed": "yes"})
    office.get(f"{KEYS}{key.pk}/revoke/")
    assert ApiKey.objects.get().revoked_at == then


def test_a_key_that_does_not_exist_cannot_be_revoked(office):
    for unknown in ("0", "x"):
        assert office.get(f"{KEYS}{unknown}/revoke/").status_code == 404


def test_keys_are_never_deleted(office, demo_key):
    key = ApiKey.objects.get()
    assert office.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    office.post(KEYS, {"action": "delete_selected", "_selected_action": key.pk, "post": "yes"})
    assert ApiKey.objects.exists()


def test_the_list_searches_filters_and_says_what_a_key_is_worth(office):
    past, future = (timezone.now() + timedelta(days=days) for days in (-1, 1))
    for name, expires, revoked in (
        ("Anna", None, None),
        ("Ben", future, None),
        ("Cleo", past, None),
        ("Dan", past, past),
    ):
        key, _ = ApiKey.objects.create_key(name=name, databases=["VBA_Demo"], expires_at=expires)
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=revoked)

    def names(query):
        return [
            name
            for name in ("Anna", "Ben", "Cleo", "Dan")
            if f">{name}<" in text_of(office.get(KEYS + query))
        ]

    assert names("?status=active") == ["Anna", "Ben"]
    assert names("?status=expired") == ["Cleo"]
    assert names("?status=revoked") == ["Dan"]
    assert names("?q=cle") == ["Cleo"]
    assert names("") == ["Anna", "Ben", "Cleo", "Dan"]


# --- users ---


def user_form(user, **changes):
    joined = user.date_joined
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": joined.date().isoformat(),
        "date_joined_1": joined.time().isoformat("seconds"),
        "open_databases-TOTAL_FORMS": "1",
        "open_databases-INITIAL_FORMS": "0",
        **changes,
    }


def test_a_new_user_opens_nothing_until_databases_are_checked(office):
    password = {"usable_password": "true", "password1": "Spruce-Harbor-41", "password2": "Spruce-Harbor-41"}
    inline = {"open_databases-TOTAL_FORMS": "1", "open_databases-INITIAL_FORMS": "0"}
    added = office.post(USERS + "add/", {"username": "dora", **password, **inline})
    dora = User.objects.get(username="dora")
    assert added.url == f"{USERS}{dora.pk}/change/"
    assert databases_open_to(dora) == ()
    saved = office.post(
        added.url, user_form(dora, **{"open_databases-0-databases": ["VBA_Acme", "VBA_Demo"]})
    )
    assert saved.status_code == 302
    assert databases_open_to(dora) == ("VBA_Demo", "VBA_Acme")
    assert "VBA_Acme" in text_of(office.get(USERS))


def test_a_users_databases_can_be_closed_again(office, bob):
    held = {
        "open_databases-INITIAL_FORMS": "1",
        "open_databases-0-id": bob.open_databases.pk,
        "open_databases-0-user": bob.pk,
    }
    assert office.post(f"{USERS}{bob.pk}/change/", user_form(bob, **held)).status_code == 302
    assert databases_open_to(bob) == ()


def test_a_password_set_in_the_admin_ends_the_users_sign_ins(office, client, bob, demo_key, signed_in):
    headers = signed_in(bob, demo_key)
    new = {"password1": "Another-Harbor-42", "password2": "Another-Harbor-42", "usable_password": "true"}
    assert office.post(f"{USERS}{bob.pk}/password/", new).status_code == 302
    assert client.get("/vbasoftware/groups", headers=headers).status_code == 401


def test_a_user_can_be_deleted_and_his_sign_ins_go_with_him(office, bob, demo_key, signed_in):
    signed_in(bob, demo_key)
    assert office.post(f"{USERS}{bob.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ApiSession.objects.exists()
    assert ApiKey.objects.exists()


def test_the_log_tells_which_account_changed_what_without_names_and_secrets(office, alice, bob, caplog):
    caplog.set_level("INFO", "vbaadmin.access")
    office.post(KEYS + "add/", KEY)
    key = ApiKey.objects.get()
    office.post(KEYS, {"action": "revoke", "_selected_action": key.pk, "confirmed": "yes"})
    office.post(f"{USERS}{bob.pk}/change/", user_form(bob))
    office.post(USERS, {"action": "delete_selected", "_selected_action": bob.pk, "post": "yes"})
    told = [record.getMessage() for record in caplog.records if record.name == "vbaadmin.access"]
    assert told == [
        f"account {alice.pk} added API key {key.pk}",
        f"account {alice.pk} revoked API key {key.pk}",
        f"account {alice.pk} changed user {bob.pk}",
        f"account {alice.pk} deleted user {bob.pk}",
    ]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("office_page", ["access/apikey/", "auth/user/", "auth/group/"])
def test_every_page_of_access_opens_to_a_superuser(office, bob, demo_key, office_page):
    UserGroup.objects.create(name="Clerks")
    page = f"/admin/{office_page}"
    text_of(office.get(page))
    text_of(office.get(page + "add/"))
    record = re.search(rf'href="({page}\d+/change/)', text_of(office.get(page)))[1]
    text_of(office.get(record))


def test_rights_are_given_by_superusers_alone(bob, demo_key):
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["auth", "access"]))
    client = Client()
    client.force_login(bob)
    key = ApiKey.objects.get()
    pages = [
        f"{KEYS}{key.pk}/change/",
        f"{KEYS}{key.pk}/revoke/",
        KEYS,
        KEYS + "add/",
        USERS,
        USERS + "add/",
        f"{USERS}{bob.pk}/change/",
        f"{USERS}{bob.pk}/password/",
    ]
    assert [client.get(page).status_code for page in pages] == [403] * len(pages)
    assert client.post(KEYS + "add/", KEY).status_code == 403
