"""``manage.py reenroll_group``: bring ended coverage back, as the REST operation does."""

from enrollment.management.process_command import ProcessCommand
from enrollment.process_requests import process_request


class Command(ProcessCommand):
    kind = process_request.REENROLL
    help = (
        "Brings a group's coverage back: as it was, as new coverage (--start-date), or under COBRA"
        " (--reenroll-cobra). Starts the process, waits until it ends and prints its log. If no worker takes"
        " the process, the command runs it. --preview prints what would change. Exit code 0: completed, 1:"
        " with warnings, 2: refused, failed or canceled. Example: reenroll_group G1 --database VBA_Demo"
        " --group-reenroll --reset-group-disenroll --user admin"
    )
