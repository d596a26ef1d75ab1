"""The cast of the tests, and what every test may count on."""

from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.db.backends.postgresql.operations import DatabaseOperations

from access.models import ApiKey
from access.sessions import start_session
from access.tokens import digest
from tests.roles import give_role

pytest_plugins = ["tests.browsers"]

PASSWORD = "Spruce-Harbor-41"

# No example fails because the machine was busy just then; all else as Hypothesis has it, here or in CI.
hypothesis.settings.register_profile(
    "patient",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Passwords are checked for real, but by a hash that costs no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# --- the cast: users, keys, sign-ins ---


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
    """A member of staff to whom nobody has opened a database yet."""
    return User.objects.create_user("carol", password=PASSWORD, is_staff=True)


@pytest.fixture
def demo_key() -> str:
    """An API key that opens VBA_Demo alone."""
    return ApiKey.objects.create_key(name="Payroll link", databases=["VBA_Demo"])[1]


@pytest.fixture
def both_key() -> str:
    """An API key that opens both databases."""
    return ApiKey.objects.create_key(name="Data warehouse", databases=["VBA_Demo", "VBA_Acme"])[1]


@pytest.fixture
def signed_in() -> Callable[..., dict[str, str]]:
    """Sign a user in with a key and return the headers of his requests, ready for a test client."""

    def headers(user: User, key: str, database: str = "VBA_Demo") -> dict[str, str]:
        tokens = start_session(user=user, key_id=ApiKey.objects.get(digest=digest(key)).pk)
        return {
            "x-api-key": key,
            "authorization": f"Bearer {tokens.id_token}",
            "vbasoftware-database": database,
        }

    return headers


@pytest.fixture(scope="session", autouse=True)
def emptied_log() -> Iterator[None]:
    """Tests that commit empty all tables afterwards, the access log as well; nobody else may."""
    trigger = "TRIGGER access_log_not_emptied"
    real = DatabaseOperations.execute_sql_flush

    def flush(operations: Any, statements: list[str]) -> None:
        own = [f"ALTER TABLE IF EXISTS access_accessentry {what} {trigger}" for what in ("DISABLE", "ENABLE")]
        real(operations, [own[0], *statements, own[1]])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield
