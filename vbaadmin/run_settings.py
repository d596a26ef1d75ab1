"""The settings that ``run`` was started with: kept while it runs, for every ``manage.py`` beside it.

They stand in a file of the data folder that its owner alone can read, for addresses of databases hold
passwords. ``run`` holds a lock on the file, which the kernel frees however ``run`` ends; without the lock,
what stands there counts for nothing.
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
# Which copy is meant, what the first start alone needs, and what holds for the web server alone.
_NOT_KEPT = {"VBA_DATA_DIR", "VBA_ADMIN_PASSWORD", "VBA_PRODUCTION", "VBA_LIMIT_STATEMENTS"}
_OTHERS = {"DATABASE_URL", "DISENROLL_AUTH_CODE"}


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return the data folder that an environment names, by default ``var`` beside manage.py."""
    return Path(environment.get("VBA_DATA_DIR") or BASE_DIR / "var").resolve()


@contextmanager
def kept(environment: Mapping[str, str], folder: Path) -> Iterator[bool]:
    """Keep our settings for shells beside us inside the block; yield whether it is ours that they get, which
    it is not where another copy runs in the same folder."""
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
    """Take the lock; a shell that just looks holds it for a moment."""
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
    """Add the settings of the ``run`` beside us, if there is one, to an environment; what stands there stays.
    One that names a server of its own is not beside it. Raises EmbeddedError if they cannot be read."""
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
    """Return the settings in the text of the file, none where nobody holds its lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return dict(json.loads(text)) if text else {}
    return {}
