"""Cutting a real worker off in the middle of a large disenroll, and what must be true afterwards."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from enrollment.models import (
    DisenrollLog,
    EnrollmentChange,
    EnrollmentRun,
    MemEnrollmentPlan,
    SubEnrollment,
    SubEnrollmentPlan,
)
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Authorization, Member, Subscriber
from processes.models import VBAProcess
from processes.process_run import ProcessRun
from tests.waiting import PATIENCE, wait_until
from tests.work.workers import WORKER

DATABASE = "VBA_Demo"
TABLES = (
    *(Group, GroupDivision, GroupContract, GroupContractPlan, Subscriber, Member),
    *(SubEnrollment, SubEnrollmentPlan, MemEnrollmentPlan, Authorization),
)
KEPT = ("enrollmentchange", "enrollmentrun", "enrollmentwarning", "disenrolllog")


def rows(statement: str, values: Any = None, database: str = DATABASE) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connections[database].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def snapshot() -> Iterator[None]:
    """Look at one moment of the database, whatever is committed in between."""
    with transaction.atomic(using=DATABASE):
        rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def digest() -> tuple[Any, ...]:
    """Return a number for all rows that a process may touch, whatever their order and update stamps."""
    found = []
    for model in TABLES:
        names = [field.column for field in model._meta.fields if field.column]
        names = [name for name in names if name not in ("update_date", "update_user")]
        table = model._meta.db_table
        hashed = f"sum(hash_record_extended(ROW({', '.join(names)}), 0)::numeric)"
        found += [(table, *row) for row in rows(f"SELECT count(*), {hashed} FROM {table}")]
    return tuple(found)


@dataclass(frozen=True)
class Written:
    """What a process has left behind it: journal, lines of DisenrollLog in all, notes of its run."""

    changes: int
    rows_changed: int
    log_lines: int
    runs: int


def written(process_key: int) -> Written:
    """Look at what a process has written."""
    changes = EnrollmentChange.objects.filter(process_key=process_key)
    return Written(
        changes.count(),
        changes.values("table_name", "row_key", "division_id").distinct().count(),
        DisenrollLog.objects.count(),
        EnrollmentRun.objects.filter(process_key=process_key).count(),
    )


def worker_connections() -> list[int]:
    """Return the server processes of all connections that workers have, to whatever database."""
    found = rows("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [WORKER])
    return [pid for (pid,) in found]


def all_gone() -> None:
    """Wait until the server has noticed that the killed worker is gone."""
    wait_until(lambda: not worker_connections(), what="the end of the worker's connections")


def cut_connections(chance: random.Random) -> str:
    """End a worker's connections: the one that writes, those beside it, or all. Return which."""
    which = chance.choice(["writing", "beside", "all"])
    writes = "(datname = current_database() AND xact_start IS NOT NULL AND backend_xid IS NOT NULL)"
    conditions = {
        "writing": writes,
        "beside": f"datname = current_database() AND NOT {writes}",
        "all": "true",
    }
    rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE application_name = %s AND {conditions[which]}",
        [WORKER],
    )
    return which


def end_of(key: int, seconds: float = PATIENCE) -> VBAProcess:
    """Wait for the end of a process, and check that its run tells the same. Return its row."""
    ended = VBAProcess.objects.filter(vbaprocess_key=key, process_end__isnull=False)
    row: VBAProcess = wait_until(ended.first, seconds, f"the end of process {key}")
    run = ProcessRun.objects.get(vbaprocess_key=key)
    assert (run.state, run.result) == ("ended", row.process_result)
    return row


def tidy() -> None:
    """Forget what earlier runs have left: the journal would grow without end, and dead rows slow all down."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(KEPT)}")
        for model in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")
