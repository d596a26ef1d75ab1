"""The real ``manage.py run``: started, stopped and killed in every way, and what is left afterwards."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.api.doors import basic
from tests.ports import free_port
from tests.waiting import wait_until
from vbaadmin import embedded, run_settings

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Cedar-Lantern-58"
RUN = [sys.executable, str(ROOT / "manage.py"), "run"]


class Copy:
    """One copy of vbaadmin: a data folder and a port, started and stopped at will."""

    def __init__(self, data: Path, **told: str) -> None:
        self.data, self.told = data, told
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    def start(self, command: list[str] = RUN) -> str:
        """Start it and return what it printed until it was ready; fail if it ended instead."""
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment(self.data, self.port), **self.told},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        printed = ""
        for line in self.process.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                return printed
        pytest.fail(f"It did not start:\n{printed}")

    def stop(self) -> str:
        """Do what Ctrl-C in a terminal does, and return what was still printed."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.communicate(timeout=60)[0]

    def processes(self) -> list[int]:
        """Return the ids of all processes that belong to this copy."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                inside = (entry / "cwd").readlink().is_relative_to(self.data)
                named = os.fsencode(self.data) in (entry / "environ").read_bytes()
            except OSError:
                continue
            # Not the tests themselves: their folder is another.
            if inside or named:
                found.append(int(entry.name))
        return found

    def assert_gone(self, seconds: float = 60) -> None:
        """Fail unless all processes are gone within ``seconds``."""
        wait_until(lambda: not self.processes(), seconds, lambda: f"the end of {self.processes()}")

    def kill(self, *spared: int) -> None:
        """Kill all processes but those of ``spared``."""
        for process in self.processes():
            if process not in spared:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def answers(self) -> bool:
        """Return whether the web server and all databases answer."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=60) as answer:
            return answer.status == 200

    def connect(self, database: str = "vbaadmin") -> psycopg.Connection:
        """Connect to one of its databases."""
        return psycopg.connect(embedded.database_url(self.data, database), autocommit=True)


def environment(data: Path, port: int) -> dict[str, str]:
    """Return our environment without the test's own databases."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VBA_", "DATABASE_"))}
    return {**kept, "VBA_DATA_DIR": str(data), "PORT": str(port)}


def refusal(data: Path, port: int) -> str:
    """Return what ``run`` says when it refuses to start."""
    done = subprocess.run(
        RUN, cwd=ROOT, env=environment(data, port), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    return done.stderr


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder after its first start, and what that printed."""
    copy = Copy(tmp_path_factory.mktemp("run") / "data")
    printed = copy.start()
    copy.stop()
    copy.assert_gone()
    return copy.data, printed


@pytest.fixture
def copy(first_start: tuple[Path, str]) -> Iterator[Copy]:
    """A copy that was started before; whatever a test leaves of it is killed."""
    copy = Copy(first_start[0])
    yield copy
    copy.kill()


def test_the_first_start_shows_a_working_password(first_start: tuple[Path, str], copy: Copy) -> None:
    password = re.search(r"Sign in as admin with the password (\S+)", first_start[1])[1]
    check = (
        "from django.contrib.auth.models import User;"
        " user = User.objects.get(username='admin'); print(user if user.check_password('{}') else None)"
    )
    copy.start()
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", check.format(password)],
        cwd=ROOT,
        env=environment(copy.data, copy.port),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "admin"


def test_the_first_start_says_in_which_zone_pages_show_times(first_start: tuple[Path, str]) -> None:
    assert "Pages show times in UTC; VBA_BUSINESS_ZONE sets another" in first_start[1]


def test_the_first_start_loads_examples_and_later_starts_leave_them_alone(copy: Copy) -> None:
    copy.start()
    with copy.connect("VBA_Demo") as demo:
        assert demo.execute("SELECT count(*) FROM groupplanyear").fetchone()[0] > 0
        assert demo.execute("SELECT count(*) FROM subenrollment WHERE end_date IS NULL").fetchone()[0] > 1000
        demo.execute("DELETE FROM groupplanyear")
    copy.stop()
    printed = copy.start()
    assert "password" not in printed.replace("Lost password?", "").replace("changepassword", "")
    with copy.connect("VBA_Demo") as demo:
        assert demo.execute("SELECT count(*) FROM groupplanyear").fetchone()[0] == 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_all_processes_stops_them_in_seconds(copy: Copy, sign: signal.Signals) -> None:
    copy.start()
    assert copy.answers()
    os.killpg(copy.process.pid, sign)
    assert copy.process.wait(timeout=60) == 0
    copy.assert_gone()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_alone_stops_all_processes(copy: Copy, tmp_path: Path, sign: signal.Signals) -> None:
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {' '.join(RUN)} --with-parent\n")
    copy.start(["make", "-f", str(tmp_path / "Makefile"), "run"])
    os.kill(copy.process.pid, sign)
    copy.process.wait(timeout=60)
    copy.assert_gone()


def test_a_start_recovers_after_everything_was_killed(copy: Copy) -> None:
    copy.start()
    with copy.connect() as control:
        control.execute("CREATE TABLE survivor AS SELECT 1 AS one")
    copy.kill()
    copy.start()
    assert copy.answers()
    with copy.connect() as control:
        assert control.execute("SELECT one FROM survivor").fetchone() == (1,)
        control.execute("DROP TABLE survivor")


def test_killing_the_supervisor_ends_the_rest(copy: Copy) -> None:
    copy.start()
    copy.process.kill()
    copy.assert_gone()


def test_a_server_process_that_outlives_a_kill_does_not_block_the_next_start(copy: Copy) -> None:
    copy.start()
    busy = copy.connect()
    # It only computes, so it does not notice that its server has ended.
    busy.pgconn.send_query(b"DO 'BEGIN LOOP END LOOP; END'")
    backend = busy.info.backend_pid
    with copy.connect() as control:
        working = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
        wait_until(lambda: control.execute(working, [backend]).fetchone()[0], what="the work")
    # Kill the server first, so that it cannot end its own processes.
    os.kill(int((copy.data / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    copy.kill(backend)
    assert backend in copy.processes()
    copy.start()
    busy.close()
    assert backend not in copy.processes()
    assert copy.answers()


def test_a_second_start_on_the_same_data_is_refused_and_harms_nothing(copy: Copy) -> None:
    copy.start()
    assert f"in use by process {copy.process.pid}" in refusal(copy.data, free_port())
    assert copy.answers()


def test_an_occupied_port_is_named(copy: Copy, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", copy.port))
        other.listen()
        message = refusal(copy.data, copy.port)
    assert f"Port {copy.port}" in message
    assert "PORT" in message


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Copy]:
    """A copy that was never started, whose admin's password is told by the environment."""
    copy = Copy(tmp_path / "other", VBA_ADMIN_PASSWORD=PASSWORD)
    yield copy
    copy.kill()


def test_two_copies_run_side_by_side_and_one_runs_a_process_for_the_admin(copy: Copy, other: Copy) -> None:
    copy.start()
    printed = other.start()
    assert copy.answers()
    assert other.answers()
    assert PASSWORD not in printed
    assert "with the password" not in printed
    program = Program(other)
    asked = {
        "user_ID": "admin",
        "group_ID": "WLK100",
        "disenroll_Date": "2026-12-31",
        "reason_ID": 1,
        "disenrollFamily": 1,
        "disenrollFuture": 2,
        "terminateAuth": False,
        "groupDisenroll": True,
    }
    key = program.call("POST", "groups/WLK100/disenroll", asked)["vbaProcess_Key"]
    assert key == 1  # The other copy has its own data.
    process = f"vbaprocesses/{key}/types/GROUPDISENROLL"
    wait_until(lambda: program.call("GET", process)["process_End"], 120, "the end of the process")
    assert program.call("GET", process)["process_Result"] == "COMPLETED"
    assert program.call("GET", "groups/WLK100")["disenroll_Date"] == "2026-12-31T00:00:00Z"
    other.stop()
    assert copy.answers()
    with copy.connect("VBA_Demo") as demo:
        assert demo.execute("SELECT count(*) FROM vbaprocess").fetchone()[0] == 0


class Program:
    """A program that the admin of a copy has signed in."""

    def __init__(self, copy: Copy) -> None:
        self.base = f"http://127.0.0.1:{copy.port}/vbasoftware"
        made = subprocess.run(
            [sys.executable, "manage.py", "create_api_key", "Trial", "--database", "VBA_Demo"],
            cwd=ROOT,
            env=environment(copy.data, copy.port),
            capture_output=True,
            text=True,
            check=True,
        )
        self.headers = {
            "x-api-key": made.stdout.strip(),
            "vbasoftware-database": "VBA_Demo",
            "Authorization": basic("admin", PASSWORD),
        }
        tokens = self.call("POST", "user-authentication")["authenticationResult"]
        self.headers["Authorization"] = f"Bearer {tokens['idToken']}"

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the data of an answer."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/{path}", content, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]


def test_a_web_server_that_ends_by_itself_stops_the_rest_with_a_reason(copy: Copy) -> None:
    copy.start()
    web = next(each for each in children_of(copy.process.pid) if b"gunicorn" in command_line(each))
    os.kill(web, signal.SIGKILL)
    assert copy.process.wait(timeout=60) == 1
    assert "web server exited unexpectedly" in copy.process.stdout.read()
    copy.assert_gone()


def test_a_command_without_the_server_says_how_to_start_it(copy: Copy) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "changepassword", "admin"],
        cwd=ROOT,
        env=environment(copy.data, copy.port),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def children_of(parent: int) -> list[int]:
    """Return the ids of the processes that ``parent`` started."""
    return [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def command_line(process: int) -> bytes:
    """Return the command of a process."""
    return Path(f"/proc/{process}/cmdline").read_bytes()


# --- other commands have the settings of run ---

TOLD = {
    "VBA_DATABASES": "VBA_Demo,VBA_Other",
    "VBA_BUSINESS_ZONE": "America/Chicago",
    "VBA_ADMIN_PASSWORD": PASSWORD,
}


def beside(copy: Copy, **own: str) -> list[str]:
    """Return the databases and the zone in the settings of another command of the copy."""
    told = "from django.conf import settings as s; print(*s.VBA_DATABASES, s.BUSINESS_ZONE)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", told],
        cwd=ROOT,
        env={**environment(copy.data, copy.port), **own},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_other_commands_have_the_settings_of_run_while_it_runs(first_start: tuple[Path, str]) -> None:
    copy = Copy(first_start[0], **TOLD)
    kept = copy.data / "run-settings.json"
    try:
        assert "Pages show times in America/Chicago;" in copy.start()
        assert beside(copy) == ["VBA_Demo", "VBA_Other", "America/Chicago"]
        done = subprocess.run(
            [
                sys.executable,
                "manage.py",
                "load_table",
                "groups",
                "-",
                "--format",
                "csv",
                "--database",
                "VBA_Other",
            ],
            cwd=ROOT,
            env=environment(copy.data, copy.port),
            input="Group_ID\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.split(":")[0]) == (0, "0 rows"), done.stderr
        assert kept.stat().st_mode & 0o777 == 0o600
        assert PASSWORD not in kept.read_text()
        assert beside(copy, VBA_DATABASES="VBA_Mine") == ["VBA_Mine", "America/Chicago"]
        elsewhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
        assert beside(copy, **elsewhere) == ["VBA_Demo", "UTC"]
        copy.stop()
        assert beside(copy) == ["VBA_Demo", "UTC"]
        assert kept.read_text() == ""
        copy.start()
        copy.kill()
        assert beside(copy) == ["VBA_Demo", "UTC"]
        # The settings of a killed run no longer apply. The next start has its own.
        copy.told = {}
        copy.start()
        assert beside(copy) == ["VBA_Demo", "UTC"]
    finally:
        copy.kill()


def test_two_copies_that_share_a_folder_and_a_server_leave_the_first_its_settings(tmp_path: Path) -> None:
    with run_settings.kept({"VBA_DATABASES": "VBA_First"}, tmp_path) as ours:
        assert ours
        with run_settings.kept({"VBA_DATABASES": "VBA_Second"}, tmp_path) as second:
            assert not second
        found = {"VBA_DATA_DIR": str(tmp_path)}
        run_settings.take_over(found)
        assert found["VBA_DATABASES"] == "VBA_First"
