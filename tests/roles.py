"""How tests give users their rights: a role in a database, one of the product's or one made for the test."""

from django.contrib.auth.models import Group, Permission

from access.models import RoleAssignment

# What the roles are promised to be (docs/operations.md), told here once more.
ROLES = ("Viewer", "Enrollment clerk", "Account manager", "Administrator")
WRITES = {
    "Viewer": set(),
    "Enrollment clerk": {"members", "enrollment", "processes"},
    "Account manager": {"groups", "planyears"},
}
HEALTH_DATA, CODES = {"members.authorization"}, {"enrollment.reason"}


def role_may(role, right):
    """Return whether a role is promised a right (``groups.change_group``)."""
    app, _, codename = right.partition(".")
    kind, _, model = codename.partition("_")
    if role == "Administrator":
        return True
    if right == "members.view_ssn":
        return role == "Enrollment clerk"
    writes = app in WRITES[role] and f"{app}.{model}" not in CODES
    if kind == "view":
        return writes or f"{app}.{model}" not in HEALTH_DATA
    return writes and kind in ("add", "change", "delete")


def give_role(user, role, *names):
    """Give the user a role in the databases (none named: VBA_Demo), instead of the one he has there."""
    for database in names or ("VBA_Demo",):
        RoleAssignment.objects.update_or_create(
            user=user, database=database, defaults={"role": Group.objects.get(name=role)}
        )


def take_roles(user, *names):
    """Take the user's roles in the databases, or everywhere."""
    roles = RoleAssignment.objects.filter(user=user)
    (roles.filter(database__in=names) if names else roles).delete()


def give_rights(user, *rights, database="VBA_Demo"):
    """Give the user a role of his own with just these rights (``groups.view_group``) in a database."""
    role, _ = Group.objects.get_or_create(name=f"Rights of {user.username} in {database}")
    wanted = [right.split(".") for right in rights]
    role.permissions.set(
        Permission.objects.get(content_type__app_label=app, codename=codename) for app, codename in wanted
    )
    give_role(user, role.name, database)
