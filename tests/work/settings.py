"""The product's settings, and with them the tests' own kind of process."""

from vbaadmin.settings import *  # noqa: F403
from vbaadmin.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.work"]
