"""``manage.py disenroll_group``: end the cover of a group or a division, as the REST operation does."""

from enrollment.management.process_command import ProcessCommand
from enrollment.process_requests import process_request


class Command(ProcessCommand):
    kind = process_request.DISENROLL
    help = (
        "Starts the process that ends a group's cover, waits for its end and prints its log; where no worker"
        " runs, it is run here. --preview prints what would change. Exit code 0: completed, 1: with warnings,"
        " 2: refused, failed or cancelled. Example: disenroll_group G1 --database VBA_Demo"
        " --disenroll-date 2027-06-30 --reason 1 --group-disenroll --user admin"
    )
