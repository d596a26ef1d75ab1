"""Serving and knocking: gunicorn as the product runs it, with any application, and a load generator."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any

from django.conf import settings

from groups.models import Group
from tables.schema.columns import columns
from vbaadmin import children

CONNECTIONS = 8


@contextmanager
def served(application: str, environment: Mapping[str, str], ready: str) -> Iterator[str]:
    """Serve a WSGI application by gunicorn, configured as ``manage.py run`` does; yield its address as soon
    as it answers for the path ``ready``."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port = attempt.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "python:vbaadmin.gunicorn"]
    command += ["--log-level", "warning", "--graceful-timeout", "1", application]
    process = children.start(
        command,
        on_our_end=signal.SIGTERM,
        cwd=settings.BASE_DIR,
        env={**os.environ, "PORT": str(port), "VBA_RATE_LIMIT": "0", **environment},
    )
    try:
        _wait(process, port, ready)
        yield f"http://127.0.0.1:{port}"
    finally:
        children.stop(process, (signal.SIGTERM, 3.0))


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start. The lines above say why.")


def bare_environment(database: str, page_size: int) -> dict[str, str]:
    """Return what ``tests.benchmarks.bare`` needs to know."""
    names = ", ".join(f'{column.db} AS "{column.api}"' for column in columns(Group))
    return {
        "BENCH_URL": settings.VBA_DATABASES[database],
        "BENCH_PAGE": f"SELECT {names} FROM groups ORDER BY group_id LIMIT {page_size}",
        "BENCH_ONE": f"SELECT {names} FROM groups WHERE group_id = %s",
    }


# --- load ----------------------------------------------------------------------------------------


def requests_a_second(url: str, headers: Mapping[str, str], seconds: float) -> float:
    """Knock at ``url`` from another process over eight kept connections; return the requests a second.

    By ``wrk`` where there is one; else by a small program of our own, which itself takes more time.
    """
    given = [argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")]
    program = shutil.which("wrk")
    if program:
        command = [program, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *given, url]
    else:
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.knock",
            f"-c{CONNECTIONS}",
            f"-d{seconds}",
            *given,
            url,
        ]
    told = subprocess.check_output(command, text=True, cwd=settings.BASE_DIR)
    assert "Non-2xx" not in told, told
    assert "Socket errors" not in told, told
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    assert rate, told
    return float(rate[1])


# --- without a server ----------------------------------------------------------------------------


def call(
    application: Any, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes]:
    """Call a WSGI application as a server would; return status and body of its answer."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "127.0.0.1",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    answer = application(environ, lambda status, headers, *problem: told.append(status))
    try:
        content = b"".join(answer)
    finally:
        answer.close()
    return int(told[0][:3]), content
