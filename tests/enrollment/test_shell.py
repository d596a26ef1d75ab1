"""disenroll_group and reenroll_group: the same checks and the same rows as by REST, from a shell."""

import contextlib
import os
import subprocess
import sys
import termios

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from processes.models import VBAProcess
from tables.context import databases
from tests.enrollment import world
from tests.enrollment.conftest import BASE
from tests.enrollment.shell import R, command
from tests.locks import Other, waits_for
from tests.waiting import wait_until
from tests.work.workers import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


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
    assert "Total changes: 2 enrollments, 3 plans" in told
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


def typed(name, *options):
    """Parse a command as it is typed in a shell; return what the shell is told."""
    parser = load_command_class("enrollment", name).create_parser("manage.py", name)
    with pytest.raises(CommandError) as error:
        parser.parse_args([*options, "--database", "VBA_Demo"])
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("disenroll_group", ("--group", "G1", *R[:-3]), "unrecognized arguments: --group"),
        ("reenroll_group", ("--group", "G1"), "unrecognized arguments: --group"),
        ("disenroll_group", ("G1", *R, "--prev"), "unrecognized arguments: --prev"),
        ("disenroll_group", ("G1", *R, "--previw"), "unrecognized arguments: --previw"),
        ("disenroll_group", ("G1", *R, "--preview=yes"), "ignored explicit argument 'yes'"),
        ("disenroll_group", ("G1", *R, "--division", ""), "argument --division: a value is required"),
        ("disenroll_group", ("G1", *R, "--division="), "argument --division: a value is required"),
        ("reenroll_group", ("G1", "--subscriber-id", " "), "argument --subscriber-id: a value is required"),
    ],
)
def test_an_option_that_is_mistyped_or_empty_runs_nothing(name, options, said):
    assert said in typed(name, *options)


def test_no_command_of_ours_takes_half_an_option():
    ours = {name: app for name, app in get_commands().items() if (ROOT / app.replace(".", "/")).is_dir()}
    assert {"disenroll_group", "load_table", "run", "create_api_key", "prune_history"} <= ours.keys()
    for name, app in ours.items():
        assert not load_command_class(app, name).create_parser("manage.py", name).allow_abbrev, name


def test_plans_named_by_option_after_option_all_go_on(asking):
    parser = load_command_class("enrollment", "reenroll_group").create_parser("manage.py", "reenroll_group")
    plans = ("--cobra-plan-criterias", "MED", "--cobra-plan-criterias", "DEN")
    assert parser.parse_args(["G1", *plans, "--database", "VBA_Demo"]).cobraplancriterias == ["MED", "DEN"]


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


def test_a_preview_of_a_reenroll_writes_nothing(asking):
    command("disenroll_group", *R)
    before = world.everything()
    told = command(
        "reenroll_group", "--group-reenroll", "--reset-group-disenroll", "--user", "u1", "--preview"
    )
    assert "Division 'A': 1 enrollment, 2 plans" in told
    assert "Total changes: 2 enrollments, 3 plans, 3 members, 2 subscribers, 3 divisions, 1 group." in told
    assert world.everything() == before
    assert VBAProcess.objects.count() == 1


@pytest.fixture
def shell(worker):
    """A shell on a terminal, in which commands run by themselves; ``shown`` is what the terminal shows."""
    # What no worker takes within seconds a command runs itself, without a bar: one must be there by then.
    wait_until(lambda: "The worker is ready." in worker.printed(), what="a worker that is ready")
    started = []

    class Shell:
        def __init__(self, *arguments):
            self.terminal, stream = os.openpty()
            termios.tcsetwinsize(stream, (24, 160))
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), *arguments, "--database", "VBA_Demo"],
                cwd=ROOT,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            )
            os.close(stream)
            os.set_blocking(self.terminal, False)
            self.seen = ""
            started.append(self)

        def shown(self):
            with contextlib.suppress(OSError):  # nothing new, or the command has ended
                self.seen += os.read(self.terminal, 100_000).decode()
            return self.seen

        def end(self):
            out = self.process.communicate(timeout=60)[0]
            return self.process.returncode, out.splitlines()

    yield Shell
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
        os.close(each.terminal)


def test_beside_a_worker_the_command_waits_with_a_bar_and_tells_the_log(f, shell):
    with Other() as other:
        other.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR UPDATE")
        running = shell("disenroll_group", "G1", *R)
        waits_for(other)
        bar = wait_until(lambda: "/8 " in running.shown() and running.seen)
        assert "Waiting for file loads and locking the families" in bar
        other.let_go()
    code, lines = running.end()
    assert (code, lines[0].split()[0], lines[-1]) == (0, "START", "COMPLETED")
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}


def test_a_canceled_process_is_exit_code_2(f, shell):
    before = world.everything()
    with Other() as other:
        other.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR UPDATE")
        running = shell("disenroll_group", "G1", *R)
        waits_for(other)
        key = VBAProcess.objects.get().vbaprocess_key
        answer = f.client.put(
            f"{BASE}/vbaprocesses/{key}/types/GROUPDISENROLL",
            {"process_Result": "CANCELLED", "vbaProcess_Key": key, "vbaProcess_Type": "GROUPDISENROLL"},
            content_type="application/json",
            headers=f.headers,
        )
        assert answer.status_code == 200, answer.content
        databases.choose("VBA_Demo")
        code, lines = running.end()
    assert (code, lines[-1]) == (2, "CANCELLED")
    assert world.everything() == before


def test_a_failed_process_is_exit_code_2(asking, breaking):
    before = world.everything()
    breaking.come("P0001")
    lines = command("disenroll_group", *R, code=2).splitlines()
    assert (lines[-2].split()[0], lines[-1]) == ("ERROR", "FAILED")
    assert world.everything() == before
