"""The history app: one table in each target database, and the triggers that fill it."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    name = "tables.history"
    label = "history"
    verbose_name = "History"
    in_target_database = True

    def ready(self) -> None:
        """Install the triggers after each migration, and tell the database before each write who acts."""
        from tables.history.session_context import tell_before_writes
        from tables.history.triggers import install

        post_migrate.connect(install, sender=self)
        connection_created.connect(tell_before_writes)
