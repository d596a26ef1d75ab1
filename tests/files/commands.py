"""The commands of files: as a function that fails, and as a process of its own on the tests' databases."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from tables.context import databases
from tests.locks import wait_for_waiting
from vbaadmin import embedded

ROOT = Path(__file__).resolve().parents[2]


def refusal(*arguments, command="dump_table"):
    with pytest.raises(CommandError) as refused:
        call_command(command, *map(str, arguments))
    assert refused.value.returncode == 2
    return str(refused.value)


def start(*arguments, **options):
    """Start the real command on the tests' databases."""

    def url(alias):
        return embedded.sibling_url(os.environ["DATABASE_URL"], connections[alias].settings_dict["NAME"])

    named = ",".join(f"{name}={url(name)}" for name in databases.names())
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)],
        env={**os.environ, "DATABASE_URL": url("default"), "VBA_DATABASES": named},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def end(process, seconds=120):
    """Return exit code and what was said on standard error."""
    said = process.communicate(timeout=seconds)[1].decode()
    return process.returncode, said


def waiting_backend():
    """Wait until another connection waits for a lock, and return its process id."""
    return wait_for_waiting()[0]
