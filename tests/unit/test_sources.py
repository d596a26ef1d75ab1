"""Opening files to load: paths, pipes, packed or not, of any encoding; and what cannot be read."""

import gzip
import os

import pytest

from tables.files.source import FileProblem, Format, Source, open_source
from tests.unit.opened import CSV, HEADER, a_workbook, content_of, format_of, problem_with

# --- plain files ---


def test_a_plain_file_is_read_as_it_is_and_as_often_as_wanted(file_of):
    with open_source(file_of(CSV)) as source:
        assert source.open().read() == CSV
        assert source.open().read() == CSV
        assert source.size == len(CSV)


def test_two_streams_of_one_file_do_not_disturb_each_other(file_of):
    with open_source(file_of(CSV)) as source:
        first, second = source.open(), source.open()
        assert first.readline() == HEADER
        assert second.readline() == HEADER
        assert first.readline() == second.readline() == b"G1,Acme\n"


def test_the_position_grows_to_the_size_while_a_file_is_read(file_of):
    with open_source(file_of(CSV * 300_000)) as source:
        stream = source.open()
        assert source.position() < source.size / 2
        stream.read(source.size // 2)
        assert source.size / 2 <= source.position() < source.size
        stream.read()
        assert source.position() == source.size


def test_the_position_in_a_packed_file_counts_packed_bytes(file_of):
    packed = gzip.compress(CSV)
    with open_source(file_of(packed, "clients.csv.gz")) as source:
        source.open().read()
        assert source.position() == source.size == len(packed)


def test_what_is_not_utf8_passes_through_for_the_reader_to_tell(file_of):
    content = HEADER + b"G1,Caf\xe9\n"
    assert content_of(file_of(content)) == content


# --- formats ---


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", CSV, Format.CSV),
        ("A.CSV", CSV, Format.CSV),
        ("a.txt", CSV, Format.CSV),
        ("a", CSV, Format.CSV),
        ("a.tsv", b"Group_ID\nG1\n", Format.TSV),
        ("a.csv", b"Group_ID\nG1\n", Format.CSV),
        ("a.csv", b"Group_ID;Name\n", Format.CSV),
        ("a.txt", b"Group_ID\tName\n", Format.TSV),
        ("a.csv", b"Group_ID\tName\n", Format.TSV),
        ("a.tsv", CSV, Format.CSV),
        ("a.json", b'[{"group_ID": "G1"}]', Format.JSON),
        ("a.json", b"[]", Format.JSON),
        ("a", b'\n\n [\n {"group_ID": "G1"}]', Format.JSON),
        ("a.csv", b'[{"group_ID": "G1"}]', Format.JSON),
        ("a.ndjson", b'[{"group_ID": "G1"}]', Format.JSON),
        ("a.ndjson", b'{"group_ID": "G1"}\n', Format.NDJSON),
        ("a.jsonl", b'{"group_ID": "G1"}\n{"group_ID": "G2"}\n', Format.NDJSON),
        ("a.json", b'{"group_ID": "G1"}\n\n{"group_ID": "G2"}\n', Format.NDJSON),
        ("a", b'{"group_ID": "G1"}\r\n{"group_ID": "G2"}\r\n', Format.NDJSON),
        ("a.xlsx", a_workbook(), Format.XLSX),
        ("a.csv", a_workbook(), Format.XLSX),
        ("a.XLSX", b'[{"group_ID": "G1"}]', Format.JSON),
    ],
)
def test_the_content_decides_on_the_format_and_the_name_where_the_content_does_not(
    file_of, name, content, expected
):
    assert format_of(file_of(content, name)) is expected
    assert format_of(file_of(gzip.compress(content), name + ".gz")) is expected
    assert format_of(file_of(gzip.compress(content), name)) is expected


def test_a_stated_format_beats_name_and_content(file_of):
    assert format_of(file_of(CSV), format=Format.TSV) is Format.TSV
    assert format_of(file_of(b'{"a": 1}', "a.json"), format=Format.NDJSON) is Format.NDJSON


@pytest.mark.parametrize(
    ("name", "content", "stated", "expected"),
    [
        ("a.json", b'{"data": []}', None, "JSON object instead of an array"),
        ("a", b'{\n  "data": []\n}', None, "JSON object instead of an array"),
        ("a.json", CSV, None, "The name says json, but"),
        ("a.xlsx", CSV, None, "this is not an Excel workbook"),
        ("a.csv", a_workbook(), Format.CSV, "not csv"),
        ("a.xlsx", CSV, Format.XLSX, "not an xlsx workbook"),
        ("a.json", b'[{"a": 1}]', Format.NDJSON, "Choose the format json"),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
            None,
            "(.xls) or has a password",
        ),
        ("a.csv.gz", gzip.compress(gzip.compress(CSV, mtime=0), mtime=0), None, "more than once"),
        ("a.csv.bz2", b"BZh91AY&SY", None, "bzip2"),
        ("a.xls", b"<html><table><tr>", None, "HTML or XML"),
        ("a.pdf", b"%PDF-1.7\n", None, "PDF"),
    ],
)
def test_what_cannot_be_read_is_reported_with_what_to_do(file_of, name, content, stated, expected):
    assert expected in problem_with(file_of(content, name), format=stated)


# --- files that are not there, or empty ---


def test_a_missing_file_is_reported_by_its_name(tmp_path):
    assert problem_with(f"{tmp_path}/none.csv") == f"{tmp_path}/none.csv: There is no such file."


def test_a_folder_is_not_a_file(tmp_path):
    assert "a folder" in problem_with(str(tmp_path))


def test_a_file_that_may_not_be_read_is_reported(file_of):
    path = file_of(CSV)
    os.chmod(path, 0)
    user = os.geteuid()
    os.seteuid(user or 65534)  # root may read everything
    try:
        assert "No permission" in problem_with(path)
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("name", ["a\0b.csv", "a" * 300])
def test_a_name_no_file_can_have_is_reported(tmp_path, name):
    assert "cannot be opened" in problem_with(f"{tmp_path}/{name}")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n\r\n \t\n", b" " * 3_000_000])
def test_a_file_of_nothing_or_of_blanks_is_empty(file_of, content):
    assert problem_with(file_of(content)).endswith("The file is empty.")
    assert problem_with(file_of(gzip.compress(content), "a.csv.gz")).endswith("The file is empty.")


# --- encodings ---


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbf" + CSV, CSV),
        ("\ufeffGroup_ID,Name\nG1,Čapek 🌲\n".encode("utf-16-le"), "Group_ID,Name\nG1,Čapek 🌲\n".encode()),
        ("\ufeffGroup_ID,Name\nG1,Čapek 🌲\n".encode("utf-16-be"), "Group_ID,Name\nG1,Čapek 🌲\n".encode()),
        ("Group_ID,Name\nG1,Čapek 🌲\n".encode("utf-16-le"), "Group_ID,Name\nG1,Čapek 🌲\n".encode()),
        ("\ufeffGroup_ID,Name\n".encode("utf-32-le"), HEADER),
    ],
)
def test_byte_order_marks_and_utf16_are_understood_unasked(file_of, content, expected):
    assert content_of(file_of(content)) == expected
    assert content_of(file_of(gzip.compress(content), "a.csv.gz")) == expected


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ISO-8859-15", "utf-16", "utf-16-be", "UTF8"])
def test_a_stated_encoding_is_read_as_utf8(file_of, encoding):
    text = "Group_ID,Name\n" + "G1,Café Müller\n" * 100_000
    assert content_of(file_of(text.encode(encoding)), encoding=encoding) == text.encode()


def test_a_byte_order_mark_beats_the_stated_encoding(file_of):
    assert content_of(file_of(b"\xef\xbb\xbf" + CSV), encoding="latin-1") == CSV


@pytest.mark.parametrize("padding", [0, 1_000_000])
def test_bytes_that_the_stated_encoding_does_not_have_are_reported_by_their_place(file_of, padding):
    content = HEADER + b"G" * padding
    told = problem_with(file_of(content + b"\x81 and more\n"), encoding="cp1252")
    assert f"not cp1252: the byte at offset {len(content)}" in told


def test_half_a_character_at_the_end_of_utf16_is_reported_by_its_place(file_of):
    content = "Group_ID,Name\n".encode("utf-16-le")
    assert f"offset {len(content)}" in problem_with(file_of(content + b"G"), encoding="utf-16-le")


@pytest.mark.parametrize("encoding", ["klingon", "base64", "rot13", "a\0b", "Ä" * 200, "undefined"])
def test_an_unknown_encoding_is_reported_with_examples(file_of, encoding):
    told = problem_with(file_of(CSV), encoding=encoding)
    assert "There is no encoding" in told
    assert "latin-1" in told


# --- files that change ---


def test_a_file_that_stays_as_it_is_passes(file_of):
    with open_source(file_of(CSV)) as source:
        source.open().read()
        source.check_unchanged()


def change_by_appending(path):
    with open(path, "ab") as stream:
        stream.write(b"G2,Best\n")


def change_by_writing_over(path):
    os.utime(path, ns=(0, 0))


def change_by_replacing(path):
    with open(path + ".new", "wb") as stream:
        stream.write(CSV)
    status = os.stat(path)
    os.utime(path + ".new", ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(path + ".new", path)


@pytest.mark.parametrize(
    "change", [change_by_appending, change_by_writing_over, change_by_replacing, os.unlink]
)
def test_a_file_that_changes_while_it_is_read_is_reported(file_of, change):
    path = file_of(CSV)
    with open_source(path) as source:
        source.open().read()
        change(path)
        with pytest.raises(FileProblem, match="while it was being read"):
            source.check_unchanged()


# --- naming ---


def test_a_problem_that_a_reader_finds_is_given_the_files_name(file_of):
    path = file_of(CSV)
    with pytest.raises(FileProblem) as caught, open_source(path):
        raise FileProblem("It names no column.")
    assert str(caught.value) == f"{path}: It names no column."


def test_a_stream_keeps_its_own_file_even_when_the_source_is_forgotten(file_of):
    stream = open_source(file_of(CSV)).open()
    assert stream.read() == CSV


def test_nothing_is_read_from_a_closed_source(file_of):
    source = Source(file_of(CSV))
    source.close()
    with pytest.raises(ValueError, match="closed"):
        source.open().read()
