"""The real web server, as ``manage.py run`` starts it, on the tests' own databases."""

import http.client
import json
import os
from contextlib import contextmanager
from unittest.mock import patch

from django.db import connections

from tables.context import databases
from tests.ports import free_port
from vbaadmin import embedded
from vbaadmin.management.commands.run import WebServer

MAX_BODY_BYTES = 200_000


class Answer:
    """What the server answered: status, headers and the body, read as JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.content = response.read()

    @property
    def data(self):
        assert self.status in (200, 207), self.content
        return self.json["data"]

    @property
    def detail(self):
        assert self.status >= 400, self.content
        return self.json["error"]["detail"]

    @property
    def json(self):
        return json.loads(self.content)


class RawProgram:
    """A program that writes each byte of its requests itself, over one kept connection."""

    def __init__(self, port, headers):
        self.port = port
        self.headers = headers
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def call(self, method, path, body=None, *, chunks=None, headers=None):
        """Send a request: ``body`` as JSON (or bytes) with Content-Length, or ``chunks`` without it."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {**self.headers, **(headers or {})}.items():
            self.connection.putheader(name, value)
        if chunks is not None:
            self.connection.putheader("Transfer-Encoding", "chunked")
        elif body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(chunks if chunks is not None else body, encode_chunked=chunks is not None)
        return Answer(self.connection.getresponse())

    def close(self):
        self.connection.close()


@contextmanager
def running_server(**elsewhere):
    """Serve the tests' databases, those named in ``elsewhere`` from its URLs; the value is the port."""
    with running_web({}, elsewhere) as web:
        yield web.port


@contextmanager
def running_web(more, elsewhere=()):
    """The same with ``more`` in the environment; the value is the web server."""
    port, elsewhere = free_port(), dict(elsewhere)
    control = os.environ["DATABASE_URL"]

    def url(alias):
        return embedded.sibling_url(control, connections[alias].settings_dict["NAME"])

    environment = {
        "DATABASE_URL": url("default"),
        "VBA_DATABASES": ",".join(f"{name}={elsewhere.get(name) or url(name)}" for name in databases.names()),
        "VBA_MAX_BODY_BYTES": str(MAX_BODY_BYTES),
        # No wait for a row fails on a busy machine. Tests of the limit set one.
        "VBA_LOCK_SECONDS": os.environ.get("VBA_LOCK_SECONDS", "60"),
    }
    with patch.dict(os.environ, {**environment, **more}), WebServer(port) as web:
        web.wait_until_it_answers()
        yield web
