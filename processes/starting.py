"""Starting a process: its row, its parameters and its run in one transaction, then a job for the worker."""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from processes.models import VBAProcess, VBAProcessParameter
from processes.process_run import ENDED, ProcessRun
from processes.queueing import queue
from tables.context import databases
from tables.context.actor import acting_as

_ONE_UNFINISHED = "processrun_one_unfinished"

# Name, type, value and second value of a parameter.
Parameter = tuple[str, str, str | None, str | None]


class Unfinished(Exception):
    """The group has a process that has not ended."""

    def __init__(self, process_key: int) -> None:
        super().__init__(f"Process {process_key} is unfinished.")
        self.process_key = process_key


def start(
    *,
    kind: str,
    group_id: str,
    user: str,
    description: str,
    arguments: Mapping[str, object],
    parameters: Sequence[Parameter],
) -> VBAProcess:
    """Store a process of the chosen database and queue it; return its row.

    ``arguments`` are what the runner gets: checked keys, dates and choices, as JSON values. Raises
    Unfinished, and stores nothing, if the group has another unfinished process.
    """
    while True:
        try:
            return _store(kind, group_id, user, description, arguments, parameters)
        except IntegrityError as error:
            if _ONE_UNFINISHED not in str(error):
                raise
        if (key := unfinished_of(group_id)) is not None:
            raise Unfinished(key)
        # The other process ended between our attempt and our look. Try again.


def unfinished_of(group_id: str) -> int | None:
    """Return the key of the group's unfinished process in the chosen database, if it has one."""
    unfinished = ProcessRun.objects.filter(group_id=group_id).exclude(state=ENDED)
    return unfinished.values_list("vbaprocess_key", flat=True).first()


def _store(
    kind: str,
    group_id: str,
    user: str,
    description: str,
    arguments: Mapping[str, object],
    parameters: Sequence[Parameter],
) -> VBAProcess:
    database = databases.chosen()
    with transaction.atomic(using=database), acting_as(user):
        process = VBAProcess(vbaprocess_type=kind, description=description[:512], process_user=user[:20])
        process.save(using=database)
        key = {"vbaprocess_key": process.vbaprocess_key, "vbaprocess_type": kind}
        ProcessRun.objects.create(**key, group_id=group_id, user_name=user, arguments=dict(arguments))
        VBAProcessParameter.objects.bulk_create(
            VBAProcessParameter(
                **key,
                vbaprocessparameter_key=number,
                parameter_name=name,
                parameter_type=kind_of_value,
                parameter_value1=value1,
                parameter_value2=value2,
                process_automation=False,
                entry_date=process.entry_date,
                entry_user=process.entry_user,
                update_date=process.update_date,
                update_user=process.update_user,
            )
            for number, (name, kind_of_value, value1, value2) in enumerate(parameters, start=1)
        )
        transaction.on_commit(lambda: queue(database, process.vbaprocess_key, kind), using=database)
    return process
