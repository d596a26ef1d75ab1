"""Files: loading them into an empty table, over rows that change or do not, with bad records; dumping."""

import io

import pytest
from django.core.management import call_command
from django.db import connections

from groups.models import Group
from planyears.models import GroupPlanYear
from tables.schema.registry import table_name
from tests.benchmarks import naive
from tests.benchmarks.harness import Goal, Line, race, scaled, timed
from tests.benchmarks.house import OURS, THEIRS, copy_and_update, copy_out, peak_megabytes
from tests.benchmarks.loads import BULK, ROW, Case, Loads
from tests.benchmarks.making import Form, Variant, bad_rows

pytestmark = pytest.mark.bench

MOST_MEGABYTES = 120


CASES = [
    pytest.param(Case(Group, scaled(100_000), 0.6), id="groups"),
    pytest.param(Case(GroupPlanYear, scaled(1_000_000), 0.85), id="plan-years"),
]
each_case = pytest.mark.parametrize("case", CASES)


@each_case
def test_load_into_an_empty_table(house, report, case):
    loads = Loads(house, case)
    contestants = {"ours": loads.ours(loads.plain, loads.empty(OURS)), "COPY": loads.copy()}
    rates = race(contestants | loads.naive(loads.plain, loads.empty(THEIRS)))
    assert house.count(OURS, case.model) == case.rows
    house.empty(OURS, case.model)
    report.add(
        Line(
            f"load {table_name(case.model)}: empty table",
            case.rows,
            "rows/s",
            rates,
            limit="COPY",
            naives=(BULK, ROW),
            goal=Goal(ratio=case.empty, megabytes=MOST_MEGABYTES),
            megabytes=loads.peak(loads.plain),
        )
    )


@each_case
def test_load_where_every_row_changes(house, report, case):
    loads = Loads(house, case)
    changed = house.file(case.model, case.rows, Variant.CHANGED)
    contestants = {
        "ours": loads.ours(changed, loads.filled(OURS)),
        "COPY": loads.copy(),
        "COPY + UPDATE": timed(
            case.rows, lambda: copy_and_update(THEIRS, case.model, changed), loads.filled(THEIRS)
        ),
    }
    rates = race(contestants | loads.naive(changed, loads.filled(THEIRS)))
    what = f"load {table_name(case.model)}: every row changes"
    goal = Goal(ratio=case.changed)
    report.add(Line(what, case.rows, "rows/s", rates, limit="COPY", naives=(BULK, ROW), goal=goal))
    report.add(Line(f"{what} (2)", case.rows, "rows/s", rates, limit="COPY + UPDATE"))


@each_case
def test_load_where_nothing_changes(house, report, case):
    loads = Loads(house, case)
    loads.filled(OURS)()
    contestants = {"ours": loads.ours(loads.plain), "COPY": loads.copy()}
    rates = race(contestants | loads.naive(loads.plain, loads.filled(THEIRS)))
    what, goal = f"load {table_name(case.model)}: nothing changes", Goal(ratio=case.unchanged)
    report.add(Line(what, case.rows, "rows/s", rates, limit="COPY", naives=(BULK, ROW), goal=goal))


@each_case
def test_load_with_one_bad_row_in_a_hundred(house, report, case):
    loads = Loads(house, case)
    bad = house.file(case.model, case.rows, Variant.BAD)
    reports = [f"--errors={house.folder / 'errors.csv'}", f"--rejects={house.folder / 'rejects.csv'}"]
    contestants = {
        "ours": loads.ours(bad, loads.empty(OURS), *reports, expected=1),
        "COPY": loads.copy(),
        ROW: loads.naive(bad, loads.empty(THEIRS))[ROW],
    }
    rates = race(contestants)
    assert house.count(OURS, case.model) == case.rows - bad_rows(case.rows)
    house.empty(OURS, case.model)
    report.add(
        Line(
            f"load {table_name(case.model)}: 1 % bad, told in files",
            case.rows,
            "rows/s",
            rates,
            limit="COPY",
            naives=(ROW,),
            goal=Goal(megabytes=MOST_MEGABYTES),
            megabytes=loads.peak(bad, *reports, expected=1),
        )
    )


@each_case
def test_load_of_json(house, report, case):
    loads = Loads(house, case)
    path = house.file(case.model, case.rows, form=Form.JSON)
    rates = race({"ours": loads.ours(path, loads.empty(OURS)), "COPY of csv": loads.copy()})
    assert house.count(OURS, case.model) == case.rows
    house.empty(OURS, case.model)
    report.add(
        Line(
            f"load {table_name(case.model)}: json, empty table",
            case.rows,
            "rows/s",
            rates,
            limit="COPY of csv",
            goal=Goal(megabytes=MOST_MEGABYTES),
            megabytes=loads.peak(path),
        )
    )


@each_case
def test_dump_to_csv(house, report, case):
    loads = Loads(house, case)
    for database in (OURS, THEIRS):
        loads.filled(database)()
    ours, theirs, by_hand = (house.folder / f"{name}.csv" for name in ("ours", "theirs", "naive"))
    arguments = ["dump_table", table_name(case.model), str(ours), "--database", OURS]
    rates = race(
        {
            "ours": timed(
                case.rows,
                lambda: call_command(*arguments, stdout=io.StringIO(), stderr=io.StringIO()),
                lambda: ours.unlink(missing_ok=True),
            ),
            "COPY TO": timed(case.rows, lambda: copy_out(THEIRS, case.model, theirs)),
            "values_list": timed(case.rows, lambda: naive.write_csv(THEIRS, case.model, by_hand)),
        }
    )
    with ours.open() as dumped, theirs.open() as copied:
        assert sum(1 for _ in dumped) == sum(1 for _ in copied)
    ours.unlink()
    _, megabytes = peak_megabytes(house.folder, *arguments)
    connections.close_all()
    what, goal = f"dump {table_name(case.model)} to csv", Goal(ratio=case.dump, megabytes=MOST_MEGABYTES)
    report.add(
        Line(
            what,
            case.rows,
            "rows/s",
            rates,
            limit="COPY TO",
            naives=("values_list",),
            goal=goal,
            megabytes=megabytes,
        )
    )
