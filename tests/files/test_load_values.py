"""Values of files: what each kind of column takes, in which form, and what is refused, in csv and in JSON."""

import csv
import datetime
import json
from decimal import Decimal

import pytest

from groups.models import GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tests.files.loads import FLAGS, KEY, NO, counts, load, make_divisions, report, stored

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with a division to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A")
        yield


@pytest.fixture
def load_values(tmp_path):
    """Load these values of one column, each in a row of its own; return the stored ones, None for those
    refused, and the reasons."""

    def of_plan_years(values, column):
        path = tmp_path / "p.csv"
        names = [*KEY, *FLAGS]
        rows = [["G1", "A", str(n), *NO] for n in range(len(values))]
        if column in names:
            for row, value in zip(rows, values, strict=True):
                row[names.index(column)] = value
        else:
            names.append(column)
            rows = [[*row, value] for row, value in zip(rows, values, strict=True)]
        write_csv(path, names, rows)
        return path

    def run(values, column, *options):
        path = of_plan_years(values, column)
        outcome = load(path, "--errors", tmp_path / "e.csv", *options)
        assert outcome.code in (0, 1)
        lines = report(tmp_path / "e.csv")
        assert outcome.code == bool(lines)
        rows = {key[2]: row[column.lower()] for key, row in stored(GroupPlanYear, column.lower()).items()}
        assert len(rows) + len({line[0] for line in lines}) == len(values)
        for _, key, named, shown, _ in lines:
            number = key.removeprefix("G1 / A / ")
            assert number not in rows
            # A report may be opened in a spreadsheet program: what might be a formula has a quote before it.
            assert (named.lower(), shown.removeprefix("'")) == (column.lower(), values[int(number)])
        return [rows.get(str(n)) for n in range(len(values))], {line[4] for line in lines}

    return run


def write_csv(path, *rows):
    header, rows = rows
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


# --- flags ---

TRUE = ["true", "t", "TRUE", "T", "True", "yes", "y", "YES", "Y", "1", " true", "t ", "\xa01\xa0"]
FALSE = ["false", "f", "FALSE", "F", "no", "n", "No", "N", "0", "\t0"]


def test_flags_are_understood_in_their_usual_spellings(load_values):
    values, reasons = load_values([*TRUE, *FALSE], "qtr4_Accum")
    assert values == [True] * len(TRUE) + [False] * len(FALSE)
    assert not reasons


def test_other_spellings_of_flags_are_refused_also_those_that_postgresql_knows(load_values):
    wrong = ["on", "off", "tr", "tru", "fa", "ye", "of", "x", "2", "10", "true false", "-1", "ja"]
    values, reasons = load_values(wrong, "qtr4_Accum")
    assert values == [None] * len(wrong)
    assert reasons == {"qtr4_Accum must be true or false."}


def test_a_required_flag_must_have_a_value(load_values):
    values, reasons = load_values(["", " ", "\xa0"], "qtr4_Accum")
    assert values == [None] * 3
    assert reasons == {"qtr4_Accum is required."}


# --- days ---


def test_days_are_understood_in_all_forms_and_their_time_and_zone_ignored(load_values):
    forms = ["", "T00:00:00Z", "T23:59:59.999999-11:00", "t00:00z", "T12:00+0530", " 00:00:00 UTC", " 23:59"]
    texts = [f"2024-02-29{form}" for form in forms] + [" 2024-02-29 ", "2024-02-29\xa0"]
    values, reasons = load_values([*texts, "0001-01-01", "9999-12-31", "", " "], "from_Date")
    assert values[: len(texts)] == [datetime.date(2024, 2, 29)] * len(texts)
    assert values[len(texts) :] == [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None, None]
    assert not reasons


def test_other_days_are_refused_also_those_that_postgresql_knows(load_values):
    wrong = "today infinity -infinity epoch now tomorrow 1/2/2024 20240101 2024-02-30 2023-02-29 0000-01-01"
    wrong = [
        *wrong.split(),
        "10000-01-01",
        "2024-1-1",
        "24-01-01",
        "2024-01-01 BC",
        "Jan 1, 2024",
        "2024-001",
    ]
    wrong += [
        "2024.01.01",
        "2024-01-01T",
        "2024-01-01T25",
        "J2451187",
        "+2024-01-01",
        "45292",
        "２０２４-01-01",
        "2024-01-01T25:00:00Z",
        "2024-01-01T10:00:00+25:00",
        "2024-01-01 10:60:00 UTC",
        "2024-01-01T10:00:60Z",
    ]
    values, reasons = load_values(wrong, "from_Date")
    assert values == [None] * len(wrong)
    assert reasons == {"from_Date must be a date (YYYY-MM-DD) between the years 1 and 9999."}


# --- texts ---


def test_texts_keep_their_blanks_and_fill_their_column_to_its_length(load_values):
    texts = [
        "abcdef",
        "abcd  ",
        "  abcd",
        "      ",
        "éééééé",
        "🩺🩺🩺🩺🩺🩺",
        " ",
        "a\nb\r\n\t",
        "null",
        "NaN",
    ]
    values, reasons = load_values([*texts, ""], "plan_Type")
    assert values == [*texts, None]
    assert not reasons


def test_a_text_that_is_too_long_is_refused_and_never_cut(load_values):
    wrong = [
        "abcdefg",
        "abcdef ",
        "abcdef" + " " * 50,
        "       ",
        "\xa0" * 7,
        "🩺" * 7,
        "a\n\n\n\n\n\n",
        "x" * 70_000,
    ]
    values, reasons = load_values(wrong, "plan_Type")
    assert values == [None] * len(wrong)
    assert reasons == {
        f"plan_Type has {length} characters. At most 6 are allowed." for length in (7, 56, 70_000)
    }


def test_keys_keep_their_blanks_and_case_too(load_values):
    keys = ["CY24", "cy24", " CY24", "CY24 ", "cy24    ", "Çý24", "=1+1", "0024", "24"]
    assert not load_values(keys, "plan_Year")[1]
    assert {key[2] for key in stored()} == set(keys)


def test_keys_must_have_a_value_of_their_length(load_values, tmp_path):
    path = tmp_path / "k.csv"
    write_csv(path, [*KEY, *FLAGS], [["G1", "A", year, *NO] for year in ("", "CY24     ", "CY2024567")])
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(3, refused=3))
    assert report(tmp_path / "e.csv") == [
        (2, "G1 / A / ", "plan_Year", "", "plan_Year is required."),
        (
            3,
            "G1 / A / CY24     ",
            "plan_Year",
            "CY24     ",
            "plan_Year has 9 characters. At most 8 are allowed.",
        ),
        (
            4,
            "G1 / A / CY2024567",
            "plan_Year",
            "CY2024567",
            "plan_Year has 9 characters. At most 8 are allowed.",
        ),
    ]


def test_nul_characters_and_broken_letters_are_refused_with_their_column(tmp_path):
    path = tmp_path / "p.csv"
    header = ",".join((*KEY, *FLAGS, "plan_Type", "ex_Code")).encode()
    rows = [b"a\0b,x", b"x,caf\xe9", b"\xff,\xf0\x9f", b"x,\xed\xa0\x80", b"ok,caf\xc3\xa9", b'"\xe9,",x']
    lines = [b"G1,A,%d,0,0,0,0,0,%b" % (n, row) for n, row in enumerate(rows)]
    path.write_bytes(b"\n".join([header, *lines]))
    outcome = load(path, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(6, created=1, refused=5))
    assert [line[:4] for line in report(tmp_path / "e.csv")] == [
        (2, "G1 / A / 0", "plan_Type", r"a\0b"),
        (3, "G1 / A / 1", "ex_Code", r"caf\xe9"),
        (4, "G1 / A / 2", "plan_Type", r"\xff"),
        (4, "G1 / A / 2", "ex_Code", r"\xf0\x9f"),
        (5, "G1 / A / 3", "ex_Code", r"\xed\xa0\x80"),
        (7, "G1 / A / 5", "plan_Type", r"\xe9,"),
    ]
    reasons = {line[4] for line in report(tmp_path / "e.csv")[1:]}
    assert reasons == {
        f"{column} is not UTF-8. Specify the encoding of the file (--encoding)."
        for column in ("plan_Type", "ex_Code")
    }


# --- numbers ---


@pytest.fixture
def load_numbers(tmp_path):
    """Load these values of one column of a division, one file each; return what is stored, or the reason."""

    def run(values, column):
        found = []
        for value in values:
            write_csv(tmp_path / "d.csv", ["Group_ID", "Division_ID", column], [["G1", "A", value]])
            outcome = load(tmp_path / "d.csv", table="divisions")
            found.append(stored(GroupDivision, column.lower())["G1", "A"][column.lower()])
            if outcome.code:
                found[-1] = outcome.err.strip().partition("): ")[2]
        return found

    return run


def test_whole_numbers_have_32_bits(load_numbers):
    right = {
        "2147483647": 2**31 - 1,
        "-2147483648": -(2**31),
        "+7": 7,
        "007": 7,
        " 7 ": 7,
        "\xa07": 7,
        "-0": 0,
    }
    assert load_numbers([*right, "", " "], "NumberLives") == [*right.values(), None, None]
    wrong = [
        "2147483648",
        "-2147483649",
        "1.0",
        "1e3",
        "1,000",
        "1_000",
        "0x1F",
        "0b1",
        "0o7",
        "NaN",
        "x",
        "١",
    ]
    reason = "numberLives must be a whole number between -2147483648 and 2147483647."
    assert load_numbers(wrong, "NumberLives") == [reason] * len(wrong)


def test_numbers_are_kept_to_their_last_digit(load_numbers):
    digits = "1234567890123456789012345678.1234567890123456789012345678"
    right = [
        "19.90",
        "-0.10",
        digits,
        "9" * 60,
        "0." + "0" * 59 + "1",
        ".5",
        "5.",
        "+1",
        " 1.50 ",
        "1e3",
        "\xa02",
    ]
    expected = [Decimal(text.strip()) for text in right]
    found = load_numbers(right, "CaseRate")
    assert [format(number, "f") for number in found[:5]] == right[:5]
    assert found == expected
    wrong = [
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "1,000.00",
        "$5",
        "1_0",
        "0x1F",
        "1e60",
        "9" * 61,
        "1e999999999",
        "x",
    ]
    reason = "caseRate must be a number of at most 60 digits."
    assert load_numbers(wrong, "CaseRate") == [reason] * len(wrong)


# --- JSON ---


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("9" * 5_000, "numberLives must be a whole number between -2147483648 and 2147483647."),
        ("1e999999999999999999", "numberLives must be a whole number between -2147483648 and 2147483647."),
        ("[" * 200_000 + "]" * 200_000, "The record is not valid JSON (it is nested too deeply)."),
        ('"\xff"', "The record is not valid JSON (byte 56 is not UTF-8)."),
    ],
    ids=["many digits", "large exponent", "nested deeply", "not UTF-8"],
)
@pytest.mark.parametrize("name", ["d.json", "d.ndjson"])
def test_one_hostile_record_is_refused_by_itself(tmp_path, name, value, reason):
    hostile = f'{{"group_ID": "G1", "division_ID": "A", "numberLives": {value}}}'.encode("latin-1")
    good = b'{"group_ID": "G1", "division_ID": "A", "numberLives": 5}'
    before, between, after = (b"[", b",", b"]") if name == "d.json" else (b"", b"\n", b"\n")
    path = tmp_path / name
    path.write_bytes(before + between.join([hostile, good, hostile]) + after)
    outcome = load(path, "--errors", tmp_path / "e.csv", table="divisions")
    assert (outcome.code, outcome.out) == (1, counts(3, updated=1, refused=2)), outcome.err
    assert [line[4] for line in report(tmp_path / "e.csv")] == [reason] * 2


def test_json_values_are_those_the_api_takes(tmp_path):
    key = {"group_ID": "G1", "division_ID": "A"}
    flags = dict.fromkeys(FLAGS, False)
    wrong = [
        {"qtr4_Accum": "true"},
        {"qtr4_Accum": 1},
        {"from_Date": 20240101},
        {"plan_Type": 5},
        {"plan_Type": ["x"]},
        {"plan_Type": "toolong"},
        {"plan_Type": "a\0b"},
        {"plan_Type": "\ud800"},
        {"plan_Type": {"x": "y"}},
    ]
    records = [{**key, "plan_Year": str(n), **flags, **change} for n, change in enumerate(wrong)]
    records += [
        {
            **key,
            "plan_Year": "20",
            **flags,
            "plan_Type": "",
            "ex_Code": None,
            "from_Date": "2024-01-01T00:00:00Z",
        }
    ]
    (tmp_path / "p.json").write_text(json.dumps(records))
    outcome = load(tmp_path / "p.json", "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(10, created=1, refused=9))
    assert [line[:4] for line in report(tmp_path / "e.csv")] == [
        (1, "G1 / A / 0", "qtr4_Accum", "true"),
        (2, "G1 / A / 1", "qtr4_Accum", "1"),
        (3, "G1 / A / 2", "from_Date", "20240101"),
        (4, "G1 / A / 3", "plan_Type", "5"),
        (5, "G1 / A / 4", "plan_Type", '["x"]'),
        (6, "G1 / A / 5", "plan_Type", "toolong"),
        (7, "G1 / A / 6", "plan_Type", r"a\0b"),
        (8, "G1 / A / 7", "plan_Type", r"\ud800"),
        (9, "G1 / A / 8", "plan_Type", '{"x":"y"}'),
    ]
    assert stored(GroupPlanYear, "plan_type", "ex_code", "from_date")["G1", "A", "20"] == {
        "plan_type": None,
        "ex_code": None,
        "from_date": datetime.date(2024, 1, 1),
    }


def test_json_numbers_are_exact(tmp_path):
    digits = "1234567890123456789012345678.1234567890123456789012345678"
    path = tmp_path / "d.json"
    path.write_text(f'[{{"group_ID":"G1","division_ID":"A","caseRate":{digits},"numberLives":5.0}}]')
    assert load(path, table="divisions").out == counts(1, updated=1)
    row = stored(GroupDivision, "caserate", "numberlives")["G1", "A"]
    assert (str(row["caserate"]), row["numberlives"]) == (digits, 5)
