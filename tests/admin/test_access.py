"""The back office of access: users with their roles, keys shown once and revoked for good."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group as UserGroup
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from access.models import ApiKey, ApiSession, databases_open_to
from tests.conftest import PASSWORD
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__")

KEYS, USERS, ROLES = "/admin/access/apikey/", "/admin/auth/user/", "/admin/access/role/"
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


def test_a_list_is_titled_by_what_it_lists(office):
    for url, name in ((KEYS, "API keys"), (USERS, "Users"), ("/admin/groups/group/", "Groups")):
        assert re.search(rf"<title>\s*{name} · VBA_Demo \| vbaadmin", text_of(office.get(url)))


# --- users ---


def user_form(user, **changes):
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "role_assignments-TOTAL_FORMS": "0",
        "role_assignments-INITIAL_FORMS": "0",
        **changes,
    }


def role_rows(user, *rows, held=()):
    """Return what the form sends of the user's roles: those ``held`` come first, by their order."""
    sent = {"role_assignments-TOTAL_FORMS": str(len(rows)), "role_assignments-INITIAL_FORMS": str(len(held))}
    for number, (database, role, *delete) in enumerate(rows):
        row = {"user": user.pk, "database": database, "role": UserGroup.objects.get(name=role).pk}
        row |= {"id": held[number].pk} if number < len(held) else {}
        row |= {"DELETE": "on"} if delete else {}
        sent |= {f"role_assignments-{number}-{name}": value for name, value in row.items()}
    return sent


def roles_of(user):
    return {str(each) for each in user.role_assignments.all()}


def test_a_new_user_opens_nothing_until_he_has_roles(office):
    password = {"usable_password": "true", "password1": "Spruce-Harbor-41", "password2": "Spruce-Harbor-41"}
    none = {"role_assignments-TOTAL_FORMS": "0", "role_assignments-INITIAL_FORMS": "0"}
    added = office.post(USERS + "add/", {"username": "dora", **password, **none})
    dora = User.objects.get(username="dora")
    assert added.url == f"{USERS}{dora.pk}/change/"
    assert databases_open_to(dora) == ()
    rows = role_rows(dora, ("VBA_Acme", "Viewer"), ("VBA_Demo", "Account manager"))
    assert office.post(added.url, user_form(dora, **rows)).status_code == 302
    assert databases_open_to(dora) == ("VBA_Demo", "VBA_Acme")
    assert "VBA_Acme: Viewer, VBA_Demo: Account manager" in text_of(office.get(USERS))


def sign_in(username):
    """Sign in by the form of the back office; return where it leads, None if it does not."""
    sent = {"username": username, "password": PASSWORD, "next": "/admin/"}
    return Client().post("/admin/login/", sent).headers.get("Location")


def test_a_first_role_lets_a_user_into_the_back_office(office):
    dora = User.objects.create_user("dora", password=PASSWORD)
    page, without = f"{USERS}{dora.pk}/change/", {"is_staff": ""}
    assert sign_in("dora") is None
    rows = role_rows(dora, ("VBA_Acme", "Viewer"))
    assert "dora may now sign in here" in text_of(
        office.post(page, user_form(dora, **rows, **without), follow=True)
    )
    assert sign_in("dora") == "/admin/"
    User.objects.filter(pk=dora.pk).update(is_active=False)
    assert sign_in("dora") is None


def test_a_user_of_the_api_alone_stays_out_of_the_back_office(office):
    dora = User.objects.create_user("dora", password=PASSWORD)
    page, without = f"{USERS}{dora.pk}/change/", {"is_staff": ""}
    give_role(dora, "Viewer", "VBA_Acme")
    held = list(dora.role_assignments.all())
    assert (
        office.post(
            page, user_form(dora, **role_rows(dora, ("VBA_Acme", "Viewer"), held=held), **without)
        ).status_code
        == 302
    )
    rows = role_rows(dora, ("VBA_Acme", "Administrator"), ("VBA_Demo", "Viewer"), held=held)
    assert office.post(page, user_form(dora, **rows, **without)).status_code == 302
    assert roles_of(dora) == {"VBA_Acme: Administrator", "VBA_Demo: Viewer"}
    assert sign_in("dora") is None


def test_who_becomes_a_superuser_may_sign_in(office):
    dora = User.objects.create_user("dora", password=PASSWORD)
    sent = user_form(dora, is_staff="", is_superuser="on")
    assert office.post(f"{USERS}{dora.pk}/change/", sent).status_code == 302
    assert sign_in("dora") == "/admin/"


def test_a_users_roles_are_changed_and_taken_again(office, bob):
    held = list(bob.role_assignments.all())
    page = f"{USERS}{bob.pk}/change/"
    changed = role_rows(bob, ("VBA_Demo", "Viewer"), held=held)
    assert office.post(page, user_form(bob, **changed)).status_code == 302
    assert roles_of(bob) == {"VBA_Demo: Viewer"}
    taken = role_rows(bob, ("VBA_Demo", "Viewer", "delete"), held=held)
    assert office.post(page, user_form(bob, **taken)).status_code == 302
    assert databases_open_to(bob) == ()


@pytest.mark.parametrize(
    "rows",
    [
        [("VBA_Acme", "Viewer"), ("VBA_Acme", "Administrator")],
        [("VBA_Nowhere", "Viewer")],
        [("default", "Viewer")],
    ],
)
def test_a_user_has_one_role_in_a_database_that_there_is(office, carol, rows):
    refused = office.post(f"{USERS}{carol.pk}/change/", user_form(carol, **role_rows(carol, *rows)))
    assert "Please correct the error" in text_of(refused)
    assert not roles_of(carol)


def test_a_role_in_a_database_that_is_configured_no_more_stays_readable(office, bob, settings):
    settings.VBA_DATABASES = {name: url for name, url in settings.VBA_DATABASES.items() if name != "VBA_Demo"}
    assert 'value="VBA_Demo" selected' in text_of(office.get(f"{USERS}{bob.pk}/change/"))
    assert databases_open_to(bob) == ()


def test_rights_that_hold_without_a_database_are_not_offered(office, bob):
    page = text_of(office.get(f"{USERS}{bob.pk}/change/"))
    assert 'name="user_permissions"' not in page
    assert 'name="groups"' not in page


# --- roles ---


def test_the_roles_of_the_product_can_be_read_but_not_changed_or_deleted(office):
    assert {"Viewer", "Enrollment clerk", "Account manager", "Administrator"} == set(
        UserGroup.objects.values_list("name", flat=True)
    )
    for role in UserGroup.objects.all():
        before = set(role.permissions.all())
        page = f"{ROLES}{role.pk}/change/"
        assert "Divisions: view" in text_of(office.get(page)).replace("add, change, delete, view", "view")
        assert office.post(page, {"name": "Mine", "permissions": []}).status_code == 403
        assert office.post(f"{ROLES}{role.pk}/delete/", {"post": "yes"}).status_code == 403
        office.post(ROLES, {"action": "delete_selected", "_selected_action": role.pk, "post": "yes"})
        assert set(UserGroup.objects.get(name=role.name).permissions.all()) == before


def test_a_role_of_ones_own_holds_rights_to_mirrored_tables_and_no_others(office, carol):
    offered = Permission.objects.get(codename="change_groupplanyear")
    control = Permission.objects.get(codename="change_user")
    form = text_of(office.get(ROLES + "add/"))
    assert f'value="{offered.pk}"' in form
    assert f'value="{control.pk}"' not in form
    assert office.post(ROLES + "add/", {"name": "Plans", "permissions": [control.pk]}).status_code == 200
    assert office.post(ROLES + "add/", {"name": "Plans", "permissions": [offered.pk]}).status_code == 302
    give_role(carol, "Plans")
    plans = UserGroup.objects.get(name="Plans")
    assert list(plans.permissions.all()) == [offered]
    office.post(f"{ROLES}{plans.pk}/delete/", {"post": "yes"})
    assert roles_of(carol) == {"VBA_Demo: Plans"}  # One that somebody has is not deleted.
    carol.role_assignments.all().delete()
    assert office.post(f"{ROLES}{plans.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not UserGroup.objects.filter(name="Plans").exists()


# --- what a change brings about ---


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


@pytest.mark.parametrize("office_page", ["access/apikey/", "auth/user/", "access/role/"])
def test_every_page_of_access_opens_to_a_superuser(office, bob, demo_key, office_page):
    page = f"/admin/{office_page}"
    text_of(office.get(page))
    text_of(office.get(page + "add/"))
    record = re.search(rf'href="({page}\d+/change/)', text_of(office.get(page)))[1]
    text_of(office.get(record))


def test_rights_are_given_by_superusers_alone(bob, demo_key):
    bob.user_permissions.set(Permission.objects.all())
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
