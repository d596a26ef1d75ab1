"""disenroll_group and reenroll_group for G1, run to their end as from a shell."""

import io

from django.core.management import CommandError, call_command

from tables.context import databases

R = ("--disenroll-date", "2024-06-30", "--reason", "1", "--group-disenroll", "--user", "u1")


def command(name, *options, code=0):
    """Run a command to its end and return what it printed."""
    out = io.StringIO()
    try:
        call_command(name, "G1", *options, "--database", "VBA_Demo", stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        ended, said = end.code, out.getvalue()
    except CommandError as refused:
        ended, said = refused.returncode, str(refused)
    else:
        ended, said = 0, out.getvalue()
    assert ended == code, said
    databases.choose("VBA_Demo")
    return said
