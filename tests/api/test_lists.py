"""Lists: pages, order, filters, and the header X-Pagination."""

import json

import pytest
from django.core.cache import cache
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tests.api.doors import problem
from tests.api.programs import data_of, ids
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR

pytestmark = pytest.mark.django_db(databases="__all__")


def pagination(response):
    """Return the header's four numbers, which must be all it holds."""
    found = json.loads(response["X-Pagination"])
    assert list(found) == ["TotalCount", "TotalPages", "CurrentPage", "PageSize"]
    return tuple(found.values())


# --- pages ---


def test_an_empty_list_is_an_empty_page(program):
    response = program.get(GROUPS)
    assert data_of(response) == []
    assert response["X-Pagination"] == '{"TotalCount":0,"TotalPages":0,"CurrentPage":1,"PageSize":100}'


@pytest.mark.parametrize(
    ("page", "size", "first", "last", "told"),
    [
        (1, 10, "G00", "G09", (25, 3, 1, 10)),
        (2, 10, "G10", "G19", (25, 3, 2, 10)),
        (3, 10, "G20", "G24", (25, 3, 3, 10)),
        (5, 5, "G20", "G24", (25, 5, 5, 5)),
        (1, 25, "G00", "G24", (25, 1, 1, 25)),
        (1, 10000, "G00", "G24", (25, 1, 1, 10000)),
        (25, 1, "G24", "G24", (25, 25, 25, 1)),
    ],
)
def test_a_page_holds_its_rows_and_the_header_gives_its_position(
    program, have, page, size, first, last, told
):
    have(**{f"G{n:02}": {} for n in range(25)})
    response = program.get(GROUPS, page=page, pageSize=size)
    assert (ids(response)[0], ids(response)[-1]) == (first, last)
    assert pagination(response) == told


@pytest.mark.parametrize("page", [2, 4, 2**31 - 1])
def test_a_page_after_the_end_is_empty_and_gives_the_total(program, have, page):
    have(A={}, B={}, C={})
    response = program.get(GROUPS, page=page, pageSize=3)
    assert ids(response) == []
    assert pagination(response) == (3, 1, page, 3)


@pytest.fixture
def counts_are_kept(monkeypatch):
    """Even a few rows count as many here, so their count is cached."""
    monkeypatch.setattr("tables.rest.reading.MANY", 1)
    yield
    cache.clear()


def test_no_page_is_after_the_total_although_the_count_is_cached(program, have, counts_are_kept):
    have(A={}, B={})
    assert pagination(program.get(GROUPS, pageSize=2)) == (2, 1, 1, 2)
    have(C={}, D={})
    assert pagination(program.get(GROUPS, page=2, pageSize=2)) == (4, 2, 2, 2)


def test_without_parameters_a_page_has_a_hundred_rows(program, have):
    have(**{f"G{n:03}": {} for n in range(101)})
    response = program.get(GROUPS)
    assert len(ids(response)) == 100
    assert pagination(response) == (101, 2, 1, 100)
    assert pagination(program.get(GROUPS, page="", pageSize="", sortBy="")) == (101, 2, 1, 100)


def test_the_parameters_of_a_list_are_understood_in_any_case(program, have):
    have(A={}, B={}, C={})
    response = program.get(GROUPS, Page=2, PAGESIZE=1, sortby="group_ID:desc")
    assert ids(response) == ["B"]
    assert pagination(response) == (3, 3, 2, 1)


@pytest.mark.parametrize(("parameter", "most"), [("page", 2147483647), ("pageSize", 10000)])
@pytest.mark.parametrize(
    "value", ["0", "-1", "abc", "1.0", "1e1", " 1", "10_0", "999999999999999999999", "²"]
)
def test_pages_and_their_size_are_whole_numbers_from_one(program, parameter, most, value):
    text = problem(program.get(GROUPS, **{parameter: value}), 400)
    assert text == f"{parameter} must be a whole number between 1 and {most}."
    assert problem(program.get(GROUPS, pageSize=10001), 400)


def test_all_pages_together_have_each_row_once(program, have):
    have(**{f"G{n:02}": {"state": "OH" if n % 2 else None, "total_Employees": n % 3} for n in range(20)})
    for order in ("", "state", "total_Employees:desc", "state:desc,total_Employees"):
        pages = [ids(program.get(GROUPS, page=n, pageSize=3, sortBy=order)) for n in range(1, 8)]
        rows = [row for page in pages for row in page]
        assert sorted(rows) == [f"G{n:02}" for n in range(20)]
        assert rows == ids(program.get(GROUPS, sortBy=order))


def rows_made(program, **query):
    """Return how many rows the list's statement has turned into JSON."""
    with CaptureQueriesContext(connections["VBA_Demo"]) as captured:
        assert len(ids(program.get(GROUPS, **query))) == 10
    statement = next(each["sql"] for each in captured if "concat_ws" in each["sql"])
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) {statement}")
        waiting, made = [cursor.fetchone()[0][0]["Plan"]], 0
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if any("concat_ws" in each for each in node.get("Output", ())):
            made = max(made, node["Actual Rows"] * node["Actual Loops"])
    return made


@pytest.mark.parametrize("order", ["", "group_ID:desc", "name", "state:desc,total_Employees", "renewal_Date"])
@pytest.mark.parametrize("wanted", [{}, {"paperless": "true"}, {"group_ID__gt": "G05"}])
def test_no_json_is_made_of_rows_before_the_page(program, have, order, wanted):
    have(**{f"G{n:02}": {"paperless": True, "total_Employees": n % 3} for n in range(60)})
    assert rows_made(program, page=5, pageSize=10, sortBy=order, **wanted) == 10


# --- order ---

SORTED = {
    "": "A B C D E",
    "group_ID": "A B C D E",
    "group_ID:desc": "E D C B A",
    "GROUP_id:DESC": "E D C B A",
    "name": "D B E A C",
    "name:asc": "D B E A C",
    "name:desc": "B E D A C",
    "name:desc,group_ID:desc": "E B D C A",
    " name : desc , group_ID : desc ,": "E B D C A",
    "total_Employees": "E A B C D",
    "total_Employees:desc": "B C A E D",
    "caseRate": "B A C D E",
    "caseRate:desc": "C A B D E",
    "renewal_Date:desc": "B A C D E",
    "paperless:desc,name": "D B E A C",
    "state:asc,total_Employees:desc,name:asc": "A E D B C",
}


@pytest.mark.parametrize(("order", "keys"), SORTED.items())
def test_rows_come_in_the_order_asked_for_nulls_last_both_ways(program, have, order, keys):
    have(
        A={"total_Employees": 5, "caseRate": 9.5, "renewal_Date": "2024-01-01", "state": "NY"},
        B={"total_Employees": 40, "caseRate": -1, "renewal_Date": "2024-12-01", "name": "Zeta"},
        C={"total_Employees": 40, "caseRate": 10},
        D={"name": "Alpha", "state": "OH"},
        E={"total_Employees": -7, "name": "Zeta", "state": "NY"},
    )
    assert " ".join(ids(program.get(GROUPS, sortBy=order))) == keys


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("nope", "sortBy: there is no column 'nope'."),
        ("name,nope:desc", "sortBy: there is no column 'nope'."),
        ("id", "sortBy: there is no column 'id'."),
        ("name desc", "sortBy: there is no column 'name desc'."),
        ("group__name", "sortBy: there is no column 'group__name'."),
        ("name:up", "sortBy: 'up' is not a direction. Use asc or desc."),
        ("name:asc:desc", "sortBy: 'asc:desc' is not a direction. Use asc or desc."),
    ],
)
def test_an_impossible_order_is_refused(program, order, text):
    assert problem(program.get(GROUPS, sortBy=order), 400) == text


def test_lists_can_be_sorted_by_every_column(program, have):
    have(A={}, B={})
    for column in GROUP.fields:
        for direction in ("asc", "desc"):
            assert len(ids(program.get(GROUPS, sortBy=f"{column}:{direction}"))) == 2


# --- lists below a parent ---


def test_only_divisions_of_the_group_in_the_path_are_listed(program):
    program.have_divisions("A", "B", group="G1")
    program.have_divisions("C", group="G2")
    program.have_divisions(group="G3")
    response = program.get(f"{GROUPS}/G1/divisions", pageSize=1)
    assert ids(response, "division_ID") == ["A"]
    assert pagination(response) == (2, 2, 1, 1)
    assert ids(program.get(f"{GROUPS}/G2/divisions"), "division_ID") == ["C"]
    assert ids(program.get(f"{GROUPS}/G3/divisions"), "division_ID") == []
    assert ids(program.get(f"{GROUPS}/G1/divisions", group_ID="G2"), "division_ID") == []
    assert problem(program.get(f"{GROUPS}/G4/divisions"), 404) == "Group 'G4' was not found."
    assert problem(program.get(f"{GROUPS}/g1/divisions", page=7), 404) == "Group 'g1' was not found."


def test_only_plan_years_of_the_division_in_the_path_are_listed(program):
    program.have_divisions("D1", "D2")
    program.have(PLAN_YEAR)
    assert ids(program.get(PLAN_YEAR.path), "plan_Year") == ["CY2024"]
    assert ids(program.get(f"{DIVISION.path}/D2/plan-years"), "plan_Year") == []
    assert (
        problem(program.get(f"{DIVISION.path}/D3/plan-years"), 404) == "Division 'G1' / 'D3' was not found."
    )


# --- the rest of the answer ---


def test_head_answers_like_get_without_the_rows(program, have):
    have(A={}, B={})
    response = program.call("HEAD", GROUPS)
    assert response.status_code == 200
    assert response.content == b""
    assert pagination(response) == (2, 1, 1, 100)


def test_a_list_makes_the_same_few_statements_however_long_it_is(
    program, have, django_assert_max_num_queries
):
    have(**{f"G{n:02}": {} for n in range(50)})
    with django_assert_max_num_queries(2, using="VBA_Demo"):
        assert len(ids(program.get(GROUPS, pageSize=20))) == 20
