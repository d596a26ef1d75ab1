"""A pytest plugin: the tests' own PostgreSQL, named in the environment before Django reads its settings.

``DATABASE_URL`` in the environment makes the tests use that server instead; they create databases there.
Benchmarks run only where they are asked for, by ``-m bench`` or by their path. They always get a server of
their own, with the settings that the product runs it with.
"""

import datetime
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from vbaadmin import embedded

TARGET_DATABASES = "VBA_Demo,VBA_Acme"
_folder = pytest.StashKey[Path]()
_server = pytest.StashKey[embedded.Server]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Name the databases; being a wrapper, this comes before pytest-django loads the settings."""
    # A shell that starts us in the background lets us ignore Ctrl-C, and so would all that we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # nohup lets us ignore the end of the terminal. With a handler we still do, but what we start does not.
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: None)
    # Where pytest-xdist deals tests out, each of its workers has a server of its own: some tests look at all
    # that goes on in theirs.
    if "PYTEST_XDIST_WORKER" in os.environ or not early_config.known_args_namespace.numprocesses:
        early_config.stash[_folder] = folder = Path(tempfile.mkdtemp(prefix="vbaadmin-tests-"))
        folder.chmod(0o755)  # The server may run as somebody else; the secrets inside are closed.
        _set_environment(folder, early_config)
    return (yield)


def are_benchmarks_asked_for(config: pytest.Config) -> bool:
    """Return whether the command line asks for benchmarks: by their mark or by a path."""
    asked = config.known_args_namespace
    is_marked = "bench" in asked.markexpr.replace("not bench", "")
    return is_marked or any("benchmarks" in Path(each).parts for each in asked.file_or_dir)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect benchmarks that nobody has asked for."""
    if are_benchmarks_asked_for(config):
        return
    benchmarks = [item for item in items if item.get_closest_marker("bench")]
    items[:] = [item for item in items if item not in benchmarks]
    config.hook.pytest_deselected(items=benchmarks)


def _set_environment(folder: Path, config: pytest.Config) -> None:
    """Leave nothing of the developer's own configuration but the server to test on."""
    given = {name: os.environ[name] for name in ("DATABASE_URL", "VBA_DATABASES") if name in os.environ}
    for name in [*os.environ]:
        if name.startswith("VBA_") or name in ("SECRET_KEY", "PORT"):
            del os.environ[name]
    os.environ["VBA_DATA_DIR"] = str(folder)
    os.environ["VBA_RATE_LIMIT"] = "0"  # Tests of the limit set one.
    # In the afternoon the business is where the same day has just begun: it does not end while tests run.
    is_afternoon = datetime.datetime.now(datetime.UTC).hour >= 12
    os.environ["VBA_BUSINESS_ZONE"] = "Etc/GMT+12" if is_afternoon else "UTC"
    benchmarking = are_benchmarks_asked_for(config)
    if "DATABASE_URL" in given and not benchmarking:
        os.environ["VBA_DATABASES"] = given.get("VBA_DATABASES", TARGET_DATABASES)
        return
    unsafe = {} if benchmarking else embedded.UNSAFE_SETTINGS
    config.stash[_server] = embedded.Server(folder, {**embedded.SETTINGS, **unsafe})
    os.environ["DATABASE_URL"] = embedded.database_url(folder, "vbaadmin")
    os.environ["VBA_DATABASES"] = TARGET_DATABASES


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the server, in the process that stays until the end."""
    server = session.config.stash.get(_server, None)
    if server is None or session.config.getoption("collectonly"):
        return
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # So that a SIGTERM too comes by the stop below.
    server.__enter__()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove its data; a Ctrl-C ends here too."""
    server = config.stash.get(_server, None)
    if server is not None:
        server.__exit__(None, None, None)
    folder = config.stash.get(_folder, None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
