"""The first start of a new installation: create a first user and load example data."""

import os
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command

EXAMPLE_DATABASE = "VBA_Demo"
FIRST_USER = "admin"
EXAMPLE_PEOPLE = 3000


def make_first_user() -> str | None:
    """Create the superuser ``admin`` if there is no user yet. Return a generated password, which cannot be
    shown again. Return None if no password was generated."""
    users = get_user_model()._default_manager
    if users.exists():
        return None
    given = os.environ.get("VBA_ADMIN_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    users.create_superuser(FIRST_USER, email="", password=password)
    return None if given else password


def load_examples_once(data_folder: Path) -> bool:
    """Load the examples and enroll people, unless an earlier start of this data folder has finished that.
    Return whether it was done now. After an interruption, the next start adds what is missing."""
    done = data_folder / "examples-loaded"
    if done.exists():
        return False
    call_command("load_examples", database=EXAMPLE_DATABASE)
    call_command("seed_demo", database=EXAMPLE_DATABASE, groups=0, subscribers=EXAMPLE_PEOPLE, once=True)
    done.touch()
    return True
