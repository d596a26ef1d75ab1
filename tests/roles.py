"""How tests give users their rights: a role in a database, one of the product's or one made for the test."""

from django.contrib.auth.models import Group, Permission

from access.models import RoleAssignment


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
