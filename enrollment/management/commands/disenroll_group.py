"""``manage.py disenroll_group``: end the coverage of a group or division, as the REST operation does."""

from enrollment.management.process_command import ProcessCommand
from enrollment.process_requests import process_request


class Command(ProcessCommand):
    kind = process_request.DISENROLL
    help = (
        "Ends the coverage of a group or a division. Starts the process, waits until it ends and prints its"
        " log. If no worker takes the process, the command runs it. --preview prints what would change. Exit"
        " code 0: completed, 1: with warnings, 2: refused, failed or canceled. Example: disenroll_group G1"
        " --database VBA_Demo --disenroll-date 2027-06-30 --reason 1 --group-disenroll --user admin"
    )
