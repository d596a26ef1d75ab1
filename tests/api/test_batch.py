"""Batches: each row has an answer in the order sent, and bad rows do not affect good ones."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.doors import problem
from tests.api.programs import Program, data_of
from tests.api.published import DIVISION, GROUP, GROUPS, PLAN_YEAR, STAMPS, TABLES, without_stamps

pytestmark = pytest.mark.django_db(databases="__all__")
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)

CREATED, UPDATED, UNCHANGED = (201, "Created"), (200, "Updated"), (200, "Unchanged")
# More rows than this are staged differently.
FEW = 100


@pytest.fixture(params=["few", "many"])
def batch(program, request):
    """Send a batch, alone or among more than a hundred good rows. Return the answers of its own rows."""

    def send(table, records):
        if request.param == "few":
            return program.batch(table, records)
        fillers = [table.record(**{table.own_key: f"F{n:03}"}) for n in range(FEW + 1)]
        answers = program.batch(table, fillers[:50] + records + fillers[50:])
        assert {body for _, body in answers[:50] + answers[50 + len(records) :]} <= {"Created", "Unchanged"}
        return answers[50 : 50 + len(records)]

    return send


# --- answers ---


@every_table
def test_rows_are_created_updated_or_left_alone(program, batch, table):
    program.have(DIVISION)
    new = {table.own_key: "New"}
    assert batch(table, [table.record(**new)]) == [CREATED]
    assert batch(table, [table.record(**new)]) == [UNCHANGED]
    assert batch(table, [table.full(thru_Date="2025-01-01", **new)]) == [UPDATED]
    assert batch(table, [table.full(thru_Date="2025-01-01", **new)]) == [UNCHANGED]
    assert batch(table, [table.record(**new)]) == [UPDATED]
    assert without_stamps(data_of(program.get(f"{table.path}/New"))) == table.answer(table.record(**new))


@every_table
def test_an_answer_names_its_row_by_the_key_in_api_names(program, table):
    program.have(DIVISION)
    sent = [
        table.record(**{table.own_key: "Z"}),
        table.record(**{table.own_key: "A"}),
        table.record(paperless="x"),
    ]
    answers = data_of(program.put(f"{table.path}-batch", [*sent, {}]), 207)
    assert all(list(answer) == ["id", "status", "body"] for answer in answers)
    keys = [[pair["value"] for pair in answer["id"]] for answer in answers]
    above = list(table.key.values())[:-1]
    assert keys == [[*above, "Z"], [*above, "A"], [*above, table.key[table.own_key]], [None] * len(table.key)]
    assert [[pair["key"] for pair in answer["id"]] for answer in answers] == [list(table.key)] * 4


def test_an_empty_batch_gets_an_empty_answer(program):
    assert program.batch(GROUP, []) == []
    assert program.batch(GROUP, b" [ ] ") == []


@pytest.mark.parametrize("rows", [1, FEW - 1, FEW, FEW + 1, 2 * FEW])
def test_batches_around_the_staging_limit_answer_and_store_every_row(program, rows):
    records = [
        GROUP.record(group_ID=f"G{n:03}", name=None if n % 3 else "N", adult_Age=n) for n in range(rows)
    ]
    assert program.batch(GROUP, records) == [CREATED] * rows
    stored = data_of(program.get(GROUPS, pageSize=1000))
    assert [without_stamps(row) for row in stored] == [GROUP.answer(record) for record in records]
    records[-1]["name"] = "Changed"
    assert program.batch(GROUP, records[::-1]) == [UPDATED] + [UNCHANGED] * (rows - 1)


# --- good rows beside bad ones ---


def test_good_rows_are_stored_and_bad_ones_list_all_their_errors(program, batch):
    wrong = GROUP.record(group_ID="Bad", name="x" * 51, adult_Age="five", renewal_Date="2024-02-30")
    del wrong["paperless"]
    answers = batch(GROUP, [GROUP.record(group_ID="A"), wrong, GROUP.record(group_ID="B")])
    assert (answers[0], answers[2]) == (CREATED, CREATED)
    status, text = answers[1]
    assert status == 400
    for part in (
        "name has 51 characters. At most 50 are allowed.",
        "adult_Age must be a whole number between -2147483648 and 2147483647.",
        "renewal_Date must be a date (YYYY-MM-DD) between the years 1 and 9999.",
        "paperless is required.",
    ):
        assert part in text
    assert [program.get(f"{GROUPS}/{key}").status_code for key in ("A", "B", "Bad")] == [200, 200, 404]


@pytest.mark.parametrize("element", [None, 5, "text", True, [], [{}], 1.5])
def test_an_element_that_is_not_an_object_is_refused_alone(program, element):
    answers = data_of(program.put(f"{GROUPS}-batch", [GROUP.record(), element]), 207)
    assert answers[0]["body"] == "Created"
    assert answers[1] == {
        "id": [{"key": "group_ID", "value": None}],
        "status": 400,
        "body": "The record must be a JSON object.",
    }


def test_rows_that_disagree_with_the_path_are_refused(program, batch):
    program.have_divisions("D1", group="G1")
    program.have_divisions("D1", group="G2")
    rows = [DIVISION.record(division_ID="New"), DIVISION.record(group_ID="G2", division_ID="New")]
    rows += [
        DIVISION.record(group_ID="g1", division_ID="New"),
        DIVISION.record(group_ID=None, division_ID="New"),
    ]
    told = (400, "group_ID does not match the path.")
    assert batch(DIVISION, rows) == [CREATED, told, told, (400, "group_ID is required.")]
    assert program.get(f"{GROUPS}/G2/divisions/New").status_code == 404


def test_rows_below_an_unknown_parent_are_refused(program):
    answers = program.batch(DIVISION, [DIVISION.record(), DIVISION.record(division_ID="D2", name="x" * 51)])
    assert answers[0] == (404, "Group 'G1' was not found.")
    assert answers[1] == (400, "name has 51 characters. At most 50 are allowed.")
    many = [DIVISION.record(division_ID=f"D{n}") for n in range(FEW + 5)]
    assert program.batch(DIVISION, many) == [(404, "Group 'G1' was not found.")] * (FEW + 5)


def test_rows_that_break_a_rule_are_refused_alone(program, batch):
    program.have(DIVISION)
    wrong = PLAN_YEAR.record(
        plan_Year="Bad", from_Date="2024-02-01", thru_Date="2024-01-01", qtr4_From_Date="2023-01-01"
    )
    answers = batch(PLAN_YEAR, [PLAN_YEAR.record(), wrong, PLAN_YEAR.record(plan_Year="CY2025")])
    told = "thru_Date must not be before from_Date. qtr4_From_Date must not be before from_Date."
    assert answers == [CREATED, (400, told), CREATED]
    assert [row["plan_Year"] for row in data_of(program.get(PLAN_YEAR.path))][:2] == ["CY2024", "CY2025"]


def test_a_batch_of_nothing_but_bad_rows_stores_nothing(program, batch):
    assert batch(GROUP, [GROUP.record(name=5)]) == [(400, "name must be text.")]
    assert program.get(GROUP.one).status_code == 404


# --- the same key more than once ---


def test_rows_with_the_same_key_are_applied_in_order(program, batch):
    def named(name, **others):
        return GROUP.record(name=name, **others)

    assert batch(GROUP, [named("A"), named("B"), named("B"), named("A")]) == [
        CREATED,
        UPDATED,
        UNCHANGED,
        UPDATED,
    ]
    assert batch(GROUP, [named("A"), named("C")]) == [UNCHANGED, UPDATED]
    assert batch(GROUP, [named("A"), named("C")]) == [UPDATED, UPDATED]
    assert batch(GROUP, [named("C"), named("x" * 51), named("D")])[1][0] == 400
    assert data_of(program.get(GROUP.one))["name"] == "D"
    assert batch(GROUP, [named("D", group_ID="g1"), named("D"), named("D", group_ID="G1 ")]) == [
        CREATED,
        UNCHANGED,
        CREATED,
    ]


names = st.sampled_from([None, "", "A", "B", "x" * 51])
rows_of_one_key = st.lists(
    st.tuples(
        st.sampled_from(["K1", "K2", "k1"]), names, st.sampled_from([None, "2024-01-01", "2025-01-01"])
    ),
    max_size=8,
)


def plan_year(key, name, thru):
    """Return a plan year that is wrong in its length, in its dates, in both, or right."""
    return PLAN_YEAR.record(plan_Year=key, qtr4_PlanYear=name, from_Date="2024-06-01", thru_Date=thru)


def one_by_one(program, records):
    """Send the records one by one: PUT, or POST for a new key. Return the answers that a batch would give."""
    answers = []
    for record in records:
        path = f"{PLAN_YEAR.path}/{record['plan_Year']}"
        before = program.get(path)
        response = (
            program.put(path, record) if before.status_code == 200 else program.post(PLAN_YEAR.path, record)
        )
        if response.status_code != 200:
            answers.append((response.status_code, problem(response, response.status_code)))
        elif before.status_code == 404:
            answers.append(CREATED)
        else:
            same = without_stamps(data_of(before)) == without_stamps(data_of(response))
            answers.append(UNCHANGED if same else UPDATED)
    return answers


@pytest.mark.parametrize("way", ["few", "many"])
def test_a_batch_ends_like_single_requests_for_its_rows(program, way):
    program.have(DIVISION)
    fillers = [PLAN_YEAR.record(plan_Year=f"F{n:03}") for n in range(FEW + 1 if way == "many" else 0)]

    def plan_years():
        stored = data_of(program.get(PLAN_YEAR.path, pageSize=1000))
        return [without_stamps(row) for row in stored if row["plan_Year"][0] != "F"]

    @settings(
        max_examples=40 if way == "few" else 15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(rows_of_one_key, max_size=3))
    def agrees(batches):
        ends = []
        for send in (
            lambda rows: program.batch(PLAN_YEAR, fillers + rows)[len(fillers) :],
            lambda rows: one_by_one(program, rows),
        ):
            for row in plan_years():
                program.delete(f"{PLAN_YEAR.path}/{row['plan_Year']}")
            answers = [send([plan_year(*row) for row in rows]) for rows in batches]
            ends.append((answers, plan_years()))
        assert ends[0] == ends[1]

    agrees()


# --- stamps ---


def test_a_batch_stamps_what_it_writes_and_nothing_else(client, program, alice, demo_key, signed_in):
    claimed = {"entry_User": "mallory", "update_Date": "2001-01-01"}
    rows = [GROUP.record(group_ID=f"G{n:03}", **claimed) for n in range(FEW + 5)]
    program.batch(GROUP, rows)
    before = {row["group_ID"]: row for row in data_of(program.get(GROUPS, pageSize=1000))}
    assert {row["entry_User"] for row in before.values()} == {"bob"}
    assert all(not row["update_Date"].startswith("2001") for row in before.values())
    colleague = Program(client, signed_in(alice, demo_key))
    rows[7]["name"] = "Changed"
    assert colleague.batch(GROUP, rows).count(UPDATED) == 1
    after = {row["group_ID"]: row for row in data_of(program.get(GROUPS, pageSize=1000))}
    changed = after.pop("G007")
    assert (changed["entry_User"], changed["update_User"]) == ("bob", "alice")
    assert changed["entry_Date"] == before["G007"]["entry_Date"]
    assert all(
        {name: row[name] for name in STAMPS} == {name: before[key][name] for name in STAMPS}
        for key, row in after.items()
    )


# --- size ---


def test_a_batch_of_ten_thousand_groups(program):
    rows = [GROUP.full(group_ID=f"Group {n:05}", adult_Age=n, notes=None) for n in range(10_000)]
    rows[1234]["state"] = "Ohio"
    body = json.dumps(rows).encode()
    answers = program.batch(GROUP, body)
    assert answers.count(CREATED) == 9_999
    assert answers[1234] == (400, "state has 4 characters. At most 2 are allowed.")
    assert program.batch(GROUP, body).count(UNCHANGED) == 9_999
    response = program.get(GROUPS, pageSize=10_000)
    assert len(data_of(response)) == 9_999
    assert without_stamps(data_of(response)[-1]) == GROUP.answer(rows[-1])


def test_a_batch_makes_the_same_number_of_statements_however_long_it_is(
    program, django_assert_max_num_queries
):
    for rows in (1, FEW, 5 * FEW):
        records = [GROUP.record(group_ID=f"G{n}") for n in range(rows)]
        with django_assert_max_num_queries(16, using="VBA_Demo"):
            program.batch(GROUP, records)


# --- keys in the answers of refused rows ---

SENT = [
    ("x" * 21, "x" * 21),
    ("x" * 5000, "x" * 200 + "…"),
    (5, "5"),
    (5.5, "5.5"),
    (10**30, str(10**30)),
    (True, "true"),
    (["G1"], '["G1"]'),
    ({"a": None}, '{"a":null}'),
    ("a\0b", "a�b"),
    ("a\ud800", "a�"),
    ("", ""),
    (None, None),
]


@pytest.mark.parametrize("turned", [False, True], ids=["alone", "amid others"])
def test_a_row_refused_for_its_key_repeats_the_key_as_sent(program, turned):
    records = [GROUP.record(group_ID=sent) for sent, _ in SENT]
    records = [each for record in records for each in (record, GROUP.record())] if turned else records
    answers = data_of(program.put(f"{GROUPS}-batch", records), 207)[:: 2 if turned else 1]
    assert [answer["status"] for answer in answers] == [400] * len(SENT)
    assert [answer["id"][0]["value"] for answer in answers] == [expected for _, expected in SENT]


def test_a_row_without_a_key_repeats_no_key(program):
    record = GROUP.record()
    del record["group_ID"]
    answers = data_of(program.put(f"{GROUPS}-batch", [record, [], None, "G1"]), 207)
    assert [answer["id"] for answer in answers] == [[{"key": "group_ID", "value": None}]] * 4


def test_a_key_of_several_columns_repeats_each_as_it_is(program):
    program.have(DIVISION)
    sent = PLAN_YEAR.record(GROUP_id="G9", division_ID=["A"], plan_Year="x" * 9)
    del sent["group_ID"]
    (answer,) = data_of(program.put(f"{PLAN_YEAR.path}-batch", [sent]), 207)
    assert [pair["value"] for pair in answer["id"]] == ["G9", '["A"]', "x" * 9]


def test_refused_keys_repeat_dates_and_numbers_too(program):
    program.have(DIVISION)
    path = f"{DIVISION.one}/contracts-batch"
    keys = {"group_ID": "G1", "division_ID": "A"}
    starts = ["2024-02-30", "2019-08-24T25:00:00Z", 20240101, "2024-01-01"]
    records = [{**keys, "coverage_Start": start} for start in starts]
    values = [answer["id"][2]["value"] for answer in data_of(program.put(path, records), 207)]
    assert values == ["2024-02-30", "2019-08-24T25:00:00Z", "20240101", "2024-01-01T00:00:00Z"]
    reasons = [{"reason_ID": key} for key in ("1", 2**31, 1.5, False)]
    answers = data_of(program.put("/vbasoftware/reasons-batch", reasons), 207)
    assert [answer["id"][0]["value"] for answer in answers] == ["1", "2147483648", "1.5", "false"]
