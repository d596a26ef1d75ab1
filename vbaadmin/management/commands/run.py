"""``manage.py run``, which ``make run`` calls: run PostgreSQL, the web server and a worker until stopped."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import CommandError, CommandParser, call_command
from django.db import connections

from tables.management.operating import ExactCommand
from vbaadmin import children, embedded, firststart, run_settings


class Command(ExactCommand):
    help = (
        "Start the embedded PostgreSQL (unless DATABASE_URL is set), migrate all databases, and run the web"
        " server on 127.0.0.1:PORT and a worker. The first start creates the user 'admin' and example data."
        " Ctrl-C stops everything."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--with-parent", action="store_true", help="stop when the calling process (make) ends"
        )

    def handle(self, *args: object, with_parent: bool, **options: object) -> None:
        port = _free_port()
        _end_on_signals()
        parent = os.getppid() if with_parent else None
        if with_parent:
            children.end_with_parent(signal.SIGTERM)()
        try:
            with ExitStack() as stack:
                processes: dict[str, subprocess.Popen[bytes] | None] = {}
                if settings.EMBEDDED:
                    processes["PostgreSQL"] = stack.enter_context(embedded.Server(settings.DATA_DIR)).process
                if not stack.enter_context(run_settings.kept(os.environ, settings.DATA_DIR)):
                    self._say(
                        "Another copy runs in this data folder. Other manage.py commands use its settings."
                    )
                password = self._prepare()
                web = stack.enter_context(WebServer(port))
                web.wait_until_it_answers()
                processes |= {"The web server": web.process, "The worker": stack.enter_context(_worker())}
                self._welcome(port, password)
                _wait_for_end(processes, parent)
        except KeyboardInterrupt:
            self._say("Stopped.")
        except embedded.EmbeddedError as problem:
            raise CommandError(str(problem)) from problem

    def _prepare(self) -> str | None:
        """Migrate all databases, and fill them on the first start. Return the password of the first user if
        it was generated."""
        call_command("migrate_all", stdout=self.stdout)
        password = firststart.make_first_user()
        if password:
            # Also show the password now: the start may be interrupted before it ends.
            self._say(f"Created the user {firststart.FIRST_USER} with the password {password}")
        if settings.EMBEDDED and firststart.EXAMPLE_DATABASE in settings.VBA_DATABASES:
            firststart.load_examples_once(settings.DATA_DIR)
        connections.close_all()
        return password

    def _welcome(self, port: int, password: str | None) -> None:
        user = firststart.FIRST_USER
        self._say(
            f"\nvbaadmin is ready: http://127.0.0.1:{port}/admin/ (API: http://127.0.0.1:{port}/vbasoftware/)"
        )
        if password:
            self._say(f"Sign in as {user} with the password {password} (shown only now).")
        else:
            self._say(f"Sign in as {user}. Lost password? .venv/bin/python manage.py changepassword {user}")
        self._say(f"Pages show times in {settings.BUSINESS_ZONE}; VBA_BUSINESS_ZONE sets another time zone.")
        self._say("Ctrl-C stops everything.\n")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


class WebServer:
    """Gunicorn on ``port`` as our child process. As a context manager, it starts and stops gunicorn."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "WebServer":
        command = [sys.executable, "-m", "gunicorn", "--config", "python:vbaadmin.gunicorn"]
        command += ["--log-level", "warning", "--graceful-timeout", "1"]
        own = {"PORT": str(self.port), "VBA_DATA_DIR": str(settings.DATA_DIR)}
        options = {"cwd": settings.BASE_DIR, "env": {**os.environ, **own}}
        self.process = children.start(command, on_our_end=signal.SIGTERM, **options)
        return self

    def __exit__(self, *problem: object) -> None:
        if self.process is not None:
            children.stop(self.process, (signal.SIGTERM, 2.0))

    def has_ended(self) -> bool:
        """Return whether the process has ended."""
        return self.process is None or self.process.poll() is not None

    def wait_until_it_answers(self) -> None:
        """Wait until the web server gives any answer. Raises CommandError if it ends instead."""
        while not self.has_ended():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/healthz")
                connection.getresponse()
                return
            connection.close()
            time.sleep(0.1)
        raise CommandError("The web server could not start. The lines above say why.")


@contextmanager
def _worker() -> Iterator["subprocess.Popen[bytes]"]:
    """Run one worker. When we stop, it has a few seconds to finish. A process that takes longer is rolled
    back and runs again at the next start."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]
    environment = {**os.environ, "VBA_DATA_DIR": str(settings.DATA_DIR)}
    process = children.start(
        command,
        on_our_end=signal.SIGTERM,
        cwd=settings.BASE_DIR,
        env={**environment, "VBA_LOG_LEVEL": "WARNING"},
    )
    try:
        yield process
    finally:
        children.stop(process, (signal.SIGTERM, 3.0))


def _free_port() -> int:
    """Return the port number in PORT. Raises CommandError if it is not a port or is in use."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT is '{text}'. It must be a number from 1 to 65535.")
    patience = time.monotonic() + 3  # The web server of a killed run may still be ending.
    while True:
        with socket.socket() as attempt:
            # The web server sets this too: closing connections do not block the port.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", int(text)))
                return int(text)
            except OSError as problem:
                if time.monotonic() > patience:
                    raise CommandError(
                        f"Port {text} of 127.0.0.1 cannot be used ({problem.strerror}). Is vbaadmin already"
                        " running? For a second copy, set another PORT and another VBA_DATA_DIR."
                    ) from problem
        time.sleep(0.2)


def _end_on_signals() -> None:
    """Make the first signal that ends us raise KeyboardInterrupt in the main thread."""
    ending = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # Under nohup, we must outlive the terminal.
        ending.append(signal.SIGHUP)

    def end(sign: int, frame: FrameType | None) -> None:
        for each in ending:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in ending:
        signal.signal(each, end)


def _wait_for_end(processes: dict[str, subprocess.Popen[bytes] | None], parent: int | None) -> None:
    """Wait while all processes run. Raises CommandError if one of them exits unexpectedly, and
    KeyboardInterrupt if the process ``parent`` is stopping."""
    while True:
        for name, process in processes.items():
            if process and process.poll() is not None:
                raise CommandError(f"{name} exited unexpectedly (code {process.returncode}). Stopping all.")
        if parent and _is_stopping(parent):
            raise KeyboardInterrupt
        time.sleep(0.5)


def _is_stopping(parent: int) -> bool:
    """Return whether our parent, make, is stopping or has ended. Make passes SIGTERM on to us, but not a
    SIGINT that only make gets (``kill -INT``): it then blocks further SIGINTs and waits for us."""
    if os.getppid() != parent:
        return True
    with suppress(OSError):
        status = Path(f"/proc/{parent}/status").read_text()
        blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
        return bool(int(blocked.split()[1], 16) >> (signal.SIGINT - 1) & 1)
    return False
