"""The example files match the published contract, and what a benefits clerk expects."""

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
EXAMPLES = TESTS.parent / "examples"
CONTRACT = json.loads((TESTS / "contract.json").read_text(encoding="utf-8"))["tables"]
FILES = {"groups.json": "Groups", "divisions.json": "GroupDivision", "plan-years.json": "GroupPlanYear"}
STAMPS = {"entry_Date", "entry_User", "update_Date", "update_User"}
# The day for which the examples are made.
AS_OF = "2026-11-01"
INT32 = range(-(2**31), 2**31)

every_file = pytest.mark.parametrize("name", FILES)


def read(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


def facts(name):
    return {fact["name"]: fact for fact in CONTRACT[FILES[name]]["fields"]}


def keys(name, columns):
    return [tuple(record[column] for column in columns) for record in read(name)]


def fits(fact, value):
    if fact["type"] == "boolean":
        return isinstance(value, bool)
    if fact["type"] == "int32":
        return type(value) is int and value in INT32
    if fact["type"] == "number":
        return type(value) is int or isinstance(value, Decimal)
    if fact["type"] == "date-time":
        return date.fromisoformat(value).isoformat() == value
    return isinstance(value, str) and fact.get("minLength", 1) <= len(value) <= fact.get(
        "maxLength", len(value)
    )


@every_file
def test_every_column_but_the_stamps_is_used(name):
    used = {column for record in read(name) for column in record}
    assert used == set(facts(name)) - STAMPS


@every_file
def test_every_value_has_the_type_and_length_of_its_column(name):
    columns = facts(name)
    wrong = [
        (record["group_ID"], column, value)
        for record in read(name)
        for column, value in record.items()
        if not fits(columns[column], value)
    ]
    assert wrong == []


@every_file
def test_every_record_has_all_required_columns(name):
    required = {fact["name"] for fact in facts(name).values() if fact["required"]}
    assert [record for record in read(name) if not required <= set(record)] == []


@every_file
def test_every_flag_is_on_somewhere_and_off_somewhere(name):
    records = read(name)
    flags = [fact["name"] for fact in facts(name).values() if fact["type"] == "boolean"]
    assert [
        flag for flag in flags if {record.get(flag) for record in records} - {None} != {True, False}
    ] == []


@every_file
def test_keys_are_unique(name):
    assert max(Counter(keys(name, CONTRACT[FILES[name]]["key"])).values()) == 1


def test_keys_differ_in_style_and_even_in_case_alone():
    group_ids = {group_id for (group_id,) in keys("groups.json", ["group_ID"])}
    assert {"WLK100", "wlk100", "R&D/7", "Zoë 12", "50%CU", "a+b 21", "#1044"} <= group_ids
    assert any(re.fullmatch("00[0-9]{3}", group_id) for group_id in group_ids)
    assert max(map(len, group_ids)) == 20


def test_parents_exist():
    groups = set(keys("groups.json", ["group_ID"]))
    divisions = keys("divisions.json", ["group_ID", "division_ID"])
    years_of = keys("plan-years.json", ["group_ID", "division_ID"])
    assert {(group,) for group, _ in divisions} == groups
    assert set(years_of) <= set(divisions)


def test_plan_years_keep_the_rules_about_dates():
    for year in read("plan-years.json"):
        assert year["from_Date"] <= year["thru_Date"]
        if year["qtr4_Accum"]:
            assert year["from_Date"] <= year["qtr4_From_Date"] <= year["qtr4_Thru_Date"] <= year["thru_Date"]
            assert year["plan_Year"] != year["qtr4_PlanYear"]
        else:
            assert not {"qtr4_From_Date", "qtr4_Thru_Date", "qtr4_PlanYear"} & set(year)


def test_plan_years_of_one_division_and_plan_type_do_not_overlap():
    ends = {}
    for year in sorted(read("plan-years.json"), key=lambda year: year["from_Date"]):
        whose = year["group_ID"], year["division_ID"], year.get("plan_Type")
        assert ends.get(whose, "") < year["from_Date"]
        ends[whose] = year["thru_Date"]


@pytest.mark.parametrize("name", ["groups.json", "divisions.json"])
def test_coverage_ends_after_it_starts(name):
    assert [
        record for record in read(name) if record.get("disenroll_Date", "9999") <= record["original_Date"]
    ] == []


def test_divisions_end_no_later_than_their_group():
    ends = {group["group_ID"]: group.get("disenroll_Date", "9999") for group in read("groups.json")}
    divisions = read("divisions.json")
    assert [each for each in divisions if each.get("disenroll_Date", "9999") > ends[each["group_ID"]]] == []


def test_about_a_twelfth_of_the_groups_is_disenrolled_and_a_third_has_a_cobra_division():
    ended = [group for group in read("groups.json") if "disenroll_Date" in group]
    cobra = {each["group_ID"] for each in read("divisions.json") if each["cobrA_Division"]}
    assert 18 <= len(ended) <= 34
    assert {group["disenroll_Date"] > AS_OF for group in ended} == {True, False}
    assert 85 <= len(cobra) <= 125


@pytest.mark.parametrize("name", ["groups.json", "divisions.json"])
def test_nothing_could_belong_to_a_real_employer(name):
    for record in read(name):
        for column in ("phone", "contact_Phone", "fax", "rX_CS_Phone", "invoice_Remit_Phone_Number"):
            assert re.search("55501[0-9]{2}$", re.sub("[^0-9]", "", record.get(column, "5550100")))
        assert re.search(r"@example\.(com|org|net)$", record.get("contact_Email_Address", "@example.com"))
        assert record.get("federal_ID", "00-").startswith("00-")


def test_a_zip_code_is_always_in_the_same_place():
    places = {}
    for name in ("groups.json", "divisions.json"):
        for record in read(name):
            if "zip_Code" in record:
                places.setdefault(record["zip_Code"], set()).add((record["city"], record["state"]))
    assert len(places) > 20
    assert max(map(len, places.values())) == 1


@every_file
def test_each_record_stands_on_its_own_line(name):
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line.rstrip(","), parse_float=Decimal) for line in lines[1:-1]] == read(name)


def test_the_files_stay_small():
    assert sum((EXAMPLES / name).stat().st_size for name in FILES) < 3_000_000


def test_the_generator_makes_the_same_files_again(tmp_path):
    subprocess.run([sys.executable, EXAMPLES / "generate.py", tmp_path], check=True)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()
