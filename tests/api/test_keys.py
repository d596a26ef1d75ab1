"""API keys: creating one in the shell, and what the user with a key may do with a table."""

import io
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group as UserGroup
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from access.models import ApiKey
from tables.context import databases
from tables.context.actor import acting_user
from tests.roles import give_rights, take_roles

pytestmark = pytest.mark.django_db(databases="__all__")

GROUPS = "/vbasoftware/groups"


def create_api_key(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=err)
    assert err.getvalue() == ""
    return out.getvalue()


# --- manage.py create_api_key ---


def test_the_command_prints_only_a_working_key(client, bob, signed_in):
    printed = create_api_key("Nightly feed", "--database", "VBA_Demo")
    key = printed.strip()
    assert printed == key + "\n"
    assert key.startswith("vba_")
    assert len(key) >= 40
    assert client.get(GROUPS, headers=signed_in(bob, key)).status_code == 200


def test_a_key_may_open_several_databases(client, alice, signed_in):
    repeated = ["VBA_Demo", "--database", "VBA_Acme", "VBA_Demo"]
    for number, named in enumerate([["VBA_Demo", "VBA_Acme"], repeated]):
        key = create_api_key(f"Feed {number}", "--database", *named).strip()
        for name in ("VBA_Demo", "VBA_Acme"):
            assert client.get(GROUPS, headers=signed_in(alice, key, name)).status_code == 200
    assert ApiKey.objects.get(name="Feed 1").databases == ["VBA_Demo", "VBA_Acme"]


def test_the_day_of_expiry_is_the_last_day_the_key_works():
    create_api_key("Nightly feed", "--database", "VBA_Demo", "--expires", "2999-12-31")
    assert ApiKey.objects.get().expires_at == datetime(3000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["Feed", "--database", "VBA_Demo", "VBA_No"], "'VBA_No'. Choose one of: 'VBA_Demo', 'VBA_Acme'"),
        (["Feed", "--database", "default"], "no target database 'default'"),
        (["Payroll link", "--database", "VBA_Demo"], "already exists"),
        (["", "--database", "VBA_Demo"], "name:"),
        (["n" * 101, "--database", "VBA_Demo"], "at most 100 characters"),
        (["Feed"], "--database"),
        (["Feed", "--database", "VBA_Demo", "--expires", "2020-01-01"], r"today \(UTC\) or later"),
        (["Feed", "--database", "VBA_Demo", "--expires", "soon"], "not a date"),
        (["Feed", "--database", "VBA_Demo", "--expires", "9999-12-31"], "not a date"),
    ],
)
def test_the_command_says_what_is_wrong_and_creates_no_key(demo_key, arguments, text):
    with pytest.raises(CommandError, match=text) as caught:
        create_api_key(*arguments)
    assert caught.value.returncode == 2 or "--database" in text or "not a date" in text
    assert ApiKey.objects.count() == 1


def test_a_key_is_kept_as_a_digest_and_shown_by_its_first_characters(demo_key):
    key = ApiKey.objects.get()
    assert key.prefix == demo_key[:8]
    assert len(key.digest) == 64
    assert demo_key not in str(vars(key))


# --- what a user may do with a table ---


def rights(user, *codenames):
    """Give the user these rights to groups in VBA_Demo, and all rights without a database, which have no
    effect."""
    user.user_permissions.set(Permission.objects.all())
    give_rights(user, *(f"groups.{codename}" for codename in codenames))


OPERATIONS = {
    "view": [("get", GROUPS), ("get", f"{GROUPS}/G1"), ("head", GROUPS)],
    "add": [("post", GROUPS)],
    "change": [("put", f"{GROUPS}/G1")],
    "delete": [("delete", f"{GROUPS}/G1")],
}


@pytest.mark.parametrize("right", list(OPERATIONS))
def test_each_operation_needs_its_own_right(client, bob, demo_key, signed_in, right):
    headers = signed_in(bob, demo_key)
    for method, path in OPERATIONS[right]:
        rights(bob, *(f"{other}_group" for other in OPERATIONS if other != right))
        refused = getattr(client, method)(path, headers=headers)
        assert refused.status_code == 403
        if method != "head":
            assert refused.json()["error"]["detail"] == f"You don't have permission to {right} groups."
        rights(bob, f"{right}_group")
        assert getattr(client, method)(path, headers=headers).status_code not in (401, 403)


@pytest.mark.parametrize("missing", ["add", "change"])
def test_a_batch_needs_the_rights_to_add_and_to_change(client, bob, demo_key, signed_in, missing):
    headers = signed_in(bob, demo_key)
    rights(bob, *({"add_group", "change_group", "view_group"} - {f"{missing}_group"}))
    response = client.put(f"{GROUPS}-batch", b"[]", "application/json", headers=headers)
    assert response.status_code == 403
    assert response.json()["error"]["detail"] == f"You don't have permission to {missing} groups."
    rights(bob, "add_group", "change_group")
    assert client.put(f"{GROUPS}-batch", b"[]", "application/json", headers=headers).status_code == 207


def test_rights_without_a_database_open_nothing(client, bob, demo_key, signed_in):
    take_roles(bob)
    bob.groups.add(UserGroup.objects.get(name="Administrator"))
    bob.user_permissions.set(Permission.objects.all())
    assert client.get(GROUPS, headers=signed_in(bob, demo_key)).status_code == 403


def test_a_superuser_needs_no_rights(client, alice, demo_key, signed_in):
    assert client.get(GROUPS, headers=signed_in(alice, demo_key)).status_code == 200


def test_a_program_does_not_need_staff_status(client, bob, demo_key, signed_in):
    bob.is_staff = False
    bob.save()
    assert client.get(GROUPS, headers=signed_in(bob, demo_key)).status_code == 200


def test_the_choice_of_a_request_ends_with_the_request(client, bob, demo_key, signed_in):
    client.get(GROUPS, headers=signed_in(bob, demo_key))
    assert databases.chosen_or_none() is None
    assert acting_user() is None
