"""Names, dates and path segments: the rules that all interfaces share."""

import datetime
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tables.rest.routes import DaySegment, KeySegment
from tables.schema.names import api_name, published_name
from tables.write.records import WrongValue, parse_day

CONTRACT = json.loads((Path(__file__).parent.parent / "contract.json").read_text(encoding="utf-8"))["tables"]


@pytest.mark.parametrize(
    ("published", "api"),
    [
        ("Group_ID", "group_ID"),
        ("COBRA_Length", "cobrA_Length"),
        ("RX_BIN", "rX_BIN"),
        ("RX_CS_Phone", "rX_CS_Phone"),
        ("SSN", "ssn"),
        ("ACH_Account_Key", "acH_Account_Key"),
        ("UC_Percent", "uC_Percent"),
        ("FICA_Employer_Match", "ficA_Employer_Match"),
        ("CaseRate", "caseRate"),
        ("AddOn_Rate_Option", "addOn_Rate_Option"),
        ("Name", "name"),
        ("Address2", "address2"),
        ("A", "a"),
        ("already", "already"),
        ("_Odd", "_Odd"),
        ("", ""),
    ],
)
def test_the_api_name_is_the_original_serializers(published, api):
    assert api_name(published) == api


def test_published_names_have_underscores_for_blanks():
    assert published_name("COBRA Auto Term Reason") == "COBRA_Auto_Term_Reason"


def test_the_rule_keeps_every_name_of_the_contract():
    names = {field["name"] for table in CONTRACT.values() for field in table["fields"]}
    assert {api_name(name) for name in names} == names


def test_names_of_a_table_never_differ_in_case_alone():
    for table in CONTRACT.values():
        folded = [field["name"].lower() for field in table["fields"]]
        assert len(set(folded)) == len(folded)


@given(st.from_regex(r"[A-Z]{1,6}(_[A-Za-z0-9]{1,6}){0,3}", fullmatch=True))
def test_an_api_name_differs_from_the_published_name_in_case_alone(published):
    assert api_name(published).lower() == published.lower()
    assert api_name(api_name(published)) == api_name(published)


# --- segments of paths ---

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


@given(st.text(letters, min_size=1))
def test_a_key_round_trips_through_a_path(key):
    segment = KeySegment().to_url(key)
    assert "/" not in segment
    assert KeySegment().to_python(segment) == key
    assert KeySegment().to_python(quote(key, safe="")) == key


@pytest.mark.parametrize("segment", ["%00", "a%00", "%ff", "%c3%28", "%ed%a0%80"])
def test_a_segment_that_is_not_a_text_is_not_a_key(segment):
    with pytest.raises(ValueError):  # noqa: PT011 - what converters raise where they do not match
        KeySegment().to_python(segment)


@given(
    st.dates(datetime.date(1, 1, 1)),
    st.sampled_from(
        [
            "",
            "T00:00:00Z",
            "T23:59:59.9999999-11:00",
            " 00:00:00 UTC",
            "t10:00:00+0530",
            " 12:00",
            "T08:00:00",
        ]
    ),
)
def test_a_day_round_trips_in_every_form(day, rest):
    written = day.isoformat() + rest
    assert parse_day(written) == day
    for segment in (
        written,
        quote(written, safe=""),
        quote(written, safe="").replace("%20", "+"),
        written.replace(" ", "+"),
    ):
        if "+" not in rest or "%2B" in segment:
            assert DaySegment().to_python(segment) == day
    assert DaySegment().to_python(DaySegment().to_url(day)) == day


@given(st.text(st.sampled_from("0123456789-T:Z. +"), max_size=14) | st.text(letters, max_size=10))
def test_a_text_that_is_not_a_day_is_a_wrong_value(text):
    try:
        day = parse_day(text)
    except WrongValue:
        return
    assert text.startswith(day.isoformat())
