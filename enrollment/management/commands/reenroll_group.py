"""``manage.py reenroll_group``: bring ended cover back, as the REST operation does."""

from enrollment.management.process_command import ProcessCommand
from enrollment.process_requests import process_request


class Command(ProcessCommand):
    kind = process_request.REENROLL
    help = (
        "Starts the process that brings a group's cover back (as it was; anew with --start-date; under COBRA"
        " with --reenroll-cobra), waits for its end and prints its log; where no worker runs, it is run here."
        " --preview prints what would change. Exit code 0: completed, 1: with warnings, 2: refused, failed or"
        " cancelled. Example: reenroll_group G1 --database VBA_Demo --group-reenroll --reset-group-disenroll"
        " --user admin"
    )
