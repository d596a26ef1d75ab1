"""Bad input in the API: a clear 4xx that names row and column, never a partial write, never a 500."""

import json

import pytest

from tests.api.doors import problem
from tests.api.programs import data_of
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR

pytestmark = pytest.mark.django_db(databases="__all__")

GOOD = json.dumps(GROUP.record(group_ID="Good")).encode()


def group(**values):
    """The JSON of a group, with the given text of each of ``values``."""
    record = json.dumps(GROUP.record() | {name: f"@{name}@" for name in values})
    for name, written in values.items():
        record = record.replace(f'"@{name}@"', written)
    return record.encode(errors="surrogatepass")


def count(program):
    return json.loads(program.get(GROUPS)["X-Pagination"])["TotalCount"]


# --- bodies that are not JSON ---

NOT_JSON = {
    "empty": b"",
    "blanks": b" \r\n",
    "truncated": GOOD[:-5],
    "trailing comma": GOOD[:-1] + b",}",
    "single quotes": b"{'group_ID': 'G1'}",
    "no quotes": b"{group_ID: 1}",
    "comment": b"{} // so",
    "two values": GOOD + GOOD,
    "not a number": group(caseRate="NaN"),
    "infinity": group(caseRate="-Infinity"),
    "leading zero": group(adult_Age="007"),
    "plus sign": group(adult_Age="+7"),
    "hexadecimal": group(adult_Age="0x1F"),
    "control character": group(name='"a\x01b"'),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16 without a mark": GOOD.decode().encode("utf-16-le"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "Latin-1": group(name='"Söhne"').decode().encode("latin-1"),
    "broken UTF-8 in a key": b'{"\xff": 1}',
    "a broken escape": group(name=r'"\ud83"'),
    "deeply nested": group(name="[" * 100_000 + "]" * 100_000),
    "deeply nested, unknown": group(xyz='{"a":' * 100_000 + "1" + "}" * 100_000),
    "deeply nested, for a stamp": group(entry_User="[" * 100_000 + "]" * 100_000),
    "deeply nested, open": group(name="[" * 100_000),
    "form": b"group_ID=G1&name=x",
    "xml": b"<group/>",
    "NUL bytes": b"\0" * 20,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_not_json_is_refused_completely(program, body):
    program.have(GROUP)
    for method, path in (("POST", GROUPS), ("PUT", GROUP.one)):
        assert problem(program.call(method, path, body), 400).startswith("The body is not valid JSON")
    for batch in (body, b"[" + GOOD + b"," + body + b"]"):
        response = program.put(f"{GROUPS}-batch", batch)
        assert problem(response, 400).startswith("The body is not valid JSON")
    assert count(program) == 1


def test_the_error_names_the_place_where_json_breaks(program):
    text = problem(program.post(GROUPS, b'{\n  "group_ID": "G1",\n}'), 400)
    assert text == "The body is not valid JSON (line 3, column 1)."


@pytest.mark.parametrize("body", [b"{}", GOOD, b"null", b"5", b'"text"', b"true"])
def test_a_batch_that_is_not_an_array_is_refused(program, body):
    text = problem(program.put(f"{GROUPS}-batch", body), 400)
    assert text == "The body must be a JSON array of records."


@pytest.mark.parametrize("body", [b"[]", b"[[]]", b"null", b"5", b'"text"', b"true", b"[" + GOOD + b"]"])
def test_a_record_that_is_not_an_object_is_refused(program, body):
    for method, path in (("POST", GROUPS), ("PUT", GROUP.one)):
        assert problem(program.call(method, path, body), 400) == "The record must be a JSON object."


# --- values that do not fit the column ---

WHOLE = "must be a whole number between -2147483648 and 2147483647."
NUMBER = "must be a number of at most 60 digits."
DATE = "must be a date (YYYY-MM-DD) between the years 1 and 9999."
HUGE = "9" * 5000
WRONG = [
    *(
        ("adult_Age", value, WHOLE)
        for value in ("2147483648", "-2147483649", "1e999", "5.5", "1e-1", '"five"')
    ),
    *(("adult_Age", value, WHOLE) for value in ("true", "[1]", "{}", '"5"', HUGE, "-" + HUGE, HUGE + ".5")),
    *(("adult_Age", value, WHOLE) for value in ("1e99999999999999999999", "1E-99999999999999999999", "1e18")),
    *(
        ("caseRate", value, NUMBER)
        for value in ("1e999", "1e61", "1e-61", HUGE, "0." + HUGE, '"many"', '"NaN"')
    ),
    *(
        ("caseRate", value, NUMBER)
        for value in ("true", "[1]", "{}", '"1,5"', '"Infinity"', "1e99999999999999999999")
    ),
    *(
        ("paperless", value, "must be true or false.")
        for value in ('"true"', '"yes"', "1", "0", "[]", "{}", '"Y"')
    ),
    *(("name", value, "must be text.") for value in ("5", "true", "[]", "{}", "1.5", HUGE, '["a"]')),
    *(("group_ID", value, "must be text.") for value in ("5", "true", "[]", "{}")),
    *(
        ("renewal_Date", value, DATE)
        for value in ('"2024-02-30"', '"2023-02-29"', '"0000-01-01"', '"today"', '"now"')
    ),
    *(
        ("renewal_Date", value, DATE)
        for value in ('"infinity"', '"20240101"', "20240101", '"10000-01-01"', "true", "{}")
    ),
    *(
        ("renewal_Date", value, DATE)
        for value in ('"01/31/2024"', '"2024-1-1"', '"2024-13-01"', '"2024-01-01T"', '"-2024-01-01"')
    ),
    ("name", '"a\\u0000b"', "contains a NUL character, which cannot be stored."),
    ("group_ID", '"\\u0000"', "contains a NUL character, which cannot be stored."),
    ("name", r'"\ud83d"', "contains half of a surrogate pair, which is not a character."),
    ("name", r'"\ude00\ud83d"', "contains half of a surrogate pair, which is not a character."),
    ("group_ID", r'"\udfff"', "contains half of a surrogate pair, which is not a character."),
    ("name", f'"{"x" * 51}"', "has 51 characters. At most 50 are allowed."),
    ("name", f'"{"😀" * 51}"', "has 51 characters. At most 50 are allowed."),
    ("name", f'"{"x" * 100_000}"', "has 100000 characters. At most 50 are allowed."),
    ("group_ID", f'"{"x" * 21}"', "has 21 characters. At most 20 are allowed."),
    ("group_ID", '""', "is required."),
    ("group_ID", "null", "is required."),
    ("paperless", "null", "is required."),
    ("paperless", '""', "is required."),
]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    WRONG,
    ids=[f"{column}-{value[:20]}-{n}" for n, (column, value, _) in enumerate(WRONG)],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_column(program, column, value, text):
    assert problem(program.post(GROUPS, group(**{column: value})), 400) == f"{column} {text}"
    batch = b"[" + GOOD + b"," + group(**{column: value}) + b"," + group(name='"Fine"') + b"]"
    answers = program.batch(GROUP, batch)
    assert answers == [(201, "Created"), (400, f"{column} {text}"), (201, "Created")]
    assert count(program) == 2


def test_every_wrong_column_is_named_not_only_the_first(program):
    wrong = group(name="5", adult_Age='"x"', paperless="null", group_ID='""', renewal_Date='"x"')
    told = problem(program.post(GROUPS, wrong), 400)
    assert program.batch(GROUP, b"[" + wrong + b"]") == [(400, told)]
    for text in (
        "group_ID is required.",
        "name must be text.",
        f"adult_Age {WHOLE}",
        "paperless is required.",
    ):
        assert text in told
    assert told.endswith(f"renewal_Date {DATE}") or f"renewal_Date {DATE} " in told


@pytest.mark.parametrize(
    "value", [HUGE, "1e999", "1e99999999999999999999", r'"\ud800"', '"\\u0000"', "[" * 200 + "]" * 200]
)
def test_odd_values_of_ignored_properties_are_ignored(program, value):
    for name in ("no_Such_Column", "entry_User", "update_Date"):
        body = group(name='"Fine"', **{name: value})
        assert program.batch(GROUP, b"[" + body + b"]") in ([(201, "Created")], [(200, "Unchanged")])
        assert data_of(program.put(GROUP.one, body))["name"] == "Fine"


def test_the_last_value_of_a_repeated_property_counts(program):
    body = GOOD[:-1] + b', "name": "First", "name": "Second"}'
    assert data_of(program.post(GROUPS, body))["name"] == "Second"
    body = GOOD[:-1] + b', "name": "First", "NAME": "Third"}'
    assert data_of(program.put(f"{GROUPS}/Good", body))["name"] == "Third"


RULES = [
    ({"from_Date": "2024-01-02", "thru_Date": "2024-01-01"}, ["thru_Date must not be before from_Date."]),
    (
        {"qtr4_From_Date": "2024-01-02", "qtr4_Thru_Date": "2024-01-01"},
        ["qtr4_Thru_Date must not be before qtr4_From_Date."],
    ),
    (
        {"from_Date": "2024-01-02", "qtr4_From_Date": "2024-01-01"},
        ["qtr4_From_Date must not be before from_Date."],
    ),
    (
        {"thru_Date": "2024-01-01", "qtr4_Thru_Date": "2024-01-02"},
        ["qtr4_Thru_Date must not be after thru_Date."],
    ),
    (
        {"thru_Date": "2024-01-01", "qtr4_From_Date": "2024-01-02"},
        ["qtr4_From_Date must not be after thru_Date."],
    ),
    (
        {"from_Date": "2024-01-02", "qtr4_Thru_Date": "2024-01-01"},
        ["qtr4_Thru_Date must not be before from_Date."],
    ),
    (
        {"from_Date": "2024-06-01", "thru_Date": "2024-05-01", "qtr4_From_Date": "2024-01-01"},
        ["thru_Date must not be before from_Date.", "qtr4_From_Date must not be before from_Date."],
    ),
]


@pytest.mark.parametrize(("dates", "texts"), RULES, ids=[" ".join(dates) for dates, _ in RULES])
def test_dates_in_the_wrong_order_are_refused(program, dates, texts):
    program.have(DIVISION)
    sent = PLAN_YEAR.record(**dates)
    assert problem(program.post(PLAN_YEAR.path, sent), 400) == " ".join(texts)
    assert program.batch(PLAN_YEAR, [sent]) == [(400, " ".join(texts))]
    program.have(PLAN_YEAR)
    assert problem(program.put(PLAN_YEAR.one, sent), 400) == " ".join(texts)


@pytest.mark.parametrize(
    "dates", [{}, {"from_Date": "2024-01-01"}, {"from_Date": "2024-01-01", "thru_Date": "2024-01-01"}]
)
def test_open_ends_and_single_days_keep_the_rules(program, dates):
    program.have(DIVISION)
    quarter = {"qtr4_From_Date": "2024-01-01", "qtr4_Thru_Date": "2024-01-01"}
    assert program.batch(PLAN_YEAR, [PLAN_YEAR.record(**dates, **quarter)]) == [(201, "Created")]


# --- nothing is half-written ---


def test_a_refused_put_leaves_the_record_as_it_was(program):
    program.post(GROUPS, GROUP.full())
    before = data_of(program.get(GROUP.one))
    assert problem(program.put(GROUP.one, GROUP.record(name="New", adult_Age="x")), 400)
    assert program.batch(GROUP, [GROUP.record(name="New", adult_Age="x")])[0][0] == 400
    assert data_of(program.get(GROUP.one)) == before


def test_no_error_repeats_a_value_that_was_sent(program, caplog):
    caplog.set_level("DEBUG", logger="vbaadmin")
    secret = "Secret-Value-77"
    sent = GROUP.record(name=secret * 9, adult_Age=secret, renewal_Date=secret, paperless=secret)
    for response in (program.post(GROUPS, sent), program.put(f"{GROUPS}-batch", [sent])):
        assert secret not in response.content.decode()
    assert secret not in caplog.text
