"""What the commands disenroll_group and reenroll_group share: check, preview or start, wait, show the log."""

import argparse
import getpass
import re
import sys
import time
from typing import Any

from django.core.management import CommandError, CommandParser
from django.db import transaction

from enrollment.engine.outcome import ProcessOutcome
from enrollment.process_requests import process_request
from enrollment.process_requests.fields import BodyField, plans_of
from enrollment.process_requests.refusals import Refused
from processes import running
from processes.models import VBAProcess, VBAProcessLog
from processes.process_run import COMPLETED, COMPLETED_WITH_WARNINGS, QUEUED, ProcessRun
from tables.context import databases
from tables.context.actor import acting_as
from tables.files.progress import Progress
from tables.management.operating import ExactCommand
from tables.schema.column import Kind

# How often the command looks, and how long a process may stay queued before the command runs it.
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.5, 3.0
REFUSED = 2
# The defaults of options: end the whole family, and cancel enrollments that start later.
_DEFAULTS = {"disenrollFamily": "1", "disenrollFuture": "2"}


class ProcessCommand(ExactCommand):
    """A command that starts one kind of process with the fields of its body as options."""

    kind: process_request.ProcessKind

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("group", help="the group's ID")
        parser.add_argument("--database", required=True, help="the target database")
        parser.add_argument("--preview", action="store_true", help="print what would change; write nothing")
        for field in self.kind.fields:
            if field.name == "group_ID":
                continue
            _add_option(parser, field, self._in_options(field.help_text))

    def _in_options(self, text: str) -> str:
        """Return a help text with options in place of the names of fields."""
        for field in self.kind.fields:
            if field.name.lower() != field.name:
                text = re.sub(rf"\b{field.name}\b", _option(field), text)
        return text

    def handle(self, *args: object, group: str, database: str, preview: bool, **options: Any) -> None:
        body = {
            field.name: _given(field, options[_dest(field)])
            for field in self.kind.fields
            if field.name not in ("group_ID", "user_ID")
        }
        user = options["user_id"] or getpass.getuser()
        try:
            with databases.using(database), acting_as(user):
                asked = process_request.read_request(self.kind, group, {**body, "group_ID": group}, user=user)
                if preview:
                    self._tell_preview(asked.preview())
                    return
                process = asked.start()
                self.stderr.write(f"Process {process.vbaprocess_key} has started.")
                self._end(wait(database, process))
        except databases.UnknownDatabase as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        except Refused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None

    def _tell_preview(self, outcome: ProcessOutcome) -> None:
        for division, counts in outcome.divisions.items():
            self.stdout.write(f"Division '{division}': {counts.text()}")
        for warning in outcome.warnings:
            self.stdout.write(f"WARNING {warning.text}: {warning.count:,}")
        self.stdout.write(f"Total changes: {outcome.totals.text()}. Nothing was written.")

    def _end(self, process: VBAProcess) -> None:
        """Print the log and exit by the result: 0 completed, 1 with warnings, 2 failed or canceled."""
        lines = VBAProcessLog.objects.filter(vbaprocess_key=process.vbaprocess_key)
        for line in lines.order_by("vbaprocesslog_key"):
            self.stdout.write(f"{line.log_type} {line.log_message}")
        self.stdout.write(str(process.process_result))
        if process.process_result == COMPLETED:
            return
        sys.exit(1 if process.process_result == COMPLETED_WITH_WARNINGS else REFUSED)


def wait(database: str, process: VBAProcess) -> VBAProcess:
    """Wait until the process has ended, showing its progress; then return its row.

    If no worker takes the process, run it here, in the same way.
    """
    key = {"vbaprocess_key": process.vbaprocess_key, "vbaprocess_type": process.vbaprocess_type}
    progress, since = Progress(f"process {process.vbaprocess_key}", None, "steps"), time.monotonic()
    while True:
        run = ProcessRun.objects.get(**key)
        progress.update(run.done, run.progress_text, total=run.total or None)
        if run.ended_at is not None:
            progress.finish()
            return VBAProcess.objects.get(**key)
        waited = time.monotonic() - since > _PATIENCE_SECONDS
        if run.state == QUEUED and waited and not transaction.get_connection(database).in_atomic_block:
            running.run(database, process.vbaprocess_key, process.vbaprocess_type)
            continue
        time.sleep(_LOOK_SECONDS)


def _dest(field: BodyField) -> str:
    return field.name.lower()


def _option(field: BodyField) -> str:
    """Return a field's option: ``--disenroll-date`` of disenroll_Date."""
    named = {f"{name}_ID": name for name in ("user", "division", "reason")}
    text = named.get(field.name, field.name)
    broken = "".join(
        f"-{c.lower()}" if c.isupper() and p.islower() else c.lower()
        for p, c in zip(" " + text, text, strict=False)
    )
    return f"--{broken.replace('_', '-').replace('--', '-')}"


def _add_option(parser: CommandParser, field: BodyField, help_text: str) -> None:
    default = _DEFAULTS.get(field.name)
    needed = field.required and default is None and field.kind is not Kind.FLAG and field.name != "user_ID"
    text = f"{help_text}{' Required.' if needed else ''}"
    if field.kind is Kind.FLAG:
        parser.add_argument(
            _option(field), dest=_dest(field), action=argparse.BooleanOptionalAction, default=False, help=text
        )
    elif field.item:
        parser.add_argument(
            _option(field),
            dest=_dest(field),
            action="extend",
            nargs="+",
            type=_value,
            metavar="VALUE",
            help=text,
        )
    else:
        parser.add_argument(
            _option(field), dest=_dest(field), type=_value, metavar="VALUE", default=default, help=text
        )


def _value(text: str) -> str:
    """Return an option's value. Refuse an empty one: with no A, ``--division "$A"`` would mean everyone."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a value is required; leave the option out if there is none")
    return text


def _given(field: BodyField, value: Any) -> object:
    """Return an option's value as the body has it. A plan may have its tier after a colon (``MED:1``)."""
    if value is None:
        return None
    if field.item == "COBRAPlanCriteria":
        return plans_of(value)
    if field.kind is Kind.INTEGER:
        return int(value) if value.lstrip("-").isdigit() else value
    return value
