"""The access app: users' roles, API keys, API sessions, and the admin's choice of a database."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        from access.recording import record_shown
        from access.roles import keep_roles_complete
        from tables.schema.sensitive import RECORDERS

        # Django connected its own receiver, which creates the permissions, before this one.
        post_migrate.connect(keep_roles_complete, dispatch_uid="access.roles")
        RECORDERS.add(record_shown)
