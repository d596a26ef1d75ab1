"""Values as common clients send them, which are read back as sent."""

import datetime
import json
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.doors import problem
from tests.api.programs import data_of
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR, TABLES, without_stamps

pytestmark = pytest.mark.django_db(databases="__all__")
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
property_test = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

SMILE = "\N{GRINNING FACE}"


def store(program, table, record):
    """Write a record by a batch and return the record that is then read."""
    assert program.batch(table, [record])[0][0] in (200, 201)
    path = f"{table.path}/{quote(record[table.own_key], safe='')}"
    return without_stamps(data_of(program.get(path)))


# --- dates ---

DAYS = [
    "2024-06-30",
    "2024-06-30T00:00:00Z",
    "2024-06-30T00:00:00",
    "2024-06-30T23:59:59.999Z",
    "2024-06-30T23:59:59.1234567+14:00",
    "2024-06-30T00:00:00-11:30",
    "2024-06-30t08:15:00z",
    "2024-06-30 00:00:00 UTC",
    "2024-06-30 23:59:59 UTC",
    "2024-06-30 00:00:00 -0500",
    "2024-06-30 12:30",
    "2024-06-30 12:30:00+00",
    "2024-06-30T23:59:60Z",
    "2024-06-30T18:59:60.5-05:00",
]
NO_DAYS = [
    *("2024-06-30T25:00:00Z", "2024-06-30T24:00:00Z", "2024-06-30T10:60:00Z", "2024-06-30T10:00:61Z"),
    *("2024-06-30T10:00:60Z", "2024-06-30T23:59:60+01:00", "2024-05-31T23:59:60Z", "2024-06-30T99:99:99Z"),
    *("2024-06-30T10:00:00+25:00", "2024-06-30T10:00:00-24:00", "2024-06-30T10:00:00+10:60"),
    *("2024-06-30 25:00:00 UTC", "2024-06-30 10:60:00 UTC", "2024-06-30T10:00:00.Z", "2024-06-30T10Z"),
    *("2024-02-30T00:00:00Z", "2023-02-29", "2024-13-01T00:00:00Z", "2024-06-31 00:00:00 UTC"),
]


@pytest.mark.parametrize("day", DAYS)
def test_every_form_of_a_date_means_the_day_as_written(program, day):
    answered = data_of(program.post(GROUPS, GROUP.record(renewal_Date=day)))
    assert answered["renewal_Date"] == "2024-06-30T00:00:00Z"
    assert data_of(program.get(GROUP.one))["renewal_Date"] == "2024-06-30T00:00:00Z"


@pytest.mark.parametrize("day", NO_DAYS)
def test_an_impossible_time_is_not_a_date(program, day):
    text = "must be a date (YYYY-MM-DD) between the years 1 and 9999."
    assert problem(program.post(GROUPS, GROUP.record(renewal_Date=day)), 400) == f"renewal_Date {text}"
    assert program.batch(GROUP, [GROUP.record(renewal_Date=day)]) == [(400, f"renewal_Date {text}")]
    assert problem(program.get(GROUPS, renewal_Date=day), 400) == f"renewal_Date {text}"
    program.have(DIVISION)
    answer = program.get(f"{GROUP.one}/enrollment-summary", asOfDate=day)
    assert problem(answer, 400) == f"asOfDate {text}"
    contract = f"{DIVISION.one}/contracts/{quote(day, safe='')}"
    assert "no such path" in problem(program.get(contract), 404)


PROCESS = "/vbasoftware/vbaprocesses"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2024-06-30t08:15:00z", "2024-06-30T08:15:00Z"),
        ("2024-06-30 23:59:59 UTC", "2024-06-30T23:59:59Z"),
        ("2024-06-30 23:59:59 GMT", "2024-06-30T23:59:59Z"),
        ("2024-06-30 00:00:00 -0500", "2024-06-30T05:00:00Z"),
        ("2024-06-30 12:00:00+02", "2024-06-30T10:00:00Z"),
        ("2024-06-30T08:15", "2024-06-30T08:15:00Z"),
        ("2024-06-30T23:59:60Z", "2024-07-01T00:00:00Z"),
        ("2024-06-30", "2024-06-30T00:00:00Z"),
    ],
)
def test_a_moment_keeps_its_time_in_every_form_of_a_date(program, sent, stored):
    made = data_of(program.post(PROCESS, {"vbaProcess_Type": "EXPORT", "process_Start": sent}))
    assert made["process_Start"] == stored


@pytest.mark.parametrize("moment", [*NO_DAYS, "20240630", "2024-W01-1"])
def test_an_impossible_moment_is_refused(program, moment):
    answer = program.post(PROCESS, {"vbaProcess_Type": "EXPORT", "process_Start": moment})
    assert problem(answer, 400) == "process_Start must be a date and time."


@pytest.mark.parametrize("day", ["0001-01-01", "1582-10-10", "1899-12-31", "2000-02-29", "9999-12-31"])
def test_days_of_all_centuries_are_kept(program, day):
    stored = data_of(program.post(GROUPS, GROUP.record(paid_Through=day)))
    assert stored["paid_Through"] == f"{day}T00:00:00Z"


# --- texts ---


@every_table
@pytest.mark.parametrize("letter", ["x", "é", SMILE, '"', "\\", "\t", "%", "�", "\x7f", "\u2028"])
def test_every_column_holds_its_greatest_length_of_any_character(program, table, letter):
    program.have(DIVISION)
    keys = {name: letter * table.fields[name]["maxLength"] for name in [table.own_key]}
    sent = table.full(letter, **keys)
    if table is PLAN_YEAR:
        sent["thru_Date"] = "2025-06-30"
    assert store(program, table, sent) == table.answer(sent)


TEXTS = [
    " leading",
    "trailing ",
    "a\nb\r\nc",
    "O'Brien & Söhne <GmbH>",
    "null",
    "NULL",
    "\\N",
    "{}",
    "%(user)s",
    "%s",
]
TEXTS += [
    "\\t",
    "\t",
    "\\.",
    "\\",
    "a\\u0000b",
    "'; drop table groups; --",
    "ﬁ",
    "\N{LATIN SMALL LETTER E WITH ACUTE}",
    "e\N{COMBINING ACUTE ACCENT}",
    "\ufeff",
    "مرحبا",
    SMILE + "\u200d",
    " ",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_stored_exactly(program, text):
    assert store(program, GROUP, GROUP.record(name=text))["name"] == text


# --- numbers ---

NUMBERS = [
    "1.10",
    "0",
    "-0.5",
    "100",
    "0.00000000001",
    "1234567890123456789012345678",
    "0.1000000000000000055511151231",
]
NUMBERS += [
    "-99999999999999999999999999999999.99999999999999999999999999",
    "79228162514264337593543950335",
    "1.000",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_exact_and_answered_as_json_numbers_digit_by_digit(program, number):
    body = json.dumps(GROUP.record(caseRate="@")).replace('"@"', number).encode()
    for answer in (program.post(GROUPS, body), program.get(GROUP.one), program.get(GROUPS)):
        assert answer.status_code == 200
        assert f'"caseRate":{number},'.encode() in answer.content


@pytest.mark.parametrize(
    ("written", "value"), [("1e3", "1000"), ("1.5E-3", "0.0015"), ("-0.0", "0.0"), ("12E+2", "1200")]
)
def test_numbers_may_have_any_json_notation(program, written, value):
    body = json.dumps(GROUP.record(caseRate="@")).replace('"@"', written).encode()
    assert data_of(program.post(GROUPS, body))["caseRate"] == Decimal(value)


@pytest.mark.parametrize("limit", [-(2**31), 2**31 - 1, 0])
def test_whole_numbers_may_have_32_bits(program, limit):
    assert data_of(program.post(GROUPS, GROUP.record(adult_Age=limit)))["adult_Age"] == limit


@pytest.mark.parametrize("written", ["5.0", "5e0", "50E-1", "0.5e1"])
def test_a_whole_number_may_be_written_with_a_point_or_an_exponent(program, written):
    body = json.dumps(GROUP.record(adult_Age="@")).replace('"@"', written).encode()
    assert data_of(program.post(GROUPS, body))["adult_Age"] == 5


def test_a_number_may_be_a_text_as_ruby_writes_decimals(program):
    for written in ("0.51e1", "-12.50", "1234567890123456789012345678"):
        assert store(program, GROUP, GROUP.record(caseRate=written))["caseRate"] == Decimal(written)


# --- properties ---


@every_table
@pytest.mark.parametrize("spell", [str.upper, str.lower, str.swapcase], ids=["upper", "lower", "swapped"])
def test_property_names_are_understood_in_any_order_and_case(program, table, spell):
    program.have(DIVISION)
    sent = table.full(thru_Date="2025-01-01") if table is PLAN_YEAR else table.full()
    disguised = {spell(name): sent[name] for name in reversed(sent)}
    assert program.batch(table, [disguised])[0][1] in ("Created", "Updated")
    assert without_stamps(data_of(program.get(table.one))) == table.answer(sent)


@pytest.mark.parametrize("unknown", [1, "x", None, {"deep": [{}]}, [1, [2, [3]]], True, 1.5])
def test_unknown_properties_are_ignored(program, unknown):
    sent = GROUP.record(name="Kept") | {"no_Such_Column": unknown, "id": unknown}
    assert without_stamps(data_of(program.post(GROUPS, sent))) == GROUP.answer(GROUP.record(name="Kept"))


# --- headers about the body and the answer ---


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "text/plain", "text/json", "application/json", "application/xml", "text/html", "nonsense"],
)
def test_answers_are_json_for_any_accept_header(program, accept):
    program.have(GROUP)
    for path in (GROUPS, GROUP.one, f"{GROUPS}/none", "/vbasoftware/none"):
        response = program.call("GET", path, headers={"accept": accept})
        assert response["Content-Type"] == "application/json; charset=utf-8"
        assert response.json()["debug"]


CONTENT_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "text/json",
    "text/plain",
    "application/*+json",
]
CONTENT_TYPES += [
    "application/merge-patch+json",
    "",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "x",
]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_bodies_are_read_as_json_for_any_content_type(program, content_type):
    sent = GROUP.record(name="Söhne & Co=1+1")
    answered = data_of(program.post(GROUPS, sent, content_type=content_type))
    assert without_stamps(answered) == GROUP.answer(sent)
    assert program.batch(GROUP, [sent], content_type=content_type) == [(200, "Unchanged")]


def test_a_byte_order_mark_before_the_body_is_ignored(program):
    body = b"\xef\xbb\xbf" + json.dumps(GROUP.record(name="Marked")).encode()
    assert data_of(program.post(GROUPS, body))["name"] == "Marked"
    batch = b"\xef\xbb\xbf" + json.dumps([GROUP.record(name="Marked")]).encode()
    assert program.batch(GROUP, batch) == [(200, "Unchanged")]


# --- anything within the contract ---

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
whole = st.integers(-(2**31), 2**31 - 1)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=9)
days = st.dates(datetime.date(1, 1, 1)).map(datetime.date.isoformat)


def values_of(field):
    kinds = {"boolean": st.booleans(), "int32": whole, "number": decimals, "date-time": days}
    values = kinds.get(field["type"], st.text(letters, max_size=field.get("maxLength", 400)))
    return values | st.none() if field["nullable"] else values


def records_of(table):
    """Return any record within the contract's types and lengths, without some optional columns."""
    fields = {name: values_of(field) for name, field in table.written.items() if name not in table.key}
    required = {name for name in fields if table.fields[name]["required"]}
    return st.fixed_dictionaries(
        {name: fields[name] for name in required},
        optional={name: fields[name] for name in fields.keys() - required},
    ).map(lambda record: {**record, **table.key})


def as_json(record):
    """Write a record with its decimals as JSON numbers."""
    text = json.dumps(record, default=lambda value: f"@@{value:f}@@", ensure_ascii=False)
    return text.replace('"@@', "").replace('@@"', "").encode()


@pytest.mark.parametrize("table", [GROUP, DIVISION], ids=lambda table: table.name)
@pytest.mark.parametrize("besides", [0, 101], ids=["few", "many"])
def test_any_record_within_the_contract_comes_back_as_it_was_sent(program, table, besides):
    program.have(GROUP)
    fillers = [as_json(table.record(**{table.own_key: f"F{n}"})) for n in range(besides)]

    @property_test
    @given(records_of(table))
    def comes_back(record):
        batch = b"[" + b",".join([as_json(record), *fillers]) + b"]"
        assert program.batch(table, batch)[0][0] in (200, 201)
        assert without_stamps(data_of(program.get(table.one))) == table.answer(record)
        assert set(program.batch(table, batch)) == {(200, "Unchanged")}

    comes_back()


@property_test
@given(key=st.text(letters, min_size=1, max_size=20))
def test_a_key_of_any_text_finds_its_record_in_the_path(program, key):
    path = f"{GROUPS}/{quote(key, safe='')}"
    assert data_of(program.post(GROUPS, GROUP.record(group_ID=key)))["group_ID"] == key
    assert data_of(program.put(path, GROUP.record(group_ID=key, name="x")))["name"] == "x"
    assert data_of(program.get(path))["group_ID"] == key
    below = {"group_ID": key, "division_ID": key}
    assert data_of(program.post(f"{path}/divisions", DIVISION.record(**below)))["division_ID"] == key
    assert [row["division_ID"] for row in data_of(program.get(f"{path}/divisions"))] == [key]
    assert program.delete(f"{path}/divisions/{quote(key, safe='')}").status_code == 204
    assert program.delete(path).status_code == 204
