"""A large file with bad rows of twelve kinds: good ones load, bad ones are told, corrected ones load."""

import csv

import pytest

from planyears.models import GroupPlanYear
from tables.context import databases
from tests.files.loads import FLAGS, counts, load, make_divisions, report

pytestmark = pytest.mark.django_db(databases="__all__")

HEAD = ["group_ID", "division_ID", "plan_Year", "from_Date", "thru_Date", "plan_Type", *FLAGS]
ROWS, EVERY = 100_000, 100
COLUMNS = {name: place for place, name in enumerate(HEAD)}

# What is put where in a bad row, and the column that its report names.
KINDS = [
    ("plan_Year", b"", "plan_Year"),
    ("qtr4_Accum", b"", "qtr4_Accum"),
    ("plan_Type", b"seven77", "plan_Type"),
    ("qtr4_Member", b"perhaps", "qtr4_Member"),
    ("from_Date", b"today", "from_Date"),
    ("from_Date", b"2024-02-30", "from_Date"),
    ("division_ID", b"nowhere", "division_ID"),
    ("thru_Date", b"1999-12-31", "thru_Date"),
    ("plan_Type", b"a\0b", "plan_Type"),
    ("plan_Type", b"caf\xe9", "plan_Type"),
    ("qtr4_Subscriber", b"0,0", ""),
    ("plan_Year", b"Y12345678", "plan_Year"),
]


def good(number):
    return [
        b"G1",
        b"A" if number % 2 else b"B",
        b"Y%d" % number,
        b"2024-01-01",
        b"2024-12-31",
        b"t",
        *[b"0"] * 5,
    ]


def bad(number):
    row = good(number)
    name, value, _ = kind_of(number)
    row[COLUMNS[name]] = value
    return row


def kind_of(number):
    return KINDS[number // EVERY % len(KINDS)]


def is_bad(number):
    return number % EVERY == 0


@pytest.fixture
def large_file(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(",".join(HEAD).encode() + b"\n")
        for number in range(1, ROWS + 1):
            file.write(b",".join(bad(number) if is_bad(number) else good(number)) + b"\n")
    return path


def test_a_large_file_with_bad_rows_of_twelve_kinds_loads_all_good_ones_and_then_the_corrected_ones(
    tmp_path, large_file
):
    errors, rejects = tmp_path / "errors.csv", tmp_path / "rejects.csv"
    count = ROWS // EVERY
    with databases.using("VBA_Demo"):
        make_divisions("A", "B")
        outcome = load(large_file, "--errors", errors, "--rejects", rejects)
        assert outcome.code == 1
        assert outcome.out == counts(ROWS, created=ROWS - count, refused=count)
        assert GroupPlanYear.objects.count() == ROWS - count

        told = [(line, column) for line, _, column, _, _ in report(errors)]
        # Line 1 is the header's, so that record n stands in line n + 1.
        assert told == [(n + 1, kind_of(n)[2]) for n in range(EVERY, ROWS + 1, EVERY)]

        with rejects.open("rb") as file:
            header, *refused = file.read().splitlines()
        assert header == ",".join(HEAD).encode()
        assert refused == [b",".join(bad(n)) for n in range(EVERY, ROWS + 1, EVERY)]
        corrected = [b",".join(good(n)) for n in range(EVERY, ROWS + 1, EVERY)]
        rejects.write_bytes(b"\n".join([header, *corrected]) + b"\n")
        outcome = load(rejects)
        assert (outcome.code, outcome.out) == (0, counts(count, created=count))


def test_a_key_that_repeats_in_one_file_ends_as_if_its_rows_came_one_after_the_other(tmp_path):
    path = tmp_path / "twice.csv"
    lines = [["group_ID", "division_ID", "plan_Year", "plan_Type", *FLAGS]]
    lines += [["G1", "A", "Y", text, *"00000"] for text in ("a", "b", "b", "c")]
    lines += [["G1", "A", f"F{n}", "", *"00000"] for n in range(200)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    with databases.using("VBA_Demo"):
        make_divisions("A")
        assert load(path).out == counts(204, created=201, updated=2, unchanged=1)
        assert GroupPlanYear.objects.get(plan_year="Y").plan_type == "c"
