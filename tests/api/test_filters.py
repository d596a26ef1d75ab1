"""Filters of lists: what each operator finds, and that unknown parameters are refused."""

import re

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from groups.models import Group
from tables.rest.filters import OPERATORS
from tables.schema.columns import columns
from tests.api.doors import problem
from tests.api.programs import data_of, ids
from tests.api.published import GROUP, GROUPS
from tests.api.surface import operations

pytestmark = pytest.mark.django_db(databases="__all__")


FILTERED = {
    "state=OH": "A C",
    "STATE=OH": "A C",
    "state=oh": "",
    "state=": "A B C D",
    "state=OH&name=Söhne %26 Co": "A",
    "name=Söhne %2B": "B",
    "name__icontains=SÖHNE": "A B",
    "name__icontains=100%25": "C",
    "name__istartswith=söhne": "A B",
    "name__isnull=true": "D",
    "Name__IsNull=false": "A B C",
    "total_Employees=5": "A",
    "total_employees__gte=5&total_Employees__lte=7": "A B",
    "caseRate=1.1": "A",
    "caseRate__gte=1.2": "B",
    "paperless=true": "B",
    "paperless=false": "A C D",
    "use_Employer_State__isnull=true": "C",
    "renewal_Date=2024-06-30": "A",
    "renewal_Date=2024-06-30T00:00:00Z": "A",
    "renewal_Date=2024-06-30+00:00:00+UTC": "A",
    "renewal_Date__gte=2024-07-01": "B",
    "renewal_Date__lte=2024-06-30%2000:00:00%20UTC": "A",
    "group_ID=B": "B",
    "state=OH&sortBy=group_ID:desc": "C A",
    "entry_User=bob": "A B C D",
    "update_User=alice": "",
    "entry_Date__gte=2001-01-01": "A B C D",
    "entry_Date__gte=2999-01-01": "",
    "entry_Date=2001-01-01T10:00:00%2B05:00": "",
    "Update_Date__GTE=2001-01-01 00:00:00 UTC": "A B C D",
    "update_Date__lte=2999-01-01T00:00:00Z": "A B C D",
    "update_Date__gt=2999-01-01": "",
    "entry_Date__lt=2999-01-01": "A B C D",
    "state__ne=OH": "B D",
    "STATE__NE=oh": "A B C D",
    "state__ne=OH&state__isnull=false": "B",
    "total_Employees__ne=5": "B C D",
    "renewal_Date__ne=2024-06-30": "B C D",
    "paperless__ne=true": "A C D",
    "use_Employer_State__ne=true": "A B C D",
    "use_Employer_State__ne=false": "C",
    "group_ID__ne=A": "B C D",
    "state__in=OH": "A C",
    "state__in=NY,OH": "A B C",
    "state__in=ny": "",
    'name__in=100%25,"Söhne %2B"': "B C",
    "name__in=100%25,%00": "C",
    "name__in=%00": "",
    "total_Employees__in=5,6, 7": "A B",
    "caseRate__in=1.10,9": "A",
    "renewal_Date__in=2024-07-01,2024-06-30T00:00:00Z": "A B",
    "paperless__in=false,true": "A B C D",
    "paperless__in=yes": "B",
    "entry_User__in=bob,alice": "A B C D",
    "group_ID__gt=B": "C D",
    "group_ID__gte=B": "B C D",
    "group_ID__lt=B": "A",
    "group_ID__lte=B": "A B",
    "state__gt=NY": "A C",
    "state__gte=NY": "A B C",
    "state__lt=OH": "B",
    "state__lt=a": "A B C",
    "name__gt=Söhne %26 Co": "B",
    "total_Employees__gt=5": "B",
    "total_Employees__lt=7": "A",
    "caseRate__gt=1.1": "B",
    "caseRate__lt=1.2": "A",
    "renewal_Date__gt=2024-06-30": "B",
    "renewal_Date__lt=2024-07-01": "A",
    "name__isnull=yes": "D",
    "name__isnull=1": "D",
    "name__isnull=T": "D",
    "name__isnull=no": "A B C",
    "name__isnull=0": "A B C",
    "name__isnull=": "A B C D",
    "state__in=&total_Employees__gt=": "A B C D",
}


@pytest.mark.parametrize(("query", "keys"), FILTERED.items())
def test_lists_are_filtered_by_columns_in_any_case(program, have, query, keys):
    have(
        A={
            "state": "OH",
            "name": "Söhne & Co",
            "total_Employees": 5,
            "caseRate": 1.1,
            "renewal_Date": "2024-06-30",
        },
        B={
            "state": "NY",
            "name": "Söhne +",
            "total_Employees": 7,
            "caseRate": 1.2,
            "renewal_Date": "2024-07-01",
        }
        | {"paperless": True},
        C={"state": "OH", "name": "100%", "use_Employer_State": None},
        D={},
    )
    query = query.replace("ö", "%C3%B6").replace("Ö", "%C3%96").replace(" ", "%20")
    response = program.call("GET", f"{GROUPS}?{query}")
    assert " ".join(ids(response)) == keys
    assert f'"TotalCount":{len(keys.split())},' in response["X-Pagination"]


# Which of G1 and Other each operator finds, with the values of G1 in all columns.
FOUND = {"": ["G1"], "ne": ["Other"], "in": ["G1"], "gte": ["G1"], "lte": ["G1"], "icontains": ["G1"]}
FOUND |= {"istartswith": ["G1"], "isnull": ["G1"], "gt": [], "lt": []}


@pytest.mark.parametrize(("operator", "found"), FOUND.items())
def test_lists_can_be_filtered_by_every_column_and_operator(program, operator, found):
    record = GROUP.full("z")
    assert program.batch(GROUP, [record, GROUP.record(group_ID="Other")])[0][0] == 201
    kinds = {column.api: column.kind for column in columns(Group)}
    asked = 0
    for column, field in GROUP.written.items():
        if operator and operator not in OPERATORS[kinds[column]]:
            continue
        value = "false" if operator == "isnull" else record[column]
        value = str(value).lower() if field["type"] == "boolean" else value
        suffix = f"__{operator}" if operator else ""
        answered = ids(program.get(GROUPS, **{f"{column}{suffix}": value}))
        # If Other has a value too, it may be found as well.
        assert [key for key in answered if key == "G1" or found == ["Other"]] == found, column
        asked += 1
    assert asked >= (30 if operator in ("icontains", "istartswith") else 70)


# --- parameters that are not filters ---

REFUSED = {
    "no_Such_Column=x": "no_Such_Column: there is no such parameter."
    " A list takes page, pageSize, sortBy, and columns, with or without an operator.",
    "limit=5": "limit: there is no such parameter."
    " A list takes page, pageSize, sortBy, and columns, with or without an operator.",
    "$filter=state eq OH": "$filter: there is no such parameter."
    " A list takes page, pageSize, sortBy, and columns, with or without an operator.",
    "stat=OH": "stat: there is no such parameter. Did you mean state?",
    "stat__ne=OH": "stat__ne: there is no such parameter. Did you mean state?",
    "page_size=5": "page_size: there is no such parameter. Did you mean pageSize?",
    "sort=name": "sort: there is no such parameter. Did you mean sortBy?",
    "totalEmployees=5": "totalEmployees: there is no such parameter. Did you mean total_Employees?",
    "name__contains=x": "name__contains: there is no such operator; name takes ne, in, gt, gte, lt, lte,"
    " isnull, icontains, istartswith. Did you mean icontains?",
    "paperless__gt=true": "paperless__gt: there is no such operator; paperless takes ne, in, isnull.",
    "renewal_Date__year=2024": "renewal_Date__year: there is no such operator; renewal_Date takes ne, in, gt,"
    " gte, lt, lte, isnull.",
    "name__startswith=": "name__startswith: there is no such operator; name takes ne, in, gt, gte, lt, lte,"
    " isnull, icontains, istartswith. Did you mean istartswith?",
    "name__exact=x": "name__exact: there is no such operator; name takes ne, in, gt, gte, lt, lte,"
    " isnull, icontains, istartswith.",
    "id=1": "id: there is no such parameter."
    " A list takes page, pageSize, sortBy, and columns, with or without an operator.",
    "=x": ": there is no such parameter."
    " A list takes page, pageSize, sortBy, and columns, with or without an operator.",
    "state=OH&state=NY": "state: send this parameter once.",
    "state=OH&State=OH": "state: send this parameter once.",
    "page=1&Page=2": "page: send this parameter once.",
    "total_Employees=x": "total_Employees must be a whole number between -2147483648 and 2147483647.",
    "total_employees__gt=x": "total_employees__gt must be a whole number between -2147483648 and 2147483647.",
    "total_Employees__in=1,x": "total_Employees__in must be a whole number between -2147483648 and"
    " 2147483647, or several separated by commas.",
    "state__in=OH,,NY": "state__in must be text, or several separated by commas.",
    "state__in=OH%0A": "state__in must be text, or several separated by commas.",
    "state__in=%0A": "state__in must be text, or several separated by commas.",
    'state__in="OH': "state__in must be text, or several separated by commas.",
    "renewal_Date__lt=soon": "renewal_Date__lt must be a date (YYYY-MM-DD) between the years 1 and 9999.",
    "entry_Date__ne=soon": "entry_Date__ne must be a date and time.",
    "paperless__ne=perhaps": "paperless__ne must be true or false.",
    "name__isnull=perhaps": "name__isnull must be true or false.",
    "name__isnull=null": "name__isnull must be true or false.",
    "name__gt=%00": "name contains a NUL character, which cannot be stored.",
    "stat=OH&name__like=x": "stat: there is no such parameter. Did you mean state?"
    " name__like: there is no such operator; name takes ne, in, gt, gte, lt, lte, isnull, icontains,"
    " istartswith.",
    "x" * 5000: f"{'x' * 100}: there is no such parameter."
    " A list takes page, pageSize, sortBy, and columns, with or without an operator.",
}


@pytest.mark.parametrize(("query", "text"), REFUSED.items())
def test_an_unknown_filter_or_value_is_refused_and_the_error_says_what_is_right(program, query, text):
    assert problem(program.call("GET", f"{GROUPS}?{query.replace(' ', '%20')}"), 400) == text


@pytest.mark.parametrize(
    "operation",
    [each for each in operations() if each.method == "GET" and each.action in ("get", "list")],
    ids=str,
)
def test_every_get_except_of_one_record_refuses_unknown_parameters(program, operation):
    for query, named in (("previw=true", "previw"), ("page=1&page=1", "page"), ("limit=1", "limit")):
        text = problem(program.call("GET", f"{operation.path}?{query}"), 400)
        assert text.startswith(f"{named}: ")


def test_a_similar_parameter_of_another_operation_is_suggested(program):
    summary = f"{GROUP.one}/enrollment-summary"
    text = problem(program.get(summary, as_of="2024-01-01"), 400)
    assert text == "as_of: there is no such parameter. Did you mean asOfDate?"
    text = problem(program.get(summary, day="2024-01-01"), 400)
    assert text == "day: there is no such parameter. This operation takes asOfDate."
    text = problem(program.get("/vbasoftware/disenroll-family-options", x=1), 400)
    assert text == "x: there is no such parameter. This operation takes none."
    text = problem(program.get("/vbasoftware/active-subscribers", group_ID="G1"), 400)
    assert text == "group_ID: there is no such parameter. Did you mean groupId?"


def test_only_the_first_of_many_wrong_parameters_are_reported(program):
    many = [f"a{n}" for n in range(300)]
    for path in (GROUPS, "/vbasoftware/disenroll-family-options"):
        for query in ("&".join(f"{name}=1" for name in many), "&".join(f"{name}=&{name}=" for name in many)):
            text = problem(program.call("GET", f"{path}?{query}"), 400)
            assert re.findall(r"a\d+(?=: )", text) == many[:10]


# --- paging by keys ---

# Their order by bytes differs from the order in any dictionary.
AWKWARD = ["a", "B", "b", "A", "é", "e", "Z", "z9", "z10", "_", "0", "10", "9", " x", "a b", "a-b", "日", "~"]


def walked(program, path, column, size, **more):
    """The keys of a list, page by page. Each page starts after the last key of the page before."""
    found, after = [], {}
    while True:
        response = program.get(path, sortBy=f"{column}:asc", pageSize=size, **after, **more)
        if not (page := ids(response, column)):
            return found
        found += page
        after = {f"{column}__gt": page[-1]}


@pytest.mark.parametrize("size", [1, 4, 100])
def test_a_table_can_be_paged_through_by_its_key(program, have, size):
    have(**{key: {} for key in AWKWARD})
    assert walked(program, GROUPS, "group_ID", size) == sorted(AWKWARD, key=str.encode)
    program.have_divisions(*AWKWARD, group="B")
    program.have_divisions("X", group="a")
    assert walked(program, f"{GROUPS}/B/divisions", "division_ID", size) == sorted(AWKWARD, key=str.encode)


def explained(program, path, **query):
    """The query plan of the statement that finds the rows of a list."""
    with CaptureQueriesContext(connections["VBA_Demo"]) as captured:
        assert data_of(program.get(path, **query))
    (statement,) = [each["sql"] for each in captured if "ORDER BY" in each["sql"]]
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return statement, "\n".join(line for (line,) in cursor.fetchall())


def test_paging_by_keys_starts_at_the_key_in_the_index(program, have):
    have(**{f"G{n:04}": {} for n in range(2000)})
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("ANALYZE groups")
    query = {"sortBy": "group_ID:asc", "pageSize": 10}
    _, plan = explained(program, GROUPS, group_ID__gt="G1500", **query)
    assert re.search(r"Index Cond: \(+group_id\)?(::text)? > 'G1500'", plan), plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def test_texts_are_compared_byte_by_byte_whatever_order_the_database_has(program, have):
    have(A={"name": "b"}, B={"name": "B"})
    # The tests' server has no other collation, so the statement must name it.
    statement, _ = explained(program, GROUPS, name__gt="A")
    assert re.search(r'name" COLLATE "C" > ', statement)
    statement, _ = explained(program, GROUPS, group_ID__gt="0")
    assert "COLLATE" not in statement
