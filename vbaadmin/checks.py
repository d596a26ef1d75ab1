"""System checks: find configuration that would fail later, and give a hint, before anything runs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

OLDEST_POSTGRESQL = 17


@register()
def databases_are_distinct(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> Iterable[CheckMessage]:
    """Refuse two names for one database: a change under one name would show under the other."""
    names = defaultdict(list)
    for alias, database in connections.settings.items():
        host = database["HOST"] or database["OPTIONS"].get("host", "")
        names[host, str(database["PORT"] or 5432), database["NAME"]].append(alias)
    for shared in names.values():
        if len(shared) > 1:
            yield Error(
                f"{' and '.join(shared)} are the same database.",
                hint="Give each name in VBA_DATABASES its own database, different from that of DATABASE_URL.",
                id="vbaadmin.E002",
            )


@register()
def files_are_kept(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterable[CheckMessage]:
    """Refuse to delete uploaded files before users can load them."""
    if settings.UPLOAD_DAYS < 1:
        yield Error(
            f"VBA_UPLOAD_DAYS is {settings.UPLOAD_DAYS}: uploaded files would be deleted at once.",
            hint="Set VBA_UPLOAD_DAYS to 1 or more.",
            id="vbaadmin.E004",
        )


@register(Tags.database)
def postgresql_is_able(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: object
) -> Iterable[CheckMessage]:
    """Refuse servers without COPY … ON_ERROR and MERGE … RETURNING, and databases that are not UTF-8."""
    for alias in databases or ():
        connection = cast(DatabaseWrapper, connections[alias])
        version = connection.pg_version // 10_000
        if version < OLDEST_POSTGRESQL:
            yield Error(
                f"Database {alias} is on PostgreSQL {version}.",
                hint=f"vbaadmin needs PostgreSQL {OLDEST_POSTGRESQL} or newer.",
                id="vbaadmin.E001",
            )
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_encoding")
            encoding = cursor.fetchone()[0]
        if encoding != "UTF8":
            yield Error(
                f"Database {alias} is encoded in {encoding}.",
                hint="Create the database again with ENCODING 'UTF8'.",
                id="vbaadmin.E003",
            )
