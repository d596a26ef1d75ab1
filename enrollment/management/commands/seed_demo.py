"""``manage.py seed_demo``: made-up employers and people. The same seed makes the same data."""

import datetime
import time

from django.core.management import CommandError, CommandParser
from django.db import connections, transaction

from enrollment.sql import demo as sql
from groups.models import Group
from members.models import Subscriber
from tables.context import databases
from tables.context.actor import acting_as
from tables.management.operating import ExactCommand
from tables.schema.column import Kind
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.schema.registry import all_tables

_LAST_NAMES = (
    "Ashdown Birkby Calloway Dunmore Eastlake Farrow Garside Holloway Ingram Jessop Kirkwall Larkin Marlow"
)
_LAST_NAMES += (
    " Norwood Oakley Penrose Quimby Rowntree Selwyn Thackery Underhill Varley Wexcombe Yardley Zeller"
)
_FIRST_NAMES = (
    "Ada Bela Cora Dora Edda Faye Gwen Hugo Ivor Jona Kaya Liam Mila Nils Odin Pia Rhea Sven Tara Ugo Vera"
)
_TRADES = (
    "Foods",
    "Mills",
    "Tool & Die",
    "Freight",
    "Clinics",
    "Schools",
    "Builders",
    "Software",
    "Farms",
    "Hotels",
)
_CITIES = (
    "Tarnbrook",
    "Elmswick",
    "Norhaven",
    "Castleford Falls",
    "Brindle",
    "Ostermoor",
    "Fennick",
    "Larchmere",
)
_FILLERS = {Kind.FLAG: "false", Kind.INTEGER: "0", Kind.NUMBER: "0", Kind.TEXT: "'N'"}
_FUNCTIONS = (sql.CHANCE, sql.PICK)
_PEOPLE = (sql.CONTRACTS, sql.SUBSCRIBERS, sql.ENROLLMENTS)


class Command(ExactCommand):
    help = (
        "Adds made-up employers, families, contracts and five years of coverage to a target database. A"
        " million subscribers take a few minutes. The same seed makes the same data. With --groups 0, the"
        " people are enrolled with the existing employers. A database that already has made-up"
        " groups or people (D000001, S00000001) stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", required=True, help="the target database")
        parser.add_argument("--groups", type=int, default=30, help="how many employers (default 30)")
        parser.add_argument(
            "--subscribers", type=int, default=2000, help="how many subscribers (default 2000)"
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="a different number makes different data (default 1)"
        )
        parser.add_argument(
            "--once", action="store_true", help="exit silently if the database already has such data"
        )

    def handle(
        self,
        *args: object,
        database: str,
        groups: int,
        subscribers: int,
        seed: int,
        once: bool,
        **options: object,
    ) -> None:
        if not 0 <= groups <= 999_999 or not 0 <= subscribers <= 12_000_000:
            raise CommandError("--groups must be 0 to 999,999 and --subscribers 0 to 12,000,000.")
        try:
            with databases.using(database), acting_as("seed_demo"):
                if (
                    Group.objects.filter(group_id="D000001").exists()
                    or Subscriber.objects.filter(subscriber_id="S00000001").exists()
                ):
                    if once:
                        return
                    raise CommandError(f"{database} already has made-up data; nothing was written.")
                self._seed(database, {"groups": groups, "subscribers": subscribers, "seed": seed})
        except databases.UnknownDatabase as error:
            raise CommandError(str(error)) from None

    def _seed(self, database: str, wanted: dict[str, int]) -> None:
        params: dict[str, int | list[str]] = {
            **wanted,
            "year": datetime.date.today().year,
            "last_names": _LAST_NAMES.split(),
            "first_names": _FIRST_NAMES.split(),
            "trades": list(_TRADES),
            "cities": list(_CITIES),
        }
        started = time.monotonic()
        models = {model._meta.db_table: model for model in all_tables()}
        employers = (
            (sql.NEW_GROUPS, sql.NEW_DIVISIONS) if wanted["groups"] else (sql.OLD_GROUPS, sql.OLD_DIVISIONS)
        )
        tables = {
            table: rows
            for table, rows in sql.TABLES.items()
            if wanted["groups"] or table not in sql.OF_NEW_GROUPS
        }
        with transaction.atomic(using=database), connections[database].cursor() as cursor:
            # The rows are made valid, and no one needs a history of a million new rows.
            cursor.execute(sql.TRUSTED)
            for statement in (*_FUNCTIONS, *employers, *_PEOPLE):
                cursor.execute(statement, params)
            for table, (names, rows) in tables.items():
                cursor.execute(_insert(models[table], names, rows), params)
                self.stdout.write(f"{table}: {cursor.rowcount:,} rows")
                self.stdout.flush()
        with connections[database].cursor() as cursor:
            for table in tables:
                cursor.execute(f"ANALYZE {table}")
        self.stdout.write(f"Done in {time.monotonic() - started:.0f} s.")


def _insert(model: type[Table], names: str, rows: str) -> str:
    """Return an INSERT of rows that also fills the other required columns and the stamps."""
    given = {name.strip() for name in names.split(",")}
    fillers = {
        column.db: _FILLERS[column.kind]
        for column in columns(model)
        if column.required and column.db not in given
    }
    stamps = {column.db for column in columns(model) if column.is_stamp}
    fillers |= {name: "now()" if name.endswith("_date") else "'seed_demo'" for name in stamps}
    more = "".join(f", {name}" for name in fillers)
    values = "".join(f", {value}" for value in fillers.values())
    return f"INSERT INTO {model._meta.db_table} ({names}{more}) SELECT made.*{values} FROM ({rows}) AS made"
