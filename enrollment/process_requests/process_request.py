"""Requests for a disenrollment or reenrollment: checked, previewed, started. REST, forms and the shell call
this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from django.db import transaction

from access.roles import may
from enrollment.engine import disenroll, runners
from enrollment.engine.outcome import ProcessOutcome
from enrollment.engine.parameters import Disenroll, Reenroll
from enrollment.process_requests import fields
from enrollment.process_requests.disenroll_checks import check_disenroll
from enrollment.process_requests.fields import Body, BodyField
from enrollment.process_requests.reenroll_checks import check_reenroll
from enrollment.process_requests.refusals import Refused
from processes import starting
from processes.models import VBAProcess
from tables.context import databases
from tables.schema.problems import Problem

# The permission to start a process, for the user who asks and the user in whose name it runs.
RIGHT = "processes.add_vbaprocess"

Asked = Disenroll | Reenroll


class Check(Protocol):
    """Returns what a body requests for a group. Raises Refused."""

    def __call__(self, group_id: str, body: Body, *, user_is_valid: bool) -> Asked:
        """``user_is_valid``: user_ID is an active user who may run processes there."""


@dataclass(frozen=True)
class ProcessKind:
    """A kind of process: its type, the fields of its body, its checks and its title."""

    process_type: str
    fields: Sequence[BodyField]
    check: Check
    title: str


DISENROLL = ProcessKind(runners.DISENROLL, fields.DISENROLL, check_disenroll, "Disenroll")
REENROLL = ProcessKind(runners.REENROLL, fields.REENROLL, check_reenroll, "Reenroll")


@dataclass(frozen=True)
class ProcessRequest:
    """A checked request, ready to be previewed or started."""

    kind: ProcessKind
    asked: Asked
    body: Body

    def preview(self) -> ProcessOutcome:
        """Return what the process would do; nothing is written."""
        with transaction.atomic(using=databases.chosen()):
            if isinstance(self.asked, Disenroll):
                outcome = disenroll.preview(self.asked)
            else:
                outcome = runners.reenroll_by(self.asked).preview(self.asked)
            transaction.set_rollback(True, using=databases.chosen())
        return outcome

    def start(self) -> VBAProcess:
        """Start the process and return its VBAProcess row. Raises Refused if another is unfinished."""
        try:
            return starting.start(
                kind=self.kind.process_type,
                group_id=self.asked.group_id,
                user=self.asked.user,
                description=f"{self.kind.title} group '{self.asked.group_id}', {self.asked.day.isoformat()}",
                arguments=msgspec.to_builtins(self.asked),
                parameters=fields.parameters(self.kind.fields, self.body),
            )
        except starting.Unfinished as error:
            text = f"Process {error.process_key} of group '{self.asked.group_id}' is unfinished."
            raise Refused(409, Problem(None, text)) from None


def read_request(
    kind: ProcessKind, group_id: str, given: Mapping[str, object], *, user: str | None = None
) -> ProcessRequest:
    """Check a request for a group of the chosen database; ``given`` is a body of JSON values.

    ``user`` is the user who asks, if the caller knows; else it is the body's user_ID, which has at most 20
    characters. Raises Refused, before anything is written.
    """
    body = fields.read(kind.fields, given)
    if user is not None:
        body = body.in_name_of(user)
    user_is_valid = bool(body["user_ID"]) and may(body["user_ID"], RIGHT, databases.chosen())
    return ProcessRequest(kind, kind.check(group_id, body, user_is_valid=user_is_valid), body)
