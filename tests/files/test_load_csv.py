"""Csv as it is found in the wild: quotes, line ends, delimiters, blanks; and what is wrong with it."""

import csv

import pytest

from tables.context import databases
from tables.files.file_problem import MAX_RECORD_BYTES
from tests.files.loads import FLAGS, KEY, counts, load, make_divisions, report, stored

pytestmark = pytest.mark.django_db(databases="__all__")

HEADER = ",".join((*KEY, *FLAGS, "plan_Type", "ex_Code"))
START = "G1,A,{},0,0,0,0,0,"


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with a division to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A")
        yield


@pytest.fixture
def lines(tmp_path):
    """Write a csv file of the header and these ends of its lines; return its path."""

    def write(*ends, newline="\n", header=HEADER):
        path = tmp_path / "p.csv"
        text = newline.join([header, *(START.format(n) + end for n, end in enumerate(ends))])
        path.write_bytes((text + newline).encode())
        return path

    return write


def loaded():
    """Return plan type and ex code of the stored plan years, by the number of their line."""
    return {int(key[2]): (row["plan_type"], row["ex_code"]) for key, row in stored().items()}


# --- what stands between delimiters ---


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("a,b", ("a", "b")),
        (",", (None, None)),
        ('"",""', (None, None)),
        (" a ,  b", (" a ", "  b")),
        ('"a,b",c', ("a,b", "c")),
        ('"a""b","""c"""', ('a"b', '"c"')),
        ('"""",""""""', ('"', '""')),
        ('5" p,6"', ('5" p', '6"')),
        ('5" p,"6,"""', ('5" p', '6,"')),
        ('a "b",c""d', ('a "b"', 'c""d')),
        (' "a",b', (' "a"', "b")),
        ('"a\nb","c\r\nd"', ("a\nb", "c\r\nd")),
        ('"\n","\n\n"', ("\n", "\n\n")),
        ('"a"",\nb",c', ('a",\nb', "c")),
        ('a\rb,"c,d"', ("a\rb", "c,d")),
        (r"\N,\.", (r"\N", r"\.")),
        (r"a\tb,\\", (r"a\tb", r"\\")),
        (r"\,\\n", ("\\", r"\\n")),
        ("a\tb,NULL", ("a\tb", "NULL")),
        ("🩺🩺🩺🩺🩺🩺,Zoë", ("🩺" * 6, "Zoë")),
        ("=1+1,'x'", ("=1+1", "'x'")),
        ("00123,1E5", ("00123", "1E5")),
        ("\u2028\x85,\x0b\x0c", ("\u2028\x85", "\x0b\x0c")),
        ("%s,%(n)s", ("%s", "%(n)s")),
        ("      ,x", ("      ", "x")),
    ],
)
def test_values_are_taken_as_they_stand(lines, end, expected):
    outcome = load(lines(end, end))
    assert outcome.out == counts(2, created=2), outcome.err
    assert loaded() == {0: expected, 1: expected}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("ends", [True, False])
def test_lines_end_in_any_way_also_the_last(lines, newline, ends):
    path = lines("a,b", '"c,c",d', 'e,"f\nf"'.replace("\n", newline), "g,h", newline=newline)
    if not ends:
        path.write_bytes(path.read_bytes().removesuffix(newline.encode()))
    outcome = load(path)
    assert (outcome.code, outcome.out) == (0, counts(4, created=4)), outcome.err
    inner = "\n" if newline == "\r" else newline
    assert loaded() == {0: ("a", "b"), 1: ("c,c", "d"), 2: ("e", f"f{inner}f"), 3: ("g", "h")}


def test_blank_lines_and_lines_of_nothing_but_delimiters_are_skipped(tmp_path):
    path = tmp_path / "p.csv"
    blank = "\n  \n\r\n,,,,,,,,,\n , ,,,,,,,,\n\t\n"
    path.write_bytes(f"\n \r\n{HEADER}\n{blank}G1,A,1,0,0,0,0,0,a,{blank}G1,A,2,0,0,0,0,x,b,{blank}".encode())
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(2, created=1, refused=1)
    assert [line[0] for line in report(tmp_path / "e.csv")] == [16]


def test_a_very_long_text_in_quotes_is_no_problem(tmp_path):
    path = tmp_path / "g.csv"
    notes = 'He said "no".\n' * 50_000
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["group_id", "division_id", "notes"], ["G1", "A", notes]])
    assert load(path, table="divisions").out == counts(1, updated=1)
    from groups.models import GroupDivision

    assert stored(GroupDivision, "notes")["G1", "A"]["notes"] == notes


# --- delimiters ---


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_the_delimiter_is_guessed_from_the_header(tmp_path, delimiter):
    path = tmp_path / "p.csv"
    text = f"\n\n{HEADER}\n{START.format(1)}" + '"a,b;c","x"\n'
    head, tail = text.split('"a')
    path.write_text(head.replace(",", delimiter) + '"a' + tail.replace('","', f'"{delimiter}"'))
    assert load(path).out == counts(1, created=1)
    assert loaded() == {1: ("a,b;c", "x")}


@pytest.mark.parametrize(
    ("delimiter", "stated"),
    [("~", "~"), ("^", "^"), ("]", "]"), (":", ":"), ("\t", "tab"), ("\t", r"\t"), ("\t", "\t"), (".", ".")],
)
def test_any_other_delimiter_is_stated(lines, delimiter, stated):
    path = lines('"a""{}",b'.replace(",", delimiter), "c,d")
    path.write_text(path.read_text().replace(",", delimiter))
    assert load(path, f"--delimiter={stated}").out == counts(2, created=2)
    assert loaded() == {0: ('a"{}', "b"), 1: ("c", "d")}


@pytest.mark.parametrize("delimiter", ["", ",,", "x", "_", '"', "\n", "é", "\\"])
def test_a_delimiter_that_cannot_be_one_is_reported(lines, delimiter):
    outcome = load(lines("a,b"), f"--delimiter={delimiter}")
    assert (outcome.code, outcome.out) == (2, "")
    assert "The delimiter must be one punctuation mark, or tab." in outcome.err


# --- what is wrong ---


@pytest.mark.parametrize("end", ['"a"b,c', '"a" ,c', '"5" p",c', 'c,"a"b', '"a\nb"c,d', '"a""b"c,"d,e"'])
def test_a_quote_that_is_not_doubled_refuses_only_its_record(lines, tmp_path, end):
    outcome = load(lines("a,b", end, "c,d"), "--errors", tmp_path / "e.csv", "--rejects", tmp_path / "r.csv")
    assert (outcome.code, outcome.out) == (1, counts(3, created=2, refused=1))
    reason = 'Unmatched quotation mark. Inside quotes, write " as "".'
    assert report(tmp_path / "e.csv") == [(3, "G1 / A / 1", "", "", reason)]
    assert (tmp_path / "r.csv").read_text() == f"{HEADER}\n{START.format(1)}{end}\n"
    assert loaded() == {0: ("a", "b"), 2: ("c", "d")}


def test_a_record_that_swallows_the_next_because_of_its_quote_is_refused_with_it(lines, tmp_path):
    path = lines("a,b", '"x,y', '"c,d",e', "f,g")
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(3, created=2, refused=1))
    assert [line[0] for line in report(tmp_path / "e.csv")] == [3]
    assert loaded() == {0: ("a", "b"), 3: ("f", "g")}


@pytest.mark.parametrize("other", ["x,y", 'x""y,z""'])
def test_a_quote_that_is_never_closed_is_reported_by_its_line_and_nothing_is_stored(lines, other):
    outcome = load(lines("a,b", '"c,d', *[other] * 60_000))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.endswith("p.csv: Line 3: the quotation mark of a value is never closed.\n")
    assert loaded() == {}


def test_a_quote_that_is_not_closed_within_reason_is_refused(lines):
    path = lines("a,b", '"c,d', *["x" * 1_000_000] * (MAX_RECORD_BYTES // 1_000_000 + 1), '",')
    assert "Line 3: the quotation mark of a value is never closed." in load(path).err


def test_a_line_without_end_is_refused(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(f"{HEADER}\n".encode() + b"\1" * (MAX_RECORD_BYTES + 2_000_000))
    outcome = load(path)
    assert (outcome.code, outcome.out) == (2, "")
    assert "A line is longer than 16,777,216 bytes." in outcome.err


@pytest.mark.parametrize("end", ["a", "a,b,c", "a,b,", "", "a;b"])
def test_a_record_of_more_or_fewer_values_than_names_is_refused(lines, tmp_path, end):
    outcome = load(lines("a,b", end, '"a","b"'), "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(3, created=2, refused=1))
    ((line, key, column, value, reason),) = report(tmp_path / "e.csv")
    assert (line, key, column, value) == (3, "G1 / A / 1", "", "")
    assert reason == f"The record has {len(end.split(',')) + 8} values, but the header has 10 names."
