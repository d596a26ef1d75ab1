"""The users and keys of the tests, and the fixtures of all tests."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.core.management.commands import flush
from django.db import OperationalError, connections
from django.db.backends.postgresql.operations import DatabaseOperations

from access.models import ApiKey
from access.sessions import start_session
from access.tokens import digest
from tests.filled import with_rows
from tests.roles import give_role

pytest_plugins = ["tests.browsers"]

PASSWORD = "Spruce-Harbor-41"

# No example fails because the machine was busy. Everything else is as in Hypothesis's own profile.
hypothesis.settings.register_profile(
    "patient",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Passwords are really checked, but with a fast hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# --- users, keys, sign-ins ---


@pytest.fixture
def alice() -> User:
    """A superuser: all rights, all databases."""
    return User.objects.create_superuser("alice", "alice@vba.example", PASSWORD)


@pytest.fixture
def bob() -> User:
    """A member of staff with all rights to the tables of VBA_Demo, and none elsewhere."""
    user = User.objects.create_user("bob", password=PASSWORD, is_staff=True)
    give_role(user, "Administrator", "VBA_Demo")
    return user


@pytest.fixture
def carol() -> User:
    """A member of staff without a role in any database."""
    return User.objects.create_user("carol", password=PASSWORD, is_staff=True)


@pytest.fixture
def demo_key() -> str:
    """An API key that opens only VBA_Demo."""
    return ApiKey.objects.create_key(name="Payroll link", databases=["VBA_Demo"])[1]


@pytest.fixture
def both_key() -> str:
    """An API key that opens both databases."""
    return ApiKey.objects.create_key(name="Data warehouse", databases=["VBA_Demo", "VBA_Acme"])[1]


@pytest.fixture
def signed_in() -> Callable[..., dict[str, str]]:
    """Sign a user in with a key and return the headers of the user's requests, for a test client."""

    def headers(user: User, key: str, database: str = "VBA_Demo") -> dict[str, str]:
        tokens = start_session(user=user, key_id=ApiKey.objects.get(digest=digest(key)).pk)
        return {
            "x-api-key": key,
            "authorization": f"Bearer {tokens.id_token}",
            "vbasoftware-database": database,
        }

    return headers


# A table of more bytes than this has had so many rows deleted that dead ones would slow its scans.
MOST_DEAD = 4_000_000
# The tables that migrations fill: roles and their rights.
FILLED_IN = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After a test that commits, only the tables with rows are emptied. What migrations fill in stays
    if it is as it was, else it is filled in anew. The access log is emptied, too; nobody else may do that."""
    real, emit = DatabaseOperations.sql_flush, flush.emit_post_migrate_signal
    with django_db_blocker.unblock():
        before = _filled_in("default")

    def sql_flush(
        operations: Any, style: Any, tables: Sequence[str], reset_sequences: bool = False, **options: Any
    ) -> list[str]:
        alias = operations.connection.alias
        stays = FILLED_IN if alias != "default" or _filled_in(alias) == before else ()
        full = {table: size for table, size in with_rows(alias, tables).items() if table not in stays}
        if not full:
            return []
        if reset_sequences or max(full.values()) > MOST_DEAD:
            statements = real(operations, style, [*full], reset_sequences=reset_sequences, allow_cascade=True)
        else:
            # A few rows are deleted ten times as fast as a table is truncated.
            statements = [f'DELETE FROM "{table}"' for table in full]
        # No trigger runs: the access log may be emptied, and the history tells nothing of it.
        return ["SET LOCAL session_replication_role = replica", *statements]

    def post_migrate(verbosity: int, interactive: bool, db: str, **options: Any) -> None:
        nonlocal before
        if db == "default" and _filled_in(db) != before:
            emit(verbosity, interactive, db, **options)
            before = _filled_in(db)

    def execute(operations: Any, statements: list[str]) -> None:
        # A worker that still lives may hold rows of several tables: whoever loses a deadlock comes again.
        for _ in range(4):
            try:
                return run(operations, statements)
            except OperationalError:
                continue
        return run(operations, statements)

    run = DatabaseOperations.execute_sql_flush
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute)
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", post_migrate)
        yield


def _filled_in(alias: str) -> list[Any]:
    """Return what stands for all that migrations fill in."""
    sums = ", ".join(
        f"(SELECT (count(*), sum(hashtextextended(t::text, 0)))::text FROM {name} AS t)" for name in FILLED_IN
    )
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {sums}")
        return list(cursor.fetchone())
