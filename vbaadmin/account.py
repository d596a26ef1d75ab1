"""The system user who runs the embedded PostgreSQL: the current user, or an unprivileged one for root."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from vbaadmin import children


class AccountError(RuntimeError):
    """The embedded PostgreSQL cannot run as the user that it must run as."""


class Account:
    """The user who runs the server of one data folder. PostgreSQL refuses to run as root. For root, it runs
    as the owner of the folder, or, for a new folder, as ``postgres`` or ``nobody``. Raises AccountError if
    that user cannot run it."""

    def __init__(self, data: Path, program: Path) -> None:
        me = os.geteuid()
        owner = data.stat().st_uid if data.exists() else None
        self.uid, self.gid = me, os.getegid()
        self._prefix: list[str] = []
        self._popen: dict[str, Any] = {}
        if me != 0:
            if owner not in (None, me):
                raise AccountError(
                    f"{data} belongs to user ID {owner}. Run as that user, or set VBA_DATA_DIR."
                )
            return
        self.uid, self.gid = _unprivileged(owner)
        right = _right_to_pass()
        if right:
            who = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
            self._prefix = [
                *["setpriv", *who, "--pdeathsig=INT"],
                # The server keeps one right of root: to pass through closed folders, such as /root, to its
                # files. The secure bit makes access(2), which initdb calls, respect that right too.
                *[f"--inh-caps=+{right}", f"--ambient-caps=+{right}", "--securebits=+no_setuid_fixup"],
            ]
            return
        self._popen = {"user": self.uid, "group": self.gid, "extra_groups": []}
        for path in (program, data):
            self._check_way(path)

    def own(self, path: Path) -> None:
        """Make this user the owner of ``path``."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def make_folder(self, path: Path) -> None:
        """Create the folder ``path`` for this user only. Refuse a folder that belongs to another user."""
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if path.is_symlink() or found.st_uid not in (os.geteuid(), self.uid):
            raise AccountError(f"{path} belongs to user ID {found.st_uid}. Remove it.")
        self.own(path)
        path.chmod(0o700)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as this user until it ends. Return its output with its errors."""
        return subprocess.run(  # noqa: S603
            [*self._prefix, *command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            **self._popen,
        )

    def start(self, command: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start ``command`` as this user. Its output goes to the open file ``log``."""
        options = {"stdout": log, "stderr": log, "cwd": "/", **self._popen}
        return children.start([*self._prefix, *command], on_our_end=signal.SIGINT, **options)

    def _check_way(self, path: Path) -> None:
        """Raise AccountError if this user cannot pass through a parent folder of ``path``."""
        for folder in path.parents:
            found = folder.stat()
            shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
            if not found.st_mode >> shift & 1:
                name = pwd.getpwuid(self.uid).pw_name
                raise AccountError(
                    f"PostgreSQL refuses to run as root. As user '{name}' it cannot pass through {folder} to"
                    f" {path}. Move the checkout to a folder that all users can enter, or do not run as root."
                )


def _unprivileged(owner: int | None) -> tuple[int, int]:
    """Return the user ID and group ID for the server of root: those of ``owner``, unless that is root."""
    if owner:
        return owner, pwd.getpwuid(owner).pw_gid
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = users.get("postgres") or users.get("nobody")
    if entry is None:
        raise AccountError("PostgreSQL refuses to run as root. Create the system user 'postgres'.")
    return entry.pw_uid, entry.pw_gid


def _right_to_pass() -> str | None:
    """Return the smallest of our capabilities that passes through closed folders and that the server can get.
    Return None if there is none."""
    status = Path("/proc/self/status")
    if not shutil.which("setpriv") or not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("CapEff:"))
    held = int(line.split()[1], 16)
    handing_on = 1 << 8  # CAP_SETPCAP
    numbers = {"dac_read_search": 2, "dac_override": 1}
    return next((name for name, bit in numbers.items() if held >> bit & 1 and held & handing_on), None)
