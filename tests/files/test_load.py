"""``manage.py load_table``: each format, names of columns, partial files, stamps, counts and dry runs."""

import csv
import datetime
import gzip
import io
import json
import random
import sys

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.schema.columns import columns
from tables.schema.registry import table_names
from tests.files.loads import FLAGS, KEY, NO, counts, load, make_divisions, report, run, stored

pytestmark = pytest.mark.django_db(databases="__all__")

NAMES = [*KEY, "from_Date", "plan_Type", *FLAGS]
ROWS = [
    ["G1", "A", "2023", "2023-01-01", 'A"1,;', True, *[False] * 4],
    ["G1", "A", "2024", None, None, *[False] * 5],
    ["G1", "B", "2024", "2024-02-29", "é\n\tü", *[True] * 5],
]


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen, with divisions to which plan years may belong."""
    with databases.using("VBA_Demo"):
        make_divisions("A", "B")
        yield


def texts(rows):
    spelt = {True: "true", False: "false", None: ""}
    return [[value if isinstance(value, str) else spelt[value] for value in row] for row in rows]


def as_csv(rows, delimiter=","):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([NAMES, *texts(rows)])
    return file.getvalue().encode()


def as_records(rows):
    return [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in rows]


def as_xlsx(rows):
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in [NAMES, *rows]:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


WRITERS = {
    "csv": as_csv,
    "tsv": lambda rows: as_csv(rows, "\t"),
    "json": lambda rows: f"[{','.join(as_records(rows))}]".encode(),
    "ndjson": lambda rows: "\n".join(as_records(rows)).encode(),
    "xlsx": as_xlsx,
}


def expected(rows=ROWS):
    names = [name.lower() for name in NAMES]
    found = {}
    for row in rows:
        values = dict(zip(names, row, strict=True))
        if values["from_date"]:
            values["from_date"] = datetime.date.fromisoformat(values["from_date"])
        found[tuple(row[:3])] = values
    return found


def is_stored(rows=ROWS):
    return stored(GroupPlanYear, *(name.lower() for name in NAMES)) == expected(rows)


# --- formats ---


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("format", WRITERS)
def test_every_format_is_loaded_also_compressed_and_loaded_again_changes_nothing(tmp_path, format, packed):
    content = WRITERS[format](ROWS)
    path = tmp_path / f"plan.years.{format}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed else content)
    outcome = load(path)
    assert (outcome.code, outcome.out, outcome.err) == (0, counts(3, created=3), "")
    assert is_stored()
    assert load(path).out == counts(3, unchanged=3)


@pytest.mark.parametrize("format", WRITERS)
def test_standard_input_is_loaded_whatever_it_holds(tmp_path, monkeypatch, format):
    (tmp_path / "x").write_bytes(WRITERS[format](ROWS))
    with (tmp_path / "x").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert load("-", "--format", format).out == counts(3, created=3)
    assert is_stored()


def test_a_workbook_is_loaded_by_the_name_of_its_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nothing", "of", "ours"])
    sheet = book.create_sheet("Years")
    for row in [NAMES, *ROWS]:
        sheet.append(row)
    book.save(tmp_path / "p.xlsx")
    outcome = load(tmp_path / "p.xlsx")
    assert (outcome.code, outcome.out) == (2, "")
    assert "More than one sheet has rows: 'Sheet', 'Years'. Choose one (--sheet)." in outcome.err
    assert load(tmp_path / "p.xlsx", "--sheet", "years").out == counts(3, created=3)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_other_encodings_are_understood_where_they_are_stated_or_marked(tmp_path, encoding):
    path = tmp_path / "p.csv"
    path.write_bytes(as_csv(ROWS).decode().encode(encoding))
    stated = [] if encoding.startswith("utf") else ["--encoding", encoding]
    assert load(path, *stated).out == counts(3, created=3)
    assert is_stored()


# --- names of columns ---


@pytest.mark.parametrize(
    "spell",
    [
        lambda column: column.published,
        lambda column: column.api,
        lambda column: column.db,
        lambda column: column.db.upper(),
        lambda column: f"  {column.published} ",
        lambda column: column.published.replace("_", " "),
    ],
)
@pytest.mark.parametrize("format", ["csv", "json"])
def test_columns_are_known_by_all_their_names_in_any_order(tmp_path, spell, format):
    values = {
        "group_id": "G1",
        "division_id": "A",
        "plan_year": "1",
        "plan_type": "x",
        "from_date": "2024-01-01",
    }
    values |= dict.fromkeys((flag.lower() for flag in FLAGS), False)
    named = {spell(c): values[c.db] for c in reversed(columns(GroupPlanYear)) if c.db in values}
    path = tmp_path / f"p.{format}"
    if format == "csv":
        path.write_text("\n".join([",".join(named), ",".join(map(str, named.values()))]))
    else:
        path.write_text(json.dumps([named]))
    assert load(path).out == counts(1, created=1)
    assert stored(GroupPlanYear, "plan_type", "qtr4_accum")["G1", "A", "1"] == {
        "plan_type": "x",
        "qtr4_accum": False,
    }


# --- partial files ---


def load_text(tmp_path, text, *options, name="x.csv", table="plan-years"):
    (tmp_path / name).write_text(text)
    return load(tmp_path / name, *options, table=table)


def test_a_file_changes_only_the_columns_it_has_and_empties_what_is_empty(tmp_path):
    load_text(tmp_path, as_csv(ROWS).decode())
    before = stored()
    header = "plan_year,division_id,group_id,ex_code,qtr4_member,plan_type\n"
    assert load_text(tmp_path, f"{header}2023,A,G1,X,true,\n2024,B,G1,,true,new\n").out == counts(
        2, updated=2
    )
    after = stored()
    before["G1", "A", "2023"] |= {"ex_code": "X", "qtr4_member": True, "plan_type": None}
    before["G1", "B", "2024"] |= {"plan_type": "new"}
    assert after == before


def test_new_rows_without_required_columns_are_refused_naming_them_all(tmp_path):
    text = "group_id,division_id,plan_year,qtr4_accum\nG1,A,1,yes\n"
    outcome = load_text(tmp_path, text, "--errors", tmp_path / "e.csv")
    assert (outcome.code, outcome.out) == (1, counts(1, refused=1))
    assert report(tmp_path / "e.csv") == [
        (2, "G1 / A / 1", flag, "", f"{flag} is required.") for flag in FLAGS if flag != "qtr4_Accum"
    ]


def test_rules_look_at_what_the_row_has_already(tmp_path):
    load_text(tmp_path, as_csv(ROWS).decode())
    text = "group_id,division_id,plan_year,thru_date\nG1,A,2023,2022-12-31\nG1,A,2024,2022-12-31\n"
    outcome = load_text(tmp_path, text, "--errors", tmp_path / "e.csv")
    assert outcome.out == counts(2, updated=1, refused=1)
    reason = "thru_Date must not be before from_Date."
    assert report(tmp_path / "e.csv") == [(2, "G1 / A / 2023", "thru_Date", "2022-12-31", reason)]


def test_a_file_with_only_keys_changes_nothing_and_reports_unknown_ones(tmp_path):
    load_text(tmp_path, as_csv(ROWS).decode())
    outcome = load_text(tmp_path, "group_id,division_id,plan_year\nG1,A,2023\nG1,A,2023\nG1,A,9\n")
    assert (outcome.code, outcome.out) == (1, counts(3, unchanged=2, refused=1))


def test_an_absent_optional_flag_of_a_new_row_takes_its_default_and_an_empty_one_is_null(tmp_path):
    required = [column for column in columns(Group) if column.required and not column.is_key]
    head = ["group_id", *(column.db for column in required)]
    row = ["0" for _ in required]
    load_text(tmp_path, "\n".join([",".join(head), ",".join(["N1", *row])]), table="groups")
    head.append("use_employer_state")
    load_text(tmp_path, "\n".join([",".join(head), ",".join(["N2", *row, ""])]), table="groups")
    found = stored(Group, "use_employer_state")
    assert (found["N1",]["use_employer_state"], found["N2",]["use_employer_state"]) == (False, None)


# --- JSON records of different columns ---


def test_json_records_may_each_have_other_columns(tmp_path):
    load_text(tmp_path, as_csv(ROWS).decode())
    before = stored()
    key = {"group_ID": "G1", "division_ID": "A"}
    records = [
        {**key, "plan_Year": "2023", "ex_Code": "X"},
        {"plan_Year": "2023", **key, "plan_Type": None},
        {**key, "plan_Year": "2024", "thru_Date": "2024-12-31T00:00:00Z"},
        {**key, "plan_Year": "new", "ex_Code": "X"},
        {**key, "plan_Year": "new2", **dict.fromkeys(FLAGS, True)},
        {"group_ID": "G1", "plan_Year": "2024", "ex_Code": "no division"},
        {**key, "plan_Year": "2023", "thru_Date": "2022-12-31", "ex_Code": "Y"},
        {**key, "plan_Year": "2023", "nonsense": 1},
        {**key, "plan_Year": "new2", "plan_Type": "t"},
        {**key, "plan_Year": "new2", "plan_Type": "t"},
    ]
    text = "\n".join(map(json.dumps, records))
    outcome = load_text(tmp_path, text, "--errors", tmp_path / "e.csv", name="x.ndjson")
    assert outcome.out == counts(10, created=1, updated=4, unchanged=1, refused=4)
    assert [line[:4] for line in report(tmp_path / "e.csv")] == [
        *((4, "G1 / A / new", flag, "") for flag in FLAGS),
        (6, "G1 /  / 2024", "", ""),
        (7, "G1 / A / 2023", "thru_Date", "2022-12-31"),
        (8, "G1 / A / 2023", "", ""),
    ]
    reasons = {line[0]: line[4] for line in report(tmp_path / "e.csv")}
    assert reasons[6] == "Missing key columns: Division_ID."
    assert reasons[8] == "Unknown columns for plan-years: 'nonsense'."
    after = stored()
    new = after.pop(("G1", "A", "new2"))
    assert (new["plan_type"], new["qtr4_accum"], new["ex_code"]) == ("t", True, None)
    before["G1", "A", "2023"] |= {"ex_code": "X", "plan_type": None}
    before["G1", "A", "2024"] |= {"thru_date": datetime.date(2024, 12, 31)}
    assert after == before


def test_json_records_of_any_columns_end_as_if_they_were_loaded_one_by_one(tmp_path):
    draw = random.Random(7)
    records = []
    for _ in range(600):
        record = {"group_ID": "G1", "division_ID": draw.choice("AAAAX"), "plan_Year": str(draw.randrange(80))}
        some = {"plan_Type": None, "ex_Code": "X", "qtr4_PlanYear": "7", "from_Date": "2024-01-01"}
        some |= {
            "thru_Date": draw.choice(["2023-12-31", "2024-12-31"]),
            "qtr4_Member": draw.choice([True, False, None]),
        }
        some = {name: value for name, value in some.items() if draw.random() < 0.5}
        flags = dict.fromkeys(FLAGS, False) if draw.random() < 0.5 else {}
        records.append(record | some | flags)
    alone = []
    for n, record in enumerate(records):
        outcome = load_text(tmp_path, json.dumps([record]), name=f"{n}.json")
        alone.append(outcome.out)
    one_by_one = stored()
    GroupPlanYear.objects.all().delete()
    outcome = load_text(tmp_path, json.dumps(records), "--errors", tmp_path / "e.csv", name="all.json")
    assert stored() == one_by_one
    told = {(record, "refused") for record, out in enumerate(alone, 1) if "1 refused" in out}
    assert {(line[0], "refused") for line in report(tmp_path / "e.csv")} == told
    totals = [
        sum(f"1 {what}" in out for out in alone) for what in ("created", "updated", "unchanged", "refused")
    ]
    assert outcome.out == counts(600, *totals)


def test_many_sets_of_columns_cost_no_more_than_one(tmp_path):
    """Thousands of tables to stage them in would take minutes."""
    draw = random.Random(1)
    some = ["plan_Type", "ex_Code", "qtr4_PlanYear", "qtr4_Benefit_Code", "qtr4_Out_Of_Pocket_Type"]
    with (tmp_path / "x.ndjson").open("w") as file:
        for n in range(6_000):
            chosen = draw.sample(some, draw.randrange(len(some)))
            record = {
                "group_ID": "G1",
                "division_ID": "A",
                "plan_Year": str(n),
                **dict.fromkeys(FLAGS, False),
            }
            file.write(json.dumps(record | dict.fromkeys(chosen, "x")) + "\n")
    statements = []
    from django.db import connections

    with connections["VBA_Demo"].execute_wrapper(
        lambda execute, *rest: (statements.append(rest[0]), execute(*rest))[1]
    ):
        assert load(tmp_path / "x.ndjson").out == counts(6_000, created=6_000)
    assert len(statements) < 100


# --- stamps, counts, dry runs ---


def stamps():
    (row,) = stored(GroupPlanYear, "entry_user", "entry_date", "update_user", "update_date").values()
    return row


def test_the_server_stamps_rows_whatever_the_file_says(tmp_path):
    header = ",".join((*KEY, *FLAGS, "Entry_User", "Entry_Date", "Update_User", "Update_Date"))
    line = f"G1,A,1,{','.join(NO)},somebody,1999-01-01,a text that is much too long for it,no date\n"
    assert load_text(tmp_path, f"{header}\n{line}", "--user", "Operator Number Twenty-Three").code == 0
    first = stamps()
    assert first["entry_user"] == first["update_user"] == "Operator Number Twen"
    assert first["entry_date"] == first["update_date"]
    assert datetime.datetime.now(datetime.UTC) - first["entry_date"] < datetime.timedelta(minutes=5)
    load_text(tmp_path, f"{header}\n{line}", "--user", "another")
    assert stamps() == first
    load_text(tmp_path, f"{header}\n{line.replace(',0,', ',1,', 1)}", "--user", "another")
    assert stamps()["entry_user"] == "Operator Number Twen"
    assert stamps()["update_user"] == "another"


def test_a_dry_run_reports_the_same_and_stores_nothing(tmp_path):
    load_text(tmp_path, as_csv(ROWS[:2]).decode())
    before = stored()
    changed = [[*ROWS[0][:4], "x", *ROWS[0][5:]], *ROWS[1:], ["G9", *ROWS[0][1:]]]
    text = as_csv(changed).decode()
    dry = load_text(
        tmp_path, text, "--dry-run", "--errors", tmp_path / "dry.csv", "--rejects", tmp_path / "d.csv"
    )
    assert dry.code == 1
    told = counts(4, created=1, updated=1, unchanged=1, refused=1).strip()
    assert dry.out == f"{told} (dry run: nothing was stored)\n"
    assert stored() == before
    real = load_text(tmp_path, text, "--errors", tmp_path / "real.csv", "--rejects", tmp_path / "r.csv")
    assert (real.code, real.out) == (1, f"{told}\n")
    assert report(tmp_path / "dry.csv") == report(tmp_path / "real.csv") != []
    assert (tmp_path / "d.csv").read_text() == (tmp_path / "r.csv").read_text()


def test_each_database_is_loaded_by_itself(tmp_path):
    (tmp_path / "g.json").write_text(json.dumps([{"group_ID": "G1"}]))
    assert load(tmp_path / "g.json", table="groups", database="VBA_Acme").out == counts(1, refused=1)
    assert load(tmp_path / "g.json", table="groups").out == counts(1, unchanged=1)


@pytest.mark.parametrize("name", ["GROUPS", " divisions ", "Plan-Years"])
def test_a_table_is_named_in_any_case(tmp_path, name):
    (tmp_path / "x.csv").write_text(
        "group_id,division_id,plan_year\n"[: {"g": 8, "d": 20}.get(name.strip()[0].lower())]
    )
    assert load(tmp_path / "x.csv", table=name).out == counts(0)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (",".join(KEY), "x.csv"),
        (",".join(KEY) + "\r\n\r\n", "x.csv"),
        ("[]", "x.json"),
        (" [ \n ] ", "x.json"),
    ],
)
def test_a_file_with_only_a_header_loads_nothing(tmp_path, text, name):
    outcome = load_text(
        tmp_path, text, "--errors", tmp_path / "e.csv", "--rejects", tmp_path / "r.csv", name=name
    )
    assert (outcome.code, outcome.out, outcome.err) == (0, counts(0), "")
    assert report(tmp_path / "e.csv") == []


# --- what is asked for is not there ---


def test_an_unknown_table_or_database_is_reported_with_the_existing_ones(tmp_path):
    outcome = load_text(tmp_path, "x", table="subgroups")
    assert (outcome.code, outcome.out) == (2, "")
    names = ", ".join(table_names())
    assert names.startswith("groups, divisions, contracts, contract-plans, plan-years, ")
    assert outcome.err == f"There is no table 'subgroups'. Choose one of: {names}.\n"
    outcome = run("load_table", "groups", tmp_path / "x.csv", database="VBA_Nowhere")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "There is no target database 'VBA_Nowhere'. Choose one of: VBA_Demo, VBA_Acme.\n"


def test_the_database_is_never_guessed(tmp_path):
    with pytest.raises(CommandError, match="--database"):
        call_command("load_table", "groups", str(tmp_path / "x.csv"))


def test_all_names_of_divisions_columns_are_taken_from_one_file(tmp_path):
    named = {column.published: "" for column in columns(GroupDivision)} | {
        "Group_ID": "G1",
        "Division_ID": "N",
    }
    named |= {c.published: "0" for c in columns(GroupDivision) if c.required and not c.is_key}
    text = "\t".join(named) + "\n" + "\t".join(named.values()) + "\n"
    assert load_text(tmp_path, text, name="d.txt", table="divisions").out == counts(1, created=1)
