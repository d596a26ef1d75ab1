"""Where the benchmarks work: databases to fill and empty, files of made-up records, a program with a key."""

import os
import subprocess
import sys
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connections, transaction

from access.models import ApiKey
from access.sessions import start_session
from access.tokens import digest
from groups.models import Group, GroupDivision
from tables.schema.columns import key_columns, parents
from tables.schema.models import Table
from tables.write.records import writable
from tests.benchmarks.making import (
    DIVISIONS_PER_GROUP,
    YEARS_PER_DIVISION,
    Form,
    Variant,
    record_texts,
    write_file,
)
from tests.roles import give_role

# Ours works in the one database, limit and naive ways in the other, which is just like it.
OURS, THEIRS = "VBA_Demo", "VBA_Acme"
_BLOCK = 1 << 18


class House:
    """The databases and files of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in (OURS, THEIRS):
            for table in ("groups", "groupdivision", "groupplanyear"):
                for stamp in ("entry_date", "update_date"):
                    # COPY of a file needs somebody to fill the stamps; ours brings its own.
                    execute(name, f"ALTER TABLE {table} ALTER {stamp} SET DEFAULT now()")

    # --- files ---

    def file(
        self,
        model: type[Table],
        rows: int,
        variant: Variant = Variant.PLAIN,
        form: Form = Form.CSV,
        prefix: str = "G",
    ) -> Path:
        """Return a file of made-up records, written when it is first asked for."""
        path = self.folder / f"{model.__name__}-{prefix}{rows}-{variant}.{form}"
        if not path.exists():
            write_file(path, model, rows, variant, prefix=prefix)
        return path

    def body(self, rows: int, variant: Variant, prefix: str) -> bytes:
        """Return groups as the body of a batch."""
        texts = record_texts(Group, rows, variant, Form.JSON, prefix=prefix)
        return f"[{','.join(texts)}]".encode()

    # --- tables ---

    def empty(self, database: str, model: type[Table]) -> None:
        """Empty a table and those below it."""
        execute(database, f"TRUNCATE {model._meta.db_table} CASCADE")
        execute(database, "CHECKPOINT")

    def fill(self, database: str, model: type[Table], path: Path) -> None:
        """Make a table hold just what a file holds, in good order."""
        self.empty(database, model)
        copy_file(database, model, path)
        execute(database, f"VACUUM ANALYZE {model._meta.db_table}")
        execute(database, "CHECKPOINT")

    def have_parents(self, model: type[Table], rows: int) -> None:
        """Fill the tables above with what ``rows`` made-up records belong to."""
        if not parents(model):
            return
        divisions = -(-rows // YEARS_PER_DIVISION)
        groups = -(-divisions // DIVISIONS_PER_GROUP)
        for database in (OURS, THEIRS):
            self.fill(database, Group, self.file(Group, groups))
            self.fill(database, GroupDivision, self.file(GroupDivision, divisions))

    def count(self, database: str, model: type[Table]) -> int:
        """Return how many rows a table has."""
        with connections[database].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            return int(cursor.fetchone()[0])

    # --- doors ---

    def program(self) -> dict[str, str]:
        """Return the headers of a program that a clerk has signed in."""
        user = User.objects.create_user(f"clerk{User.objects.count()}", is_staff=True)
        give_role(user, "Administrator", OURS, THEIRS)
        key = ApiKey.objects.create_key(name=f"Program of {user.username}", databases=[OURS, THEIRS])[1]
        tokens = start_session(user=user, key_id=ApiKey.objects.get(digest=digest(key)).pk)
        return {
            "x-api-key": key,
            "Authorization": f"Bearer {tokens.id_token}",
            "vbasoftware-database": OURS,
        }


def execute(database: str, statement: str) -> None:
    """Run one statement in a database."""
    with connections[database].cursor() as cursor:
        cursor.execute(statement)


# --- the limits of files ------------------------------------------------------------------------


def copy_file(database: str, model: type[Table], path: Path, into: str | None = None) -> None:
    """COPY a csv file straight into its table, or into another of the same columns."""
    names = ", ".join(column.db for column in writable(model))
    with (
        transaction.atomic(using=database),
        connections[database].cursor() as cursor,
        path.open("rb") as file,
    ):
        statement = f"COPY {into or model._meta.db_table} ({names}) FROM STDIN (FORMAT csv, HEADER)"
        with cursor.cursor.copy(statement) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)


def copy_and_update(database: str, model: type[Table], path: Path) -> None:
    """COPY a csv file into a temporary table and write all of it over the rows there are."""
    table, rest = model._meta.db_table, [column.db for column in writable(model) if not column.is_key]
    keys = [column.db for column in key_columns(model)]
    assign = ", ".join(f"{name} = s.{name}" for name in rest)
    same = " AND ".join(f"t.{name} = s.{name}" for name in keys)
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        names = ", ".join([*keys, *rest])
        cursor.execute(f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
        copy_file(database, model, path, "staged")
        cursor.execute(f"ANALYZE staged ({', '.join(keys)})")
        cursor.execute(f"UPDATE {table} AS t SET {assign}, update_date = now() FROM staged AS s WHERE {same}")


def copy_out(database: str, model: type[Table], path: Path) -> None:
    """COPY a table into a csv file, as it comes."""
    names = ", ".join(column.db for column in writable(model))
    with connections[database].cursor() as cursor, path.open("wb") as file:
        statement = f"COPY {model._meta.db_table} ({names}) TO STDOUT (FORMAT csv, HEADER)"
        with cursor.cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)


# --- processes -----------------------------------------------------------------------------------

_MANAGE = """
import atexit, os, pathlib, runpy, sys
def tell_peak():
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(os.environ["BENCH_PEAK"]).write_text(status.split("VmHWM:")[1].split()[0])
atexit.register(tell_peak)
sys.argv[0] = "manage.py"
runpy.run_path("manage.py", run_name="__main__")
"""


def peak_megabytes(folder: Path, *arguments: str) -> tuple[int, float]:
    """Run ``manage.py`` in a process of its own; return its exit code and its peak of resident memory.

    The process tells its own peak: what the system keeps of an ended child begins with the parent's memory.
    """
    told = folder / "peak"
    done = subprocess.run(
        [sys.executable, "-c", _MANAGE, *arguments],
        env={**os.environ, "BENCH_PEAK": str(told)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode, int(told.read_text()) / 1024
