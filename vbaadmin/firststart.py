"""What a fresh installation gets on its first start: a first user and example data."""

import os
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command

EXAMPLE_DATABASE = "VBA_Demo"
FIRST_USER = "admin"
EXAMPLE_PEOPLE = 3000


def make_first_user() -> str | None:
    """Make the user ``admin`` with all rights if there is no user yet. Return the password if it was made up
    here, which nobody can be told again later; None otherwise."""
    users = get_user_model()._default_manager
    if users.exists():
        return None
    given = os.environ.get("VBA_ADMIN_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    users.create_superuser(FIRST_USER, email="", password=password)
    return None if given else password


def load_examples_once(data_folder: Path) -> bool:
    """Load the examples, and enroll people there, unless that was done to its end in this data folder before;
    tell whether it was done. A second time after an interruption changes nothing that is there already."""
    done = data_folder / "examples-loaded"
    if done.exists():
        return False
    call_command("load_examples", database=EXAMPLE_DATABASE)
    call_command("seed_demo", database=EXAMPLE_DATABASE, groups=0, subscribers=EXAMPLE_PEOPLE, once=True)
    done.touch()
    return True
