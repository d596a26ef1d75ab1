"""Roles: what a user with each role may do with each table.

A role is a Django group. The product keeps the four built-in roles of this file complete when tables are
added. Superusers may add others in the admin. A ``RoleAssignment`` gives a user a role in one database.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS

from access.sql import user_has_right
from tables.context import databases

# Health data. Viewers and Account managers do not need it.
SENSITIVE = frozenset({"members.authorization"})


@dataclass(frozen=True)
class ProductRole:
    """A built-in role. ``writes`` names the apps and tables (``app``, ``app.model``) that it writes to, and
    ``leaves`` the exceptions. ``rights`` are rights beyond viewing, adding, changing and deleting."""

    name: str
    purpose: str
    writes: frozenset[str] = frozenset()
    leaves: frozenset[str] = frozenset()
    rights: frozenset[str] = frozenset()
    all_rights: bool = False

    def writes_to(self, app: str, model: str) -> bool:
        """Return whether the role may add, change and delete records of a table."""
        named = {app, f"{app}.{model}"}
        return self.all_rights or (bool(named & self.writes) and not named & self.leaves)

    def has(self, *, app: str, model: str, codename: str) -> bool:
        """Return whether the role has a right to a mirrored table."""
        if self.all_rights or (self.writes_to(app, model) and codename in _everyday(model)):
            return True
        if codename == f"view_{model}":
            return f"{app}.{model}" not in SENSITIVE
        return f"{app}.{codename}" in self.rights


def _everyday(model: str) -> set[str]:
    return {f"{right}_{model}" for right in ("view", "add", "change", "delete")}


VIEWER = ProductRole("Viewer", "Sees every table except health data. Changes nothing.")
ENROLLMENT_CLERK = ProductRole(
    "Enrollment clerk",
    "Edits people, enrollments and authorizations. Starts processes. May see Social Security numbers.",
    writes=frozenset({"members", "enrollment", "processes"}),
    # Reason codes apply to all groups, and set how long COBRA lasts.
    leaves=frozenset({"enrollment.reason"}),
    rights=frozenset({"members.view_ssn"}),
)
ACCOUNT_MANAGER = ProductRole(
    "Account manager",
    "Edits groups, divisions, plan years and contracts.",
    writes=frozenset({"groups", "planyears"}),
)
ADMINISTRATOR = ProductRole("Administrator", "Has all rights to all tables of the database.", all_rights=True)

ROLES = (VIEWER, ENROLLMENT_CLERK, ACCOUNT_MANAGER, ADMINISTRATOR)


def role_named(name: str) -> ProductRole | None:
    """Return the built-in role of this name, None for a custom role."""
    return next((role for role in ROLES if role.name == name), None)


def keep_roles_complete(sender: AppConfig, using: str, **signal: object) -> None:
    """After a migration, give each built-in role its rights to the app's tables, and no others."""
    if using != DEFAULT_DB_ALIAS or not databases.is_target_app(sender.label):
        return
    groups = {role.name: Group.objects.get_or_create(name=role.name)[0].pk for role in ROLES}
    rights = list(
        Permission.objects.filter(content_type__app_label=sender.label).values_list(
            "pk", "content_type__model", "codename"
        )
    )
    wanted = {
        (groups[role.name], pk)
        for role in ROLES
        for pk, model, codename in rights
        if role.has(app=sender.label, model=model, codename=codename)
    }
    _set_rights(groups.values(), [pk for pk, *_ in rights], wanted)


def _set_rights(groups: Iterable[int], rights: list[int], wanted: set[tuple[int, int]]) -> None:
    """Give each group exactly its permissions in ``wanted`` (pairs of group and permission). Groups and
    permissions outside of ``groups`` and ``rights`` stay as they are."""
    through = Group.permissions.through
    held = {
        (row.group_id, row.permission_id): row.pk
        for row in through.objects.filter(group_id__in=list(groups), permission_id__in=rights)
    }
    through.objects.filter(pk__in=[pk for pair, pk in held.items() if pair not in wanted]).delete()
    missing = [through(group_id=group, permission_id=right) for group, right in sorted(wanted - set(held))]
    through.objects.bulk_create(missing, ignore_conflicts=True)


def may(username: str, permission: str, database: str) -> bool:
    """Return whether ``username`` is an active user who has ``permission`` (``groups.change_group``) in
    the target database. Return False for an unknown user, database or permission."""
    return user_has_right(username=username, permission=permission, database=database)
