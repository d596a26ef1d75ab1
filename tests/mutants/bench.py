"""A bench: a copy of the tree, and a PostgreSQL of its own, where tests run against mutants, one by one."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.mutants.making import ROOT, Mutant
from vbaadmin import embedded

_NOT_COPIED = (
    ".git",
    ".venv",
    "var",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
)
# The tests' databases, by their names in the settings; Django prefixes them.
DATABASES = ("vbaadmin", "VBA_Demo", "VBA_Acme")
# A quick one that needs all databases: it leaves them to be the templates.
_FIRST = "tests/api/test_addresses.py::test_without_a_proxy_the_header_says_nothing"
KILLED, SURVIVED, TIMED_OUT, TROUBLE = "killed", "survived", "timed out", "trouble"


@dataclass(frozen=True)
class Limits:
    """How long the tests of a mutant may take in all, and how long one of them, in seconds."""

    whole: float
    silence: float


@dataclass(frozen=True)
class Ending:
    """What came of a run of tests: how it ended, by which test, after how many seconds, its last lines."""

    outcome: str
    by: str
    seconds: float
    tail: str


class Bench:
    """Runs tests in a copy of the tree. As a context manager, it starts and stops its server, which ends with
    the thread that has started it."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.data = folder / "tree", folder / "data"
        self._server = embedded.Server(self.data, {**embedded.SETTINGS, **embedded.UNSAFE_SETTINGS})
        self._process: subprocess.Popen[str] | None = None
        self._ticks = 0

    def __enter__(self) -> "Bench":
        shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(*_NOT_COPIED), symlinks=True)
        self._server.__enter__()
        with suppress(psycopg.errors.DuplicateDatabase):
            self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASES[0])))
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()
        self._server.__exit__(None, None, None)

    def make_templates(self, limits: Limits) -> None:
        """Make the tests' databases once, and keep them. Raises RuntimeError where a test fails already."""
        done = self._pytest(["--create-db", "--reuse-db", _FIRST], limits)
        if done.outcome != SURVIVED:
            raise RuntimeError(f"{_FIRST} does not run by itself:\n{done.tail}")
        for name in DATABASES:
            self._copy_database(f"test_{name}", f"pristine_{name}")

    def run(
        self, tests: list[str], limits: Limits, mutant: Mutant | None = None, *, baked: bool = False
    ) -> Ending:
        """Run test files against a mutant (none: the tree as it is), until the first fails."""
        if mutant is None:
            return self._run(tests, limits, baked=baked)
        path = self.tree / mutant.file
        original = path.read_text()
        try:
            self._write(path, mutant.apply(original))
            return self._run(tests, limits, baked=baked)
        finally:
            self._write(path, original)

    def stop(self) -> None:
        """End the tests that run."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        # Pytest first, which stops what it has started; then all that is left.
        for sign, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 20)):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        # Python takes a source for unchanged that has the size and the second of what it has compiled.
        self._ticks += 1
        os.utime(path, (time.time() + self._ticks, time.time() + self._ticks))

    def _run(self, tests: list[str], limits: Limits, *, baked: bool) -> Ending:
        if baked:
            return self._pytest(["--create-db", *tests], limits)
        for name in DATABASES:
            self._copy_database(f"pristine_{name}", f"test_{name}")
        return self._pytest(["--reuse-db", *tests], limits)

    def _copy_database(self, source: str, target: str) -> None:
        old, new = sql.Identifier(source), sql.Identifier(target)
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
        self._execute(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(source)
            )
        )
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(new, old))

    def _execute(self, statement: sql.Composed) -> None:
        url = embedded.database_url(self.data, "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)

    def _pytest(self, arguments: list[str], limits: Limits) -> Ending:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("VBA_", "PYTEST_"))}
        began = time.monotonic()
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-x", "-v", "--tb=short", "-p", "no:cacheprovider", *arguments],
            cwd=self.tree,
            env={
                **kept,
                "DATABASE_URL": embedded.database_url(self.data, DATABASES[0]),
                "PYTHONUNBUFFERED": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        lines: list[str] = []
        heard = [began]

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                heard[0] = time.monotonic()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        timed_out = False
        while process.poll() is None:
            now = time.monotonic()
            if now - began > limits.whole or now - heard[0] > limits.silence:
                timed_out = True
                self.stop()
            time.sleep(0.1)
        # What the tests have started may hold the pipe for a while.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        reader.join(10)
        seconds = round(time.monotonic() - began, 1)
        return _ending(process.returncode, "".join(lines), seconds, timed_out=timed_out)


def _ending(code: int, said: str, seconds: float, *, timed_out: bool) -> Ending:
    tail = said[-3000:]
    failed = re.findall(r"^(?:FAILED|ERROR) (tests/\S+)", said, re.M)
    if timed_out:
        at_work = re.findall(r"^(tests/\S+::\S+)", said, re.M)
        return Ending(TIMED_OUT, at_work[-1] if at_work else "", seconds, tail)
    if code == 0:
        return Ending(SURVIVED, "", seconds, "")
    # 1: a test failed; 2: a test could not even be imported; else pytest itself could not work.
    if code in (1, 2) and failed:
        return Ending(KILLED, failed[-1], seconds, "")
    return Ending(TROUBLE, "", seconds, tail)
