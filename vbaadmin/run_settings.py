"""Keep the settings of ``manage.py run`` while it runs, for other ``manage.py`` commands of the same copy.

The settings are in a file in the data folder. Only its owner can read it, because database addresses hold
passwords. ``run`` holds a lock on the file, and the kernel frees the lock however ``run`` ends. Without the
lock, the file is ignored.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from vbaadmin.embedded import EmbeddedError

FILE = "run-settings.json"
BASE_DIR = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 2.0
# These choose the copy, or are only for the first start or the web server.
_NOT_KEPT = {"VBA_DATA_DIR", "VBA_ADMIN_PASSWORD", "VBA_PRODUCTION", "VBA_LIMIT_STATEMENTS"}
_OTHERS = {"DATABASE_URL", "DISENROLL_AUTH_CODE"}


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return the data folder of an environment, by default ``var`` next to manage.py."""
    return Path(environment.get("VBA_DATA_DIR") or BASE_DIR / "var").resolve()


@contextmanager
def kept(environment: Mapping[str, str], folder: Path) -> Iterator[bool]:
    """Keep our settings for other commands during the block. Yield whether they get our settings: they do not
    if another copy runs in the same folder."""
    chosen = {
        name: value
        for name, value in environment.items()
        if (name.startswith("VBA_") or name in _OTHERS) and name not in _NOT_KEPT
    }
    folder.mkdir(parents=True, exist_ok=True)
    with open(os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
        if not _locked(file.fileno()):
            yield False
            return
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        json.dump(chosen, file)
        file.flush()
        try:
            yield True
        finally:
            file.truncate(0)


def _locked(file: int) -> bool:
    """Take the lock. Retry for a while: a command that reads the file holds the lock briefly."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
        time.sleep(0.05)


def take_over(environment: MutableMapping[str, str]) -> None:
    """Add the settings of a running ``run`` to an environment, which keeps its own values. Do nothing if the
    environment names its own server. Raises EmbeddedError if the settings cannot be read."""
    path = data_folder(environment) / FILE
    if environment.get("DATABASE_URL") or not path.exists():
        return
    try:
        with path.open() as file:
            for name, value in _running(file.fileno(), file.read()).items():
                environment.setdefault(name, value)
    except OSError as problem:
        raise EmbeddedError(
            f"{path}: {problem.strerror}. Run as the user who owns the data folder, or set VBA_DATA_DIR."
        ) from problem


def _running(file: int, text: str) -> dict[str, str]:
    """Return the settings in the text of the file, none if no process holds its lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return dict(json.loads(text)) if text else {}
    return {}
