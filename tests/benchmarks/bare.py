"""The limits of the web: the same work by psycopg and orjson alone, without a framework.

``application`` is the reading side, for gunicorn: what to connect to and to select is told in the environment
(``serving.bare_environment``), so that nothing of Django is loaded. ``write_batch`` is the writing side.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

_PAGE, _ONE = os.environ.get("BENCH_PAGE", ""), os.environ.get("BENCH_ONE", "")
_pools: list[ConnectionPool] = []


def _pool() -> ConnectionPool:
    if not _pools:
        options = {"autocommit": True, "row_factory": dict_row}
        _pools.append(
            ConnectionPool(os.environ["BENCH_URL"], min_size=4, max_size=4, kwargs=options, open=True)
        )
    return _pools[0]


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer ``/groups`` by the first page and ``/groups/KEY`` by one group."""
    key = environ["PATH_INFO"].removeprefix("/groups").removeprefix("/")
    with _pool().connection() as connection:
        rows = connection.execute(_ONE if key else _PAGE, [key] if key else None).fetchall()
    body = orjson.dumps(rows[0] if key else rows, default=_plain)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError


def write_batch(connection: psycopg.Connection, body: bytes, names: Sequence[tuple[str, str]]) -> bytes:
    """Write a batch of groups by COPY and one upsert, nothing checked; return an answer for each.

    ``names`` are the columns' names in JSON and in the database, the key first.
    """
    records = orjson.loads(body)
    columns = ", ".join(name for _, name in names)
    assign = ", ".join(f"{name} = excluded.{name}" for _, name in names[1:])
    given = [name for name, _ in names]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {columns} FROM groups WITH NO DATA"
        )
        with cursor.copy(f"COPY staged ({columns}) FROM STDIN") as copy:
            for record in records:
                copy.write_row([record[name] for name in given])
        cursor.execute(
            f"INSERT INTO groups ({columns}, entry_date, update_date) SELECT *, now(), now() FROM staged"
            f" ON CONFLICT (group_id) DO UPDATE SET {assign}, update_date = excluded.update_date"
            " RETURNING group_id, xmax = 0"
        )
        created = dict(cursor.fetchall())
    key = given[0]
    return orjson.dumps(
        [
            {
                "id": [{"key": key, "value": record[key]}],
                "status": 201 if created[record[key]] else 200,
                "body": "Created" if created[record[key]] else "Updated",
            }
            for record in records
        ]
    )
