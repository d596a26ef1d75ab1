"""Environment variables: each is read, sets its setting, and is listed in docs/operations.md."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = sorted({path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"})
# Variables that Django and gunicorn read.
THEIRS = {"GUNICORN_CMD_ARGS"}
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}

TOLD = {
    "VBA_DATA_DIR": "/tmp/vba-told",
    "DATABASE_URL": "postgres://ann:pw@db.internal:6543/control",
    "VBA_DATABASES": "VBA_One,VBA_Two=postgres://ben:pw@other.internal/two",
    "VBA_CONNECTION_SECONDS": "17",
    "SECRET_KEY": "told-secret",
    "VBA_ALLOWED_HOSTS": "vba.example,vba.internal",
    "VBA_TRUSTED_ORIGINS": "https://a.example,https://b.example",
    "VBA_BEHIND_PROXY": "true",
    "VBA_SSL_REDIRECT": "true",
    "VBA_HSTS_SECONDS": "18",
    "VBA_MAX_BODY_BYTES": "19",
    "VBA_MAX_UNPACKED_BYTES": "20",
    "VBA_MAX_UPLOAD_BYTES": "21",
    "VBA_UPLOAD_DAYS": "22",
    "VBA_EXPORT_SECONDS": "23",
    "VBA_PROCESS_CONCURRENCY": "24",
    "VBA_PROCESS_LEASE_SECONDS": "25.5",
    "VBA_PROCESS_BEAT_SECONDS": "26.5",
    "VBA_PROCESS_SWEEP_SECONDS": "27.5",
    "VBA_RATE_LIMIT": "28.5",
    "VBA_STATEMENT_SECONDS": "29",
    "VBA_LOCK_SECONDS": "30",
    "VBA_MAX_BATCH_RECORDS": "37",
    "VBA_LIMIT_STATEMENTS": "true",
    "VBA_LOGIN_ATTEMPTS": "31",
    "VBA_LOCKOUT_MINUTES": "32",
    "VBA_SESSION_SECONDS": "33",
    "VBA_HISTORY_DAYS": "34",
    "VBA_BUSINESS_ZONE": "America/Los_Angeles",
    "DISENROLL_AUTH_CODE": "TERM",
    "VBA_LOG_FORMAT": "json",
    "VBA_TOKEN_SECONDS": "35",
    "VBA_REFRESH_SECONDS": "36",
    "VBA_LOG_LEVEL": "WARNING",
    "VBA_DEBUG": "true",
}
PRODUCTION = {
    "VBA_PRODUCTION": "true",
    **{name: TOLD[name] for name in ("SECRET_KEY", "DATABASE_URL", "VBA_ALLOWED_HOSTS")},
}
# The setting of each variable that is a plain number or flag.
PLAIN = {
    "VBA_HSTS_SECONDS": "SECURE_HSTS_SECONDS",
    "VBA_SSL_REDIRECT": "SECURE_SSL_REDIRECT",
    "VBA_BEHIND_PROXY": "BEHIND_PROXY",
    "VBA_MAX_BODY_BYTES": "API_MAX_BODY_BYTES",
    "VBA_MAX_UNPACKED_BYTES": "FILE_MAX_UNPACKED_BYTES",
    "VBA_MAX_UPLOAD_BYTES": "MAX_UPLOAD_BYTES",
    "VBA_UPLOAD_DAYS": "UPLOAD_DAYS",
    "VBA_EXPORT_SECONDS": "EXPORT_SECONDS",
    "VBA_PROCESS_CONCURRENCY": "PROCESS_CONCURRENCY",
    "VBA_PROCESS_LEASE_SECONDS": "PROCESS_LEASE_SECONDS",
    "VBA_PROCESS_BEAT_SECONDS": "PROCESS_BEAT_SECONDS",
    "VBA_PROCESS_SWEEP_SECONDS": "PROCESS_SWEEP_SECONDS",
    "VBA_RATE_LIMIT": "API_RATE_LIMIT",
    "VBA_STATEMENT_SECONDS": "STATEMENT_SECONDS",
    "VBA_LOCK_SECONDS": "LOCK_SECONDS",
    "VBA_MAX_BATCH_RECORDS": "API_MAX_BATCH_RECORDS",
    "VBA_LIMIT_STATEMENTS": "IS_WEB",
    "VBA_LOGIN_ATTEMPTS": "AXES_FAILURE_LIMIT",
    "VBA_SESSION_SECONDS": "SESSION_COOKIE_AGE",
    "VBA_HISTORY_DAYS": "HISTORY_DAYS",
    "VBA_TOKEN_SECONDS": "API_TOKEN_SECONDS",
    "VBA_REFRESH_SECONDS": "API_REFRESH_SECONDS",
    "VBA_DEBUG": "DEBUG",
    "VBA_PRODUCTION": "PRODUCTION",
}
TEXTS = {
    "VBA_DATA_DIR": "DATA_DIR",
    "SECRET_KEY": "SECRET_KEY",
    "VBA_BUSINESS_ZONE": "BUSINESS_ZONE",
    "DISENROLL_AUTH_CODE": "DISENROLL_AUTH_CODE",
    "VBA_LOG_FORMAT": "LOG_FORMAT",
}
# Variables for several settings, or for a part of one. Each has its own test below.
OTHERS = {
    "DATABASE_URL",
    "VBA_DATABASES",
    "VBA_CONNECTION_SECONDS",
    "VBA_ALLOWED_HOSTS",
    "VBA_TRUSTED_ORIGINS",
    "VBA_LOCKOUT_MINUTES",
    "VBA_LOG_LEVEL",
}
# Variables that are not settings: those of the web server and of the first start, with their tests.
ELSEWHERE = {
    "PORT": "tests/unit/test_environment.py",
    "WEB_CONCURRENCY": "tests/unit/test_environment.py",
    "GUNICORN_CMD_ARGS": "tests/unit/test_environment.py",
    "VBA_ADMIN_PASSWORD": "tests/faults/test_run.py",
}
# Prints all settings as JSON, and says something at two levels.
PROBE = """
import django, json, logging
django.setup()
from django.conf import settings
logging.getLogger("probe").info("told")
logging.getLogger("probe").warning("warned")
names = [name for name in dir(settings._wrapped) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def run(*command, **told):
    """Run Python with only the given variables, and return its output and its errors."""
    ours = {*TOLD, *PRODUCTION, *ELSEWHERE}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "vbaadmin.settings", **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def probe(**told):
    printed, said = run("-c", PROBE, **told)
    return {**json.loads(printed), "said": said}


@pytest.fixture(scope="module")
def told():
    """The settings with a value for every variable."""
    return probe(**TOLD)


@pytest.fixture(scope="module")
def untold(tmp_path_factory):
    """The settings without any variable."""
    return probe(VBA_DATA_DIR=str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def production():
    """The settings of production with only the required variables."""
    return probe(**PRODUCTION)


# --- all of them ---


def read_by(source):
    """Return the variables that a Python source reads, as by ``env.int("X")`` or ``os.environ["X"]``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=where), args=[ast.Constant(value=str(name)), *_]):
                pass
            case ast.Subscript(value=where, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                pass
            case ast.Compare(left=ast.Constant(value=str(name)), comparators=[where]):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="getenv") as where):
                name = "getenv is not how we read variables"
            case _:
                continue
        if ast.unparse(where) in ("env", "environ", "environment", "os.environ", "os.getenv"):
            found.add(name)
    return found


def read():
    """Return all variables that the product reads."""
    files = [ROOT / "manage.py", *(path for app in APPS for path in (ROOT / app).rglob("*.py"))]
    return set().union(*(read_by(file.read_text()) for file in files)) - NOT_OURS


def documented():
    """Return the table of docs/operations.md: the default of each variable."""
    text = (ROOT / "docs" / "operations.md").read_text().partition("## Environment variables")[2]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.M))


def test_the_operations_page_lists_exactly_the_variables_that_are_read():
    assert len(read()) > 30
    assert {*documented()} == read() | THEIRS


def test_no_page_names_a_variable_that_is_not_read():
    pages = [path for path in (ROOT / "docs").glob("*.md") if path.name != "decisions.md"]
    named = set()
    for path in (*pages, ROOT / "README.md", ROOT / "Makefile", ROOT / "Procfile"):
        named |= set(re.findall(r"\bVBA_[A-Z][A-Z_]+\b", path.read_text()))
    assert named <= read()


def test_each_variable_is_in_a_test():
    """Add a new variable to TOLD above, and to PLAIN, TEXTS or OTHERS."""
    assert {*PLAIN, *TEXTS} | OTHERS | {*ELSEWHERE} == {*documented()}
    assert {*TOLD, *PRODUCTION} == {*documented()} - {*ELSEWHERE}
    for name, test in ELSEWHERE.items():
        assert f"{name}=" in (ROOT / test).read_text()


def test_the_setting_of_each_variable_is_used():
    """Settings that are our own, not Django's or a library's, are read somewhere."""
    used = "".join(file.read_text() for app in APPS for file in (ROOT / app).rglob("*.py"))
    known = ("SECURE_", "SESSION_", "AXES_")
    for name in {*PLAIN.values(), *TEXTS.values()} - {"DEBUG", "SECRET_KEY"}:
        if not name.startswith(known):
            inside = (ROOT / "vbaadmin" / "settings.py").read_text()
            assert f"settings.{name}" in used or len(re.findall(rf"\b{name}\b", inside)) > 1, name


# --- one by one ---


@pytest.mark.parametrize("variable", [name for name in PLAIN if name != "VBA_PRODUCTION"])
def test_numbers_and_flags_have_the_given_values(told, variable):
    assert told[PLAIN[variable]] == json.loads(TOLD[variable])


@pytest.mark.parametrize("variable", TEXTS)
def test_texts_have_the_given_values(told, variable):
    assert told[TEXTS[variable]] == TOLD[variable]


@pytest.mark.parametrize(
    "variable", [name for name in PLAIN if documented()[name].replace(".", "").isdecimal()]
)
def test_default_numbers_are_those_of_the_page(untold, variable):
    assert untold[PLAIN[variable]] == json.loads(documented()[variable])


@pytest.mark.parametrize("variable", [name for name in PLAIN if documented()[name] == "false"])
def test_flags_are_off_by_default(untold, variable):
    assert untold[PLAIN[variable]] is False


def test_defaults_in_production(untold, production):
    names = ("PRODUCTION", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")
    assert [untold[name] for name in names] == [False] * 4
    assert [production[name] for name in names] == [True] * 4
    assert (untold["SECURE_HSTS_SECONDS"], production["SECURE_HSTS_SECONDS"]) == (0, 365 * 24 * 3600)
    assert (untold["LOG_FORMAT"], production["LOG_FORMAT"]) == ("line", "json")
    assert untold["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]


def test_databases_are_the_given_ones(told, untold):
    control, one, two = (told["DATABASES"][name] for name in ("default", "VBA_One", "VBA_Two"))
    assert list(told["DATABASES"]) == ["default", "VBA_One", "VBA_Two"]
    assert (control["HOST"], control["PORT"], control["USER"]) == ("db.internal", 6543, "ann")
    assert [each["NAME"] for each in (control, one, two)] == ["control", "VBA_One", "two"]
    assert [each["HOST"] for each in (one, two)] == ["db.internal", "other.internal"]
    assert list(untold["DATABASES"]) == ["default", "VBA_Demo"]
    assert (told["EMBEDDED"], untold["EMBEDDED"]) == (False, True)


def test_connections_have_the_given_lifetime_and_limits(told, untold):
    for each in told["DATABASES"].values():
        assert each["CONN_MAX_AGE"] == 17
        assert "statement_timeout=29s" in each["OPTIONS"]["options"]
        assert "lock_timeout=30s" in each["OPTIONS"]["options"]
    for each in untold["DATABASES"].values():
        assert each["CONN_MAX_AGE"] == 600
        assert "timeout" not in each["OPTIONS"]["options"]


def test_hosts_origins_and_lockout_have_the_given_values(told, untold):
    assert told["ALLOWED_HOSTS"] == ["vba.example", "vba.internal"]
    assert told["CSRF_TRUSTED_ORIGINS"] == ["https://a.example", "https://b.example"]
    assert untold["CSRF_TRUSTED_ORIGINS"] == []
    assert (told["AXES_COOLOFF_TIME"], untold["AXES_COOLOFF_TIME"]) == ("0:32:00", "0:15:00")


def test_the_proxys_https_header_is_trusted_if_set(told, untold):
    assert told["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert untold["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize("zone", ["Mars/Base", "America", "../etc/passwd", ""])
def test_a_zone_that_does_not_exist_is_refused_with_an_example(zone):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "VBA_BUSINESS_ZONE": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"VBA_BUSINESS_ZONE is '{zone}', which is not a time zone." in done.stderr
    assert "America/Chicago" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_log_has_the_given_format_and_level(told, untold, production):
    (warned,) = told["said"].splitlines()
    assert json.loads(warned)["message"] == "warned"
    assert [line.split()[-1] for line in untold["said"].splitlines()] == ["told", "warned"]
    assert [json.loads(line)["message"] for line in production["said"].splitlines()] == ["told", "warned"]


def test_the_web_server_has_the_given_address_workers_and_threads():
    command = ("-m", "gunicorn", "--print-config", "--config", "python:vbaadmin.gunicorn")
    told, _ = run(*command, **PRODUCTION, PORT="8123", WEB_CONCURRENCY="5", GUNICORN_CMD_ARGS="--threads=7")
    untold, _ = run(*command, **PRODUCTION)

    def values(printed):
        found = dict(re.findall(r"^(bind|workers|threads)\s+= (.*)$", printed, re.M))
        return found["bind"], found["workers"], found["threads"]

    assert values(told) == ("['127.0.0.1:8123']", "5", "7")
    assert values(untold) == ("['127.0.0.1:8000']", "2", "4")
