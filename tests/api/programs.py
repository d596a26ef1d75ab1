"""A program that calls the API like a client library: with its key, its token and a database."""

import json
from decimal import Decimal
from urllib.parse import urlencode

from tests.api.published import DIVISION, GROUP, TABLES


class Program:
    """Calls operations through Django's test client, and passes the undecoded path, as gunicorn does."""

    def __init__(self, client, headers):
        self.client = client
        self.headers = headers

    def call(
        self, method, path, body=None, content_type="application/json", *, query=None, headers=None, **environ
    ):
        """Send a request and return the answer. ``body`` is sent as JSON unless it is bytes."""
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
        if query:
            path += "?" + urlencode(query)
        environ = {"RAW_URI": path, **environ}
        return self.client.generic(
            method, path, body, content_type, headers={**self.headers, **(headers or {})}, **environ
        )

    def get(self, path, **query):
        return self.call("GET", path, query=query)

    def post(self, path, body, **options):
        return self.call("POST", path, body, **options)

    def put(self, path, body, **options):
        return self.call("PUT", path, body, **options)

    def delete(self, path):
        return self.call("DELETE", path)

    def batch(self, table, records, **options):
        """Send a batch, check that each row has an answer, and return status and body of each row."""
        response = self.put(f"{table.path}-batch", records, **options)
        assert response.status_code == 207, response.content
        return [(answer["status"], answer["body"]) for answer in data_of(response, 207)]

    def have(self, *tables, **values):
        """Store the made-up record of each table, and of the tables above the first."""
        above = TABLES[: TABLES.index(tables[0])] if tables else []
        for table in (*above, *tables):
            response = self.post(table.path, table.record(**(values if table in tables else {})))
            assert response.status_code in (200, 409), response.content

    def have_divisions(self, *names, group="G1"):
        """Store a group and divisions of it."""
        self.batch(GROUP, [GROUP.record(group_ID=group)])
        path = f"{GROUP.path}/{group}/divisions-batch"
        self.put(path, [DIVISION.record(group_ID=group, division_ID=name) for name in names])


def loads(content):
    """Read JSON with its numbers exact."""
    return json.loads(content, parse_float=Decimal)


def data_of(response, status=200):
    """Check status, type and envelope of an answer, and return its data."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].split(";")[0] == "application/json"
    body = loads(response.content)
    assert list(body) == ["data", "error", "debug"]
    assert body["error"] is None
    assert body["debug"]["activityID"]
    return body["data"]


def ids(response, column="group_ID"):
    """Return a column of the records that a list was answered with."""
    return [row[column] for row in data_of(response)]
