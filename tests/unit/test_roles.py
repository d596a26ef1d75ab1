"""The built-in roles: complete after every migration, and given to users from before there were roles."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from access.models import databases_open_to
from access.roles import ROLES as DECLARED
from access.roles import may
from tables.context import databases
from tables.schema.registry import all_tables
from tests.roles import ROLES, give_role, role_may

pytestmark = pytest.mark.django_db(databases="__all__")


def migrate(*target):
    call_command("migrate", *target, database="default", verbosity=0)


def rights_of(role):
    rights = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rights}


def rights_there_are():
    """Return every right to a mirrored table, from the models."""
    own = {f"{m._meta.app_label}.{name}" for m in all_tables() for name, _ in m._meta.permissions}
    everyday = {
        f"{m._meta.app_label}.{kind}_{m._meta.model_name}"
        for m in all_tables()
        for kind in m._meta.default_permissions
    }
    return own | everyday


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_the_promised_rights_to_every_table_and_no_others(role):
    assert rights_there_are() >= {"groups.view_group", "planyears.delete_groupplanyear"}
    mirrored = {right for right in rights_of(role) if right in rights_there_are()}
    assert mirrored == {right for right in rights_there_are() if role_may(role, right)}
    assert all(databases.is_target_app(right.partition(".")[0]) for right in rights_of(role))


def test_a_new_table_gets_the_rights_of_roles_automatically():
    kind = ContentType.objects.create(app_label="groups", model="groupnote")
    for right in ("view_groupnote", "add_groupnote", "stamp_groupnote"):
        Permission.objects.create(content_type=kind, codename=right, name=right)
    migrate()
    came = {role: {r for r in rights_of(role) if r.endswith("groupnote")} for role in ROLES}
    view, add, stamp = (f"groups.{kind}_groupnote" for kind in ("view", "add", "stamp"))
    assert came == {
        "Viewer": {view},
        "Enrollment clerk": {view},
        "Account manager": {view, add},
        "Administrator": {view, add, stamp},
    }


def test_a_migration_repairs_built_in_roles_and_leaves_the_others():
    before = {role: rights_of(role) for role in ROLES}
    Group.objects.get(name="Administrator").permissions.clear()
    Group.objects.get(name="Viewer").permissions.add(
        Permission.objects.get(codename="delete_group", content_type__app_label="groups")
    )
    own = Group.objects.create(name="Deleters")
    own.permissions.add(Permission.objects.get(codename="delete_groupdivision"))
    Group.objects.get(name="Account manager").delete()
    migrate()
    assert {role: rights_of(role) for role in ROLES} == before
    assert rights_of("Deleters") == {"groups.delete_groupdivision"}


@pytest.mark.parametrize("role", ROLES)
def test_a_user_may_do_what_the_role_allows_and_only_in_its_database(carol, role):
    give_role(carol, role, "VBA_Acme")
    for right in rights_there_are():
        assert may("carol", right, "VBA_Acme") == role_may(role, right), right
        assert not may("carol", right, "VBA_Demo")


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_migration_gives_no_user_more_rights():
    migrate("access", "0001")
    try:
        old = MigrationLoader(connection).project_state(("access", "0001_initial")).apps
        for app in ("groups", "planyears"):
            create_permissions(apps.get_app_config(app), verbosity=0)
        everything = Permission.objects.filter(content_type__app_label__in=["groups", "planyears"])
        readers = Group.objects.create(name="Readers")
        readers.permissions.set(everything.filter(codename__startswith="view_"))
        rights = {
            "keeper": everything,
            "reader by group": [],
            "reader of some": everything.filter(codename="view_group"),
            "writer of some": everything.exclude(codename="delete_group"),
            "nobody": [],
        }
        for name, held in rights.items():
            user = User.objects.create_user(name)
            user.user_permissions.set(held)
            named = ["VBA_Acme", "VBA_Demo", "VBA_Acme"] if name == "keeper" else ["VBA_Demo"]
            old.get_model("access", "UserDatabases").objects.create(user_id=user.pk, databases=named)
        User.objects.get(username="reader by group").groups.add(readers)
    finally:
        migrate("access")
    roles = {
        user.username: [str(each) for each in user.role_assignments.all()] for user in User.objects.all()
    }
    assert roles == {
        "keeper": ["VBA_Acme: Account manager", "VBA_Demo: Account manager"],
        "reader by group": ["VBA_Demo: Viewer"],
        "reader of some": [],
        "writer of some": ["VBA_Demo: Viewer"],
        "nobody": [],
    }
    assert databases_open_to(User.objects.get(username="keeper")) == ("VBA_Demo", "VBA_Acme")


def test_the_operations_page_lists_the_roles():
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    for role in DECLARED:
        assert f"| {role.name} | {role.purpose} |" in page
