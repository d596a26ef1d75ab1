"""disenroll_group and reenroll_group: the same checks and the same rows as by REST, from a shell."""

import io

import pytest
from django.core.management import CommandError, call_command

from processes.models import VBAProcess
from tests.enrollment import world
from vbaadmin import databases

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
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


def test_a_group_is_disenrolled_and_brought_back_without_a_worker(asking):
    before = world.everything()
    told = command("disenroll_group", *R)
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
    assert told.splitlines()[0].startswith("START ")
    assert told.splitlines()[-1] == "COMPLETED"
    assert VBAProcess.objects.get().process_user == "u1"
    command("reenroll_group", "--group-reenroll", "--reset-group-disenroll", "--user", "u1")
    assert world.everything() == before


def test_a_preview_writes_nothing(asking):
    before = world.everything()
    told = command("disenroll_group", *R, "--preview")
    assert "In all: 2 enrollments, 3 plans" in told
    assert world.everything() == before
    assert not VBAProcess.objects.exists()


def test_warnings_are_exit_code_1(asking):
    command("disenroll_group", *R, "--division", "A", code=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--reason", "99"), "reason_ID is not valid: '99'."),
        (("--disenroll-date", "soon"), "disenroll_Date is not valid: 'soon'."),
        (("--user", "nobody"), "user_ID is not valid: 'nobody'."),
    ],
)
def test_a_refusal_is_exit_code_2_and_says_why(asking, options, said):
    assert command("disenroll_group", *R, *options, code=2) == said
    assert not VBAProcess.objects.exists()


def test_cobra_from_the_shell(asking):
    command("disenroll_group", *R[:-3], "--user", "u1", "--division", "A")
    told = command(
        "reenroll_group",
        *("--user", "u1", "--subscriber-id", "S1", "--reenroll-family", "4", "--member-seq-criterias", "01"),
        *("--reenroll-cobra", "--disenroll-date", "2024-06-30", "--cobra-division", "C"),
        *("--cobra-reason", "2", "--cobra-plan-criterias", "MED:1"),
    )
    assert told.splitlines()[-1] == "COMPLETED"
    assert world.spans()["S1/C"] == "07-01..2025-12-31"
