"""Opening files to load that are packed, or come through standard input and pipes."""

import gzip
import os
import random
import stat
import sys
import tempfile
import threading
import zipfile

import pytest

from tables.files.source import Format, open_source
from tests.unit.opened import CSV, HEADER, a_workbook, content_of, problem_with

# --- gzip ---


def test_gzip_is_unpacked_whatever_the_name_also_in_several_members_and_padded(file_of):
    packed = gzip.compress(HEADER, mtime=0) + gzip.compress(b"G1,Acme\n")
    assert content_of(file_of(packed, "clients.csv")) == CSV
    assert content_of(file_of(packed + bytes(1000), "clients.csv.gz")) == CSV


def test_a_name_that_promises_gzip_does_not_matter_either(file_of):
    assert content_of(file_of(CSV, "clients.csv.gz")) == CSV


# The same in each run: what damage does to it must not depend on chance.
BIG = HEADER + random.Random(7).randbytes(2_000_000).hex().encode()


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (gzip.compress(BIG, mtime=0)[:-4], "truncated"),
        (gzip.compress(BIG, mtime=0)[:1_500_000], "truncated"),
        (gzip.compress(CSV, mtime=0)[:12], "truncated"),
        (gzip.compress(CSV, mtime=0)[:-8] + bytes(8), "damaged"),
        (gzip.compress(BIG, mtime=0).replace(gzip.compress(BIG)[1_000_000:1_000_009], bytes(9)), "damaged"),
        (gzip.compress(CSV, mtime=0) + b"something", "not gzip follows"),
        (gzip.compress(CSV, mtime=0) + bytes(10) + b"something", "not gzip follows"),
        (gzip.compress(CSV, mtime=0) + gzip.compress(CSV, mtime=0)[:10], "truncated"),
    ],
)
def test_broken_gzip_is_reported(file_of, packed, expected):
    path = file_of(packed, "clients.csv.gz")
    told = problem_with(path)
    assert told.startswith(path + ": ")
    assert expected in told


def test_gzip_that_unpacks_to_more_than_allowed_is_refused(file_of, settings):
    settings.FILE_MAX_UNPACKED_BYTES = 20_000_000
    bomb = gzip.compress(HEADER + bytes(100_000_000), mtime=0)
    assert "VBA_MAX_UNPACKED_BYTES" in problem_with(file_of(bomb, "bomb.csv.gz"))


def test_a_packed_workbook_allows_random_access(file_of):
    packed = gzip.compress(a_workbook())
    with open_source(file_of(packed, "clients.xlsx.gz")) as source:
        assert zipfile.ZipFile(source.open()).namelist() == ["xl/workbook.xml"]
        assert source.size is None


# --- standard input and pipes ---


@pytest.fixture
def piped(monkeypatch):
    """Make standard input a pipe that the given bytes come through."""

    def pipe(content):
        reading, writing = os.pipe()
        monkeypatch.setattr(sys, "stdin", os.fdopen(reading))

        def write():
            with os.fdopen(writing, "wb") as stream:
                stream.write(content)

        threading.Thread(target=write).start()

    yield pipe
    sys.stdin.close()


def test_standard_input_is_read_twice_from_a_copy_without_a_name(piped, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    piped(CSV * 100_000)
    with open_source("-") as source:
        assert source.name == "standard input"
        assert source.size == len(CSV) * 100_000
        assert source.open().read() == source.open().read() == CSV * 100_000
        assert not list(tmp_path.iterdir())
        mode = os.fstat(source._content.fileno()).st_mode
        assert stat.S_IMODE(mode) & 0o077 == 0
        source.check_unchanged()
    assert not list(tmp_path.iterdir())


def test_standard_input_may_be_packed_or_of_any_format(piped):
    piped(gzip.compress(b'[{"group_ID": "G1"}]', mtime=0))
    with open_source("-") as source:
        assert source.format is Format.JSON
        assert source.open().read() == b'[{"group_ID": "G1"}]'


def test_a_file_as_standard_input_is_read_from_where_it_stands_without_a_copy(file_of, monkeypatch):
    with open(file_of(b"# sent by the payroll office\n" + CSV)) as stream:
        os.lseek(stream.fileno(), 29, os.SEEK_SET)
        monkeypatch.setattr(sys, "stdin", stream)
        with open_source("-") as source:
            assert source.open().read() == source.open().read() == CSV
            assert source.size == len(CSV)


def test_an_empty_pipe_is_reported_as_standard_input(piped):
    piped(b"")
    assert problem_with("-") == "standard input: The file is empty."


def test_no_standard_input_at_all_is_reported(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input: The file cannot be opened" in problem_with("-")


def test_more_standard_input_than_allowed_is_refused(piped, settings):
    settings.FILE_MAX_UNPACKED_BYTES = 50_000
    piped(CSV * 2_600)
    assert "more than 50,000 bytes" in problem_with("-")


def test_a_copy_that_cannot_be_kept_is_reported(piped, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
    piped(CSV)
    assert problem_with("-").startswith("standard input: ")
