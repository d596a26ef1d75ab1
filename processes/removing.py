"""Deleting an ended process with its parameters and log; the journal of what it changed stays."""

from django.db import transaction

from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from processes.process_run import ENDED, ProcessRun
from vbaadmin import databases


class StillUnfinished(Exception):
    """The process has not ended."""


def remove(process_key: int, process_type: str) -> None:
    """Delete a process that the worker ran. Raises StillUnfinished."""
    key = {"vbaprocess_key": process_key, "vbaprocess_type": process_type}
    with transaction.atomic(using=databases.chosen()):
        deleted, _ = ProcessRun.objects.filter(**key, state=ENDED).delete()
        if not deleted:
            raise StillUnfinished
        VBAProcessLog.objects.filter(**key).delete()
        VBAProcessParameter.objects.filter(**key).delete()
        VBAProcess.objects.filter(**key).delete()
