#!/usr/bin/env python
"""The command line of vbaadmin: ``manage.py help`` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from vbaadmin.embedded import EmbeddedError, is_running


def main() -> None:
    """Run the command; where the embedded PostgreSQL is merely not started, say so instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vbaadmin.settings")
    try:
        execute_from_command_line(sys.argv)
    except EmbeddedError as problem:
        sys.exit(str(problem))
    except OperationalError:
        from django.conf import settings

        if not settings.EMBEDDED or is_running(settings.DATA_DIR):
            raise
        sys.exit(
            f"The embedded PostgreSQL of {settings.DATA_DIR} is not running."
            " Start it by 'make run' in another terminal, or set DATABASE_URL."
        )


if __name__ == "__main__":
    main()
