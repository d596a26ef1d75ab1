"""Real workers on the tests' databases, and a look at what they did."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from django.db import connections

from groups.models import Group
from processes.models import VBAProcess, VBAProcessLog
from processes.process_run import ProcessRun
from processes.starting import start
from tables.context import databases
from tests.made_up import least
from tests.waiting import PATIENCE, wait_until
from tests.work.kinds import KIND
from vbaadmin import embedded

ROOT = Path(__file__).resolve().parents[2]
# A lease that a worker keeps even on a busy machine, and a short one for tests that kill workers.
LEASE, SHORT_LEASE = 60, 1.5
# The application name of workers' connections in the database.
WORKER = "vbaadmin worker"


def environment(lease=LEASE):
    """The tests' databases, with short intervals."""
    control = os.environ["DATABASE_URL"]

    def url(alias):
        return embedded.sibling_url(control, connections[alias].settings_dict["NAME"])

    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.work.settings",
        "PGAPPNAME": WORKER,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url("default"),
        "VBA_DATABASES": ",".join(f"{name}={url(name)}" for name in databases.names()),
        "VBA_PROCESS_LEASE_SECONDS": str(lease),
        "VBA_PROCESS_BEAT_SECONDS": "0.1",
        "VBA_PROCESS_SWEEP_SECONDS": "0.3",
    }


class Worker:
    """One ``manage.py worker``."""

    # All workers of a test, which are killed if it fails.
    alive: list["Worker"] = []

    def __init__(self, concurrency=2, lease=LEASE, **told):
        self.command = [sys.executable, str(ROOT / "manage.py"), "worker"]
        if concurrency is not None:  # else as the environment says
            self.command += ["--concurrency", str(concurrency)]
        self.process, self.lease, self.told = None, lease, told
        # This is not a pipe: without a reader, a full pipe would block the worker.
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with the worker

    def start(self):
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**environment(self.lease), **self.told},
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )
        self.alive.append(self)
        return self

    def printed(self):
        """Return what it has printed so far."""
        # Read at another position: the worker continues to write at the current one.
        return os.pread(self.output.fileno(), os.fstat(self.output.fileno()).st_size, 0).decode()

    def kill(self):
        """Kill the worker as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()

    def end(self, timeout=PATIENCE):
        """Ask the worker to end, and return its output."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout)
        return self.printed()


def make_group(group_id="G1"):
    """Store a group without a stroke."""
    return Group.objects.create(**{**least(Group), "group_id": group_id, "name": ""})


def ask(group_id="G1", steps=3, **arguments):
    """Start a process that marks the group, and return its key."""
    return start(
        kind=KIND,
        group_id=group_id,
        user="bob",
        description=f"Mark {group_id}",
        arguments={"steps": steps, **arguments},
        parameters=[("steps", "int32", str(steps), None)],
    ).vbaprocess_key


def process(key):
    """Return the process's row as it is now."""
    return VBAProcess.objects.get(vbaprocess_key=key, vbaprocess_type=KIND)


def run_of(key):
    return ProcessRun.objects.get(vbaprocess_key=key)


def log_types(key):
    lines = VBAProcessLog.objects.filter(vbaprocess_key=key).order_by("vbaprocesslog_key")
    return [line.log_type for line in lines]


def strokes(group_id="G1"):
    """Return how many strokes the group's name has in the database."""
    return len(Group.objects.get(group_id=group_id).name)


def ended(key, seconds=PATIENCE):
    """Wait for the process's end and return its row."""
    return wait_until(
        lambda: (row := process(key)).process_end is not None and row, seconds, f"the end of process {key}"
    )


def running(key):
    """Wait until the process has started and reported its first step."""
    return wait_until(lambda: run_of(key).done > 0, what=f"the first step of process {key}")
