"""Roles per user and database replace databases per user and rights that held in all of them.

Nobody gets more than he had of the tables there are: who had all rights to groups, divisions and plan
years becomes Account manager in each of his databases, who might at least see them all Viewer; others
get no role, and a superuser gives them one.
"""

import django.contrib.auth.models
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLES = ("Viewer", "Enrollment clerk", "Account manager", "Administrator")


def make_roles(apps, schema_editor):
    """Make the roles; their rights come after each migration, by access.roles."""
    for name in ROLES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


def give_roles(apps, schema_editor):
    """Give each user with databases the role that his rights amount to."""
    Permission, Group, Assignment, UserDatabases = (
        apps.get_model(*model.split("."))
        for model in ("auth.Permission", "auth.Group", "access.RoleAssignment", "access.UserDatabases")
    )
    rights = dict(
        Permission.objects.filter(content_type__app_label__in=["groups", "planyears"]).values_list("pk", "codename")
    )
    views = {pk for pk, codename in rights.items() if codename.startswith("view_")}
    roles = {role.name: role for role in Group.objects.filter(name__in=ROLES)}
    given = []
    for row in UserDatabases.objects.select_related("user"):
        held = set(row.user.user_permissions.values_list("pk", flat=True))
        held |= set(Permission.objects.filter(group__in=row.user.groups.all()).values_list("pk", flat=True))
        name = "Account manager" if held >= set(rights) else "Viewer" if held >= views else None
        if rights and name:
            given += [Assignment(user=row.user, database=each, role=roles[name]) for each in dict.fromkeys(row.databases)]
    Assignment.objects.bulk_create(given)


def give_databases_back(apps, schema_editor):
    """Open to each user the databases he has a role in; his rights are for a superuser to give again."""
    databases = {}
    for row in apps.get_model("access", "RoleAssignment").objects.order_by("database"):
        databases.setdefault(row.user_id, []).append(row.database)
    UserDatabases = apps.get_model("access", "UserDatabases")
    UserDatabases.objects.bulk_create(
        UserDatabases(user_id=user, databases=names) for user, names in databases.items()
    )


class Migration(migrations.Migration):

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("access", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[],
            options={
                "verbose_name": "role",
                "verbose_name_plural": "roles",
                "ordering": ["name"],
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("auth.group",),
            managers=[("objects", django.contrib.auth.models.GroupManager())],
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("database", models.CharField(help_text="The target database, in the back office and by the API.", max_length=100)),
                ("role", models.ForeignKey(help_text="What the user may do there.", on_delete=django.db.models.deletion.PROTECT, related_name="+", to="auth.group")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="role_assignments", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "role in a database",
                "verbose_name_plural": "roles in databases",
                "ordering": ["database"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "database"),
                        name="access_one_role_a_database",
                        violation_error_message="A user has one role in a database.",
                    )
                ],
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        migrations.RunPython(give_roles, give_databases_back),
        migrations.DeleteModel(name="UserDatabases"),
    ]
