"""Dumps that fail: nothing half-written is left, what was there stays, and the reason is told."""

import os
import re
import resource
import signal
import stat
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from groups.models import Group
from tables.context import databases
from tables.schema.registry import table_names
from tests.files.commands import end, refusal, start, waiting_backend
from tests.files.rows import make
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(autouse=True)
def demo():
    """Three groups in VBA_Demo, which is chosen."""
    with databases.using("VBA_Demo"):
        for key in ("A", "B", "C"):
            make(Group, group_id=key)
        yield


def many_large_groups():
    """More rows than fit into the buffers between PostgreSQL and a file."""
    names = [
        field.column for field in Group._meta.concrete_fields if field.column not in ("group_id", "notes")
    ]
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO groups (group_id, notes, {', '.join(names)})"
            f" SELECT 'L' || n, repeat('x', 5000), {', '.join(names)}"
            " FROM groups, generate_series(1, 2000) AS n WHERE group_id = 'A'"
        )


# --- what cannot be dumped, or not there ---


def test_an_unknown_table_is_reported_with_the_existing_ones(tmp_path):
    text = refusal("subgroups", tmp_path / "x.csv", "--database", "VBA_Demo")
    assert text == f"There is no table 'subgroups'. Choose one of: {', '.join(table_names())}."


def test_an_unknown_database_is_reported_with_the_existing_ones(tmp_path):
    text = refusal("groups", tmp_path / "x.csv", "--database", "VBA_Nowhere")
    assert text == "There is no target database 'VBA_Nowhere'. Choose one of: VBA_Demo, VBA_Acme."
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["groups", "groups.txt", "groups.gz", "csv"])
def test_a_name_that_says_no_format_is_refused(tmp_path, name):
    text = refusal("groups", tmp_path / name, "--database", "VBA_Demo")
    assert text.endswith("(.csv, .tsv, .json, .ndjson, .xlsx, also with .gz). State it with --format.")
    assert [*tmp_path.iterdir()] == []


def test_a_workbook_is_not_packed_again(tmp_path):
    assert "already compressed" in refusal("groups", tmp_path / "g.xlsx.gz", "--database", "VBA_Demo")


@pytest.mark.parametrize("delimiter", ["", ",,", "x", "_", '"', "\n", "é", "\\"])
def test_a_delimiter_that_cannot_be_one_is_refused(tmp_path, delimiter):
    arguments = ("groups", tmp_path / "g.csv", "--database", "VBA_Demo", f"--delimiter={delimiter}")
    assert "The delimiter must be one punctuation mark, or tab." in refusal(*arguments)
    assert [*tmp_path.iterdir()] == []


def test_only_csv_has_a_delimiter(tmp_path):
    arguments = ("groups", tmp_path / "g.tsv", "--database", "VBA_Demo", "--delimiter=;")
    assert "--delimiter works only with csv." in refusal(*arguments)


@pytest.mark.parametrize("key", ["name=A", "nothing=A", "group_ID", "=A"])
def test_what_is_no_part_of_the_key_is_refused(tmp_path, key):
    text = refusal("groups", tmp_path / "g.csv", "--database", "VBA_Demo", "--key", key)
    assert "group_ID" in text
    assert [*tmp_path.iterdir()] == []


def test_a_missing_table_is_reported(tmp_path):
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("ALTER TABLE groups RENAME COLUMN city TO city_gone")
    try:
        text = refusal("groups", tmp_path / "g.csv", "--database", "VBA_Demo")
    finally:
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("ALTER TABLE groups RENAME COLUMN city_gone TO city")
    assert "Migrate it first" in text
    assert [*tmp_path.iterdir()] == []


# --- where it cannot be written ---


def test_a_file_that_is_there_is_kept_unless_it_is_to_be_overwritten(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("last year's")
    path.chmod(0o644)
    text = refusal("groups", path, "--database", "VBA_Demo")
    assert text == f"{path}: The file already exists. Replace it with --overwrite."
    assert path.read_text() == "last year's"
    call_command("dump_table", "groups", str(path), "--database", "VBA_Demo", "--overwrite")
    assert len(path.read_text().splitlines()) == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path):
    (tmp_path / "today").mkdir()
    link = tmp_path / "g.csv"
    link.symlink_to(tmp_path / "today" / "groups.csv")
    call_command("dump_table", "groups", str(link), "--database", "VBA_Demo")
    assert link.is_symlink()
    assert len((tmp_path / "today" / "groups.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere/g.csv", "The file cannot be written: No such file or directory."),
        ("folder.csv", "This is a folder."),
        ("file/g.csv", "The file cannot be written: Not a directory."),
    ],
)
def test_a_place_where_nothing_can_be_written_is_reported(tmp_path, name, reason):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    path = tmp_path / name
    for options in ([], ["--overwrite"]):
        assert refusal("groups", path, "--database", "VBA_Demo", *options) == f"{path}: {reason}"


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    many_large_groups()

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))

    path = tmp_path / "g.csv"
    process = start("dump_table", "groups", path, "--database", "VBA_Demo", preexec_fn=small_files)
    assert end(process) == (2, f"CommandError: {path}: The file cannot be written: File too large.\n")
    assert [*tmp_path.iterdir()] == []


def test_a_reader_that_goes_away_is_reported():
    many_large_groups()
    process = start("dump_table", "groups", "-", "--database", "VBA_Demo")
    process.stdout.read(10)
    process.stdout.close()
    assert (
        process.stderr.read().decode().endswith("standard output: The file cannot be written: Broken pipe.\n")
    )
    assert process.wait(60) == 2


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    path = tmp_path / "g.csv"
    os.mkfifo(path)
    read = []
    reader = Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    call_command("dump_table", "groups", str(path), "--database", "VBA_Demo")
    reader.join(60)
    assert len(read[0].splitlines()) == 4
    assert stat.S_ISFIFO(path.stat().st_mode)


# --- in the middle of it ---


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_what_was_there(tmp_path, sign):
    path = tmp_path / "g.csv"
    path.write_text("last year's")
    with transaction.atomic(using="VBA_Demo"):
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("LOCK groups")
        process = start("dump_table", "groups", path, "--database", "VBA_Demo", "--overwrite")
        waiting_backend()
        (part,) = {*tmp_path.iterdir()} - {path}
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        process.send_signal(sign)
        assert end(process) == (130, "CommandError: Stopped: nothing was written.\n")
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_text() == "last year's"


def is_pending(process, number):
    """Return whether a signal was sent to a process that has not taken it yet (proc_pid_status(5))."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    pending = re.findall(r"^(?:SigPnd|ShdPnd):\s+([0-9a-f]+)$", status, re.MULTILINE)
    assert len(pending) == 2, status
    return any(int(mask, 16) >> (number - 1) & 1 for mask in pending)


def test_stopped_while_rows_stream_it_ends_at_once(tmp_path):
    many_large_groups()
    path = tmp_path / "g.csv"
    os.mkfifo(path)
    process = start("dump_table", "groups", path, "--database", "VBA_Demo")
    with path.open("rb") as pipe:
        pipe.read(10)
        process.send_signal(signal.SIGINT)
        wait_until(lambda: not is_pending(process, signal.SIGINT), what="the signal")
        pipe.read()
    assert end(process) == (130, "CommandError: Stopped: nothing was written.\n")


def test_a_database_that_goes_away_leaves_nothing_behind(tmp_path):
    with transaction.atomic(using="VBA_Demo"):
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("LOCK groups")
        process = start("dump_table", "groups", tmp_path / "g.csv", "--database", "VBA_Demo")
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [waiting_backend()])
        code, said = end(process)
    assert (code, said) == (2, "CommandError: The database connection failed: nothing was written.\n")
    assert [*tmp_path.iterdir()] == []
