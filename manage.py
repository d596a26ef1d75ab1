#!/usr/bin/env python
"""The command line of vbaadmin: ``manage.py help`` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from vbaadmin import embedded, run_settings


def main() -> None:
    """Run the command. Tell the operator in one sentence what to fix, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vbaadmin.settings")
    try:
        if sys.argv[1:2] != ["run"]:
            run_settings.take_over(os.environ)
        _execute()
    except (embedded.EmbeddedError, ImproperlyConfigured) as problem:
        sys.exit(str(problem))


def _execute() -> None:
    """Run the command. Raises EmbeddedError if it fails because the embedded server is not running."""
    try:
        execute_from_command_line(sys.argv)
    except OperationalError:
        from django.conf import settings

        if settings.EMBEDDED:
            embedded.demand_running(settings.DATA_DIR)
        raise


if __name__ == "__main__":
    main()
