"""Loads that are cut off in the middle: what is said, how they end, and that nothing is half-loaded."""

import gzip
import json
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections, transaction

from planyears.models import GroupPlanYear
from tables.context import databases
from tests.files.commands import end, start, waiting_backend
from tests.files.loads import FLAGS, KEY, NO, make_divisions, stored
from tests.locks import Other, waits_for
from tests.unit.workbooks import workbook_of

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases="__all__", transaction=True)]

HEADER = ",".join((*KEY, *FLAGS))


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with a division to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A")
        yield


def write(path, rows, first=0):
    """Write a csv file of plan years."""
    lines = (",".join(("G1", "A", str(n), *NO)) for n in range(first, first + rows))
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


@contextmanager
def table_held():
    """Hold the table, so that a load gets no further than its first row."""
    with transaction.atomic(using="VBA_Demo"):
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("LOCK TABLE groupplanyear IN EXCLUSIVE MODE")
        yield


def begin(path):
    """Start loading a file."""
    return start("load_table", "plan-years", path, "--database", "VBA_Demo")


def load_again(path, rows):
    """Load the file whose load was cut off: nothing of it holds anybody up."""
    code, said = end(begin(path))
    assert (code, len(stored())) == (0, rows), said


def test_the_database_goes_away(tmp_path):
    path = write(tmp_path / "p.csv", 500)
    with table_held():
        load = begin(path)
        pid = waiting_backend()
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        code, said = end(load)
    assert code == 2
    assert "nothing was stored" in said
    assert "Traceback" not in said
    assert stored() == {}
    load_again(path, 500)


@pytest.mark.parametrize("sent", ["csv", "ndjson", "xlsx", "standard input"])
def test_a_deadlock_starts_the_load_anew_from_the_first_line(tmp_path, sent):
    rows = [dict(zip((*KEY, *FLAGS), ("G1", "A", str(n), *NO), strict=True)) for n in range(2)]
    path = tmp_path / f"p.{sent if sent != 'standard input' else 'csv'}"
    if sent == "ndjson":
        flags = dict.fromkeys(FLAGS, False)
        path.write_text("".join(json.dumps({**row, **flags, "plan_Type": "N"}) + "\n" for row in rows))
    else:
        table = [[*rows[0], "plan_Type"], *([*row.values(), "N"] for row in rows)]
        if sent == "xlsx":
            path.write_bytes(workbook_of(*table).getvalue())
        else:
            path.write_text("".join(",".join(line) + "\n" for line in table))
    load_again(write(tmp_path / "before.csv", 2), 2)
    update = "UPDATE groupplanyear SET plan_type = 'O' WHERE plan_year = '{}'"
    with Other() as other:
        # The load is to be ended by the deadlock, not the other.
        other.hold("SET LOCAL deadlock_timeout = '1min'")
        other.hold(update.format(1))
        named = "-" if sent == "standard input" else path
        with path.open() as text:
            load = start("load_table", "plan-years", named, "--database", "VBA_Demo", stdin=text)
            waits_for(other)
            other.hold(update.format(0))
            other.let_go()
            code, said = end(load)
    assert code == 0, said
    with databases.using("VBA_Demo"):
        assert set(GroupPlanYear.objects.values_list("plan_type", flat=True)) == {"N"}


def test_the_loading_process_is_killed(tmp_path):
    path = write(tmp_path / "p.csv", 500)
    with table_held():
        load = begin(path)
        waiting_backend()
        load.kill()
        assert end(load)[0] == -signal.SIGKILL
    assert stored() == {}
    load_again(path, 500)


def test_ctrl_c_in_the_middle(tmp_path):
    path = write(tmp_path / "p.csv", 500)
    with table_held():
        load = begin(path)
        waiting_backend()
        load.send_signal(signal.SIGINT)
        code, said = end(load)
    assert code == 130
    assert said.strip().endswith("Stopped: nothing was stored.")
    assert stored() == {}


@pytest.mark.parametrize("happening", ["written to", "replaced", "removed"])
def test_the_file_changes_while_it_is_read(tmp_path, happening):
    path = write(tmp_path / "p.csv", 500)
    with table_held():
        load = begin(path)
        waiting_backend()
        if happening == "written to":
            with path.open("a") as file:
                file.write(",".join(("G1", "A", "late", *NO)) + "\n")
        elif happening == "replaced":
            write(tmp_path / "new.csv", 500, first=1000).replace(path)
        else:
            path.unlink()
    code, said = end(load)
    assert code == 2
    change = "was removed" if happening == "removed" else "changed"
    assert f"The file {change} while it was being read" in said
    assert stored() == {}


def test_standard_input_is_cut_off_in_the_middle_of_a_value():
    load = start("load_table", "plan-years", "-", "--database", "VBA_Demo", stdin=subprocess.PIPE)
    out, said = load.communicate(f'{HEADER}\nG1,A,1,{",".join(NO)}\nG1,A,"2'.encode(), timeout=120)
    assert (load.returncode, out) == (2, b"")
    assert b"the quotation mark of a value is never closed" in said
    assert stored() == {}


# --- memory ---


def peak(path):
    """Load a file by a process of its own, and return the most memory it had, in MB."""
    load = start("load_table", "plan-years", path, "--database", "VBA_Demo")
    status, most = Path(f"/proc/{load.pid}/status"), 0
    while load.poll() is None:
        # The kernel's own high-water mark; that of getrusage has the test's in it, which started the process.
        marks = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        most = max([most, *map(int, marks)])
        time.sleep(0.02)
    assert end(load)[0] == 0
    assert most, "it had ended before anybody looked"
    return most // 1024


@pytest.mark.parametrize("kind", ["csv", "ndjson", "csv.gz"])
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path, kind):
    small, large = tmp_path / f"small.{kind}", tmp_path / f"large.{kind}"
    for path, rows in ((small, 10), (large, 400_000)):
        # The same ten plan years again and again: the file is large, what is stored is not.
        years = [(("G1", "A", str(n % 10), *NO)) for n in range(rows)]
        if kind == "ndjson":
            flags = dict.fromkeys(FLAGS, False)
            lines = [json.dumps({**dict(zip(KEY, year, strict=False)), **flags}) for year in years]
        else:
            lines = [HEADER, *(",".join(year) for year in years)]
        text = "\n".join(lines).encode() + b"\n"
        path.write_bytes(gzip.compress(text, 1) if kind.endswith("gz") else text)
    megabytes = peak(small), peak(large)
    assert GroupPlanYear.objects.count() == 10
    assert max(megabytes) <= 120
    assert megabytes[1] - megabytes[0] <= 40
