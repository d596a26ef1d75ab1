"""Canceling a process that has not ended, and deleting one that has: for REST, the admin and the shell."""

from django.db import connections, transaction

from processes import sql
from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from processes.process_run import CANCELLED, ENDED, ProcessRun
from tables.context import databases


class NotUnfinished(Exception):
    """The process has ended, or is only a record that nothing runs."""


def cancel(process_key: int, process_type: str) -> bool:
    """Cancel a process of the chosen database. Return True if it was waiting and has ended now. Return False
    if its worker was asked to stop: it stops within seconds, unless it is done first. Raises
    NotUnfinished."""
    key: dict[str, int | str] = {"key": process_key, "type": process_type}
    with transaction.atomic(using=databases.chosen()), connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.REQUEST_CANCEL, key)
        row = cursor.fetchone()
        if row is None:
            raise NotUnfinished
        if row[0] == ENDED:
            cursor.execute(sql.END_PROCESS, {**key, "result": CANCELLED})
    return bool(row[0] == ENDED)


def run_of(process_key: int, process_type: str) -> ProcessRun | None:
    """Return the run of a process of the chosen database; None if it is only a record."""
    return ProcessRun.objects.filter(vbaprocess_key=process_key, vbaprocess_type=process_type).first()


class StillUnfinished(Exception):
    """The process has not ended."""


def remove(process_key: int, process_type: str) -> None:
    """Delete an ended process that the worker ran, with its parameters and log. The journal of its changes
    stays. Raises StillUnfinished."""
    key = {"vbaprocess_key": process_key, "vbaprocess_type": process_type}
    with transaction.atomic(using=databases.chosen()):
        deleted, _ = ProcessRun.objects.filter(**key, state=ENDED).delete()
        if not deleted:
            raise StillUnfinished
        VBAProcessLog.objects.filter(**key).delete()
        VBAProcessParameter.objects.filter(**key).delete()
        VBAProcess.objects.filter(**key).delete()
