"""The REST operations of processes, their logs and parameters."""

import datetime
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from processes import kinds
from processes.cancelling import NotUnfinished, StillUnfinished, cancel, remove, run_of
from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from processes.process_run import CANCELLED, ProcessRun
from tables.rest.api import TableViewSet
from tables.rest.envelope import Conflict, malformed, read_body
from tables.schema import problems
from tables.write.engine import Mode
from tables.write.json_reading import JsonReader, NotJson
from tables.write.records import writable


class VBAProcessViewSet(TableViewSet):
    """``/vbaprocesses``: clients may change their own records freely. A process that the worker runs they may
    only describe, cancel, and delete once it has ended."""

    model = VBAProcess

    def create(self, request: Request, **keys: Any) -> Response:
        """Store a new record. Processes that the worker runs are started at their own addresses."""
        body = read_body(request)
        kind = self._read(body)["vbaprocess_type"]
        if kinds.is_registered(kind):
            raise ParseError(f"vbaProcess_Type '{kind}' cannot be created here, because the server runs it.")
        return self._write_body(body, Mode.CREATE)

    def replace(self, request: Request, **keys: Any) -> Response:
        """Replace a record. In a process of the worker, only description may change, and process_Result
        CANCELLED cancels it. Any other change is refused."""
        run = run_of(keys["vbaprocess_key"], keys["vbaprocess_type"])
        if run is None:
            return super().replace(request, **keys)
        values = self._read(read_body(request))
        process = self.get_queryset().first()
        if process is None:
            raise NotFound(problems.not_found(self.model, keys))
        _refuse_changes(process, run, values)
        if values["process_result"] == CANCELLED:
            _cancel(run)
        if values["description"] not in (None, process.description):
            process.description = values["description"]
            process.save(update_fields=["description", "update_date", "update_user"])
        return Response(self._one(keys))

    def destroy(self, request: Request, **keys: Any) -> Response:
        """Delete a record that has no children, or an ended process with its parameters and log."""
        if run_of(keys["vbaprocess_key"], keys["vbaprocess_type"]) is None:
            return super().destroy(request, **keys)
        try:
            remove(keys["vbaprocess_key"], keys["vbaprocess_type"])
        except StillUnfinished:
            raise Conflict(f"Process {keys['vbaprocess_key']} is unfinished; cancel it first.") from None
        return Response(status=HTTPStatus.NO_CONTENT)

    def _read(self, body: bytes) -> dict[str, Any]:
        """Return the columns of the body. Raises its problems."""
        try:
            read = JsonReader(self.model, self.kwargs).read_one(body)
            accepted = list(read.accepted)
        except NotJson as error:
            raise malformed(error) from None
        if read.refused:
            wrong = read.refused[0]
            refusal = APIException(problems.join(wrong))
            refusal.status_code = max(problem.status for problem in wrong)
            raise refusal
        names = [column.db for column in writable(self.model)]
        return dict(zip(names, accepted[0][1], strict=True))


def _refuse_changes(process: VBAProcess, run: ProcessRun, values: Mapping[str, object]) -> None:
    """Raise Conflict if the body changes a column that only the worker sets. Null is not a change: clients
    send it for columns they do not use, or read it before the process started."""
    changed = [
        column.api
        for column in writable(VBAProcess)
        if column.db not in ("description", "process_result")
        and values[column.db] is not None
        and not _is_same(getattr(process, column.db), values[column.db])
    ]
    result = values["process_result"]
    if result not in (None, CANCELLED, process.process_result):
        changed.append("process_Result")
    if changed:
        names = " and ".join(changed)
        raise Conflict(
            f"{names} of process {run.vbaprocess_key} cannot be changed: the server runs it. "
            "Change its description, or set process_Result to CANCELLED while it is unfinished."
        )


def _is_same(stored: object, sent: object) -> bool:
    """Return whether a value equals the stored one. Clients may drop the fraction of a second."""
    if isinstance(stored, datetime.datetime) and isinstance(sent, datetime.datetime):
        return abs(stored - sent) < datetime.timedelta(seconds=1)
    return bool(stored == sent)


def _cancel(run: ProcessRun) -> None:
    """Cancel, unless it is already canceled. Raises Conflict if it ended in another way."""
    try:
        cancel(run.vbaprocess_key, run.vbaprocess_type)
    except NotUnfinished:
        run.refresh_from_db()
        if run.result != CANCELLED:
            raise Conflict(f"Process {run.vbaprocess_key} has ended: {run.result}.") from None


class VBAProcessLogViewSet(TableViewSet):
    """``/vbaprocesses/{key}/types/{type}/logs``, all lines on one page"""

    model = VBAProcessLog
    all_on_one_page = True


class VBAProcessParameterViewSet(TableViewSet):
    """``/vbaprocesses/{key}/types/{type}/parameters``"""

    model = VBAProcessParameter
