"""``manage.py migrate_all``: migrate the control database and every target database."""

import psycopg
from django.conf import settings
from django.core.checks import Tags
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from tables.management.operating import ExactCommand
from vbaadmin import embedded


class Command(ExactCommand):
    help = (
        "Migrate the control database and all target databases, with one line for each. Missing databases are"
        " created only on the embedded server. If one fails, the others are still migrated, with exit code 1."
    )

    def handle(self, *args: object, **options: object) -> None:
        if settings.EMBEDDED:
            embedded.demand_running(settings.DATA_DIR)
        failed = []
        for alias in connections:
            try:
                outcome = self._migrate(alias)
            except (DatabaseError, psycopg.Error) as problem:
                failed.append(alias)
                # The first line says what is wrong. The lines after it may quote personal data.
                outcome = f"FAILED: {str(problem).partition(chr(10))[0]}"
            except CommandError as problem:
                failed.append(alias)
                outcome = f"FAILED: {problem}"
            self.stdout.write(f"{'control database' if alias == DEFAULT_DB_ALIAS else alias}: {outcome}")
            self.stdout.flush()
        if failed:
            raise CommandError(f"Not migrated: {', '.join(failed)}.")

    def _migrate(self, alias: str) -> str:
        """Migrate one database and return what was done."""
        url = settings.VBA_DATABASES.get(alias, settings.CONTROL_URL)
        created = _is_ours(url) and embedded.create_database(url)
        self.check(tags=[Tags.database], databases=[alias])
        executor = MigrationExecutor(connections[alias])
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        call_command("migrate", database=alias, interactive=False, verbosity=0)
        done = f"{waiting} migrations applied" if waiting else "up to date"
        return f"created, {done}" if created else done


def _is_ours(url: str) -> bool:
    """Return whether ``url`` is a database on the embedded server."""
    server, embedded_server = (embedded.sibling_url(each, "postgres") for each in (url, settings.CONTROL_URL))
    return settings.EMBEDDED and server == embedded_server
