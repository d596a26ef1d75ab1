"""Secrets and addresses of the embedded PostgreSQL."""

import subprocess
import sys
from pathlib import Path

import environ
import pytest
from psycopg.conninfo import conninfo_to_dict

from vbaadmin import embedded


def test_a_secret_stays_the_same_and_is_closed_to_others(tmp_path: Path) -> None:
    secret = embedded.kept_secret(tmp_path / "new", "key")
    assert len(secret) >= 50
    assert embedded.kept_secret(tmp_path / "new", "key") == secret
    assert (tmp_path / "new" / "key").stat().st_mode & 0o777 == 0o600


def test_processes_that_ask_for_a_new_secret_at_once_get_the_same(tmp_path: Path) -> None:
    ask = (
        "import sys, pathlib; from vbaadmin import embedded;"
        "print(embedded.kept_secret(pathlib.Path(sys.argv[1]), 'key'))"
    )
    asking = [
        subprocess.Popen([sys.executable, "-c", ask, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in asking}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("name", ["VBA_Demo", "Blank and /slash", "Zoë+50%?#&", "it's"])
def test_libpq_and_django_read_the_same_database_from_the_address(tmp_path: Path, name: str) -> None:
    url = embedded.database_url(tmp_path / "a folder+%", name)
    libpq, django = conninfo_to_dict(url), environ.Env.db_url_config(url)
    assert libpq["dbname"] == django["NAME"] == name
    assert libpq["host"] == django["OPTIONS"]["host"] == str(tmp_path / "a folder+%" / "socket")
    assert libpq["password"] == django["PASSWORD"]
    assert str(libpq["port"]) == str(django["PORT"]) == "5432"


def test_a_folder_too_deep_for_a_socket_gets_a_short_socket_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    short = embedded.socket_folder(deep)
    assert len(str(short)) < 50
    assert short == embedded.socket_folder(deep)
    assert short != embedded.socket_folder(tmp_path / ("e" * 120))


@pytest.mark.parametrize(
    ("url", "sibling"),
    [
        (
            "postgres://u:p%2Fw@db.example:5433/one?sslmode=require",
            "postgres://u:p%2Fw@db.example:5433/A%2Fb?sslmode=require",
        ),
        ("postgres://u@db.example", "postgres://u@db.example/A%2Fb"),
        ("postgres://u@//run/postgresql/one", "postgres://u@//run/postgresql/A%2Fb"),
        ("postgres://u:p@:5432/one?host=%2Frun%2Fpg", "postgres://u:p@:5432/A%2Fb?host=%2Frun%2Fpg"),
    ],
)
def test_a_sibling_is_another_database_of_the_same_server(url: str, sibling: str) -> None:
    assert embedded.sibling_url(url, "A/b") == sibling


def test_a_server_that_is_not_running_is_reported(tmp_path: Path) -> None:
    assert not embedded.is_running(tmp_path)
    with pytest.raises(embedded.EmbeddedError, match="make run"):
        embedded.demand_running(tmp_path)
