"""Files of people: what is dumped loads again everywhere, keys are given, overlaps are refused."""

import pytest
from django.core.management import call_command

from enrollment.models import SubEnrollment
from members.models import Member, Subscriber
from tables.context import databases
from tables.schema.registry import table_names
from tests.api.families import EVERY
from tests.api.families import have as have_all
from tests.api.programs import Program
from tests.files.loads import counts, load, report

pytestmark = pytest.mark.django_db(databases="__all__")


def load_text(tmp_path, text, *options, table):
    """Load a csv file of this text."""
    path = tmp_path / "x.csv"
    path.write_text(text)
    return load(path, *options, table=table)


@pytest.fixture
def people(client, bob, demo_key, signed_in):
    """One record of every table in VBA_Demo."""
    have_all(Program(client, signed_in(bob, demo_key)), *EVERY)


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("format", ["csv", "ndjson", "xlsx"])
def test_what_is_dumped_of_every_table_loads_again_unchanged(tmp_path, people, format):
    call_command("dump_folder", str(tmp_path), "--database", "VBA_Demo", "--format", format)
    for name in table_names():
        path = str(tmp_path / f"{name}.{format}")
        assert load(path, table=name, database="VBA_Acme").out == counts(1, created=1)
        assert load(path, table=name).out == counts(1, unchanged=1)
        again = str(tmp_path / f"again.{name}.{format}")
        call_command("dump_table", name, again, "--database", "VBA_Demo")
        if format != "xlsx":
            assert (tmp_path / f"again.{name}.{format}").read_bytes() == (
                tmp_path / f"{name}.{format}"
            ).read_bytes()
    with databases.using("VBA_Acme"):
        assert SubEnrollment.objects.get().group_coverage_start.isoformat() == "2024-01-01"


FLAGS = (
    "Adult_Dependent,Continue_Coverage,Initial_Volume_Salary_Pct,Other_Insurance,Smoker,Use_Member_Plan_Year"
)


@pytest.mark.parametrize("header", ["Subscriber_ID,Member_Seq", "Subscriber_ID"])
def test_a_file_without_keys_is_given_them(tmp_path, header):
    outcome = load_text(tmp_path, "Last_Name\nRivera\nAbara\n", table="subscribers")
    assert (outcome.code, outcome.err) == (0, "")
    with databases.using("VBA_Demo"):
        ids = sorted(Subscriber.objects.values_list("subscriber_id", flat=True))
    assert len(ids) == 2
    blank = "," if "Seq" in header else ""
    rows = "".join(f"{key}{blank},f,f,f,f,f,f\n" for key in (ids[0], ids[1], ids[0]))
    outcome = load_text(tmp_path, f"{header},{FLAGS}\n{rows}", table="members")
    assert (outcome.code, outcome.err) == (0, "")
    with databases.using("VBA_Demo"):
        found = [
            *Member.objects.order_by("subscriber_id", "member_seq").values_list("subscriber_id", "member_seq")
        ]
    assert found == [(ids[0], "01"), (ids[0], "02"), (ids[1], "01")]


def test_overlaps_in_a_file_are_refused_with_their_lines(tmp_path, people):
    header = "Subscriber_ID,Group_ID,Division_ID,Group_Coverage_Start,Start_Date,End_Date\n"
    lines = [
        f"S1,G1,A,2024-01-01,{start},{end}\n"
        for start, end in (
            ("2023-01-01", "2023-06-30"),
            ("2023-06-30", "2023-12-31"),
            ("2025-01-01", ""),
            ("2023-07-01", "2023-12-31"),
        )
    ]
    errors = ("--errors", tmp_path / "e.csv")
    outcome = load_text(tmp_path, header + "".join(lines), *errors, table="enrollments")
    assert outcome.code == 1
    found = [(line, column) for line, _, column, *_ in report(tmp_path / "e.csv")]
    assert found == [(3, "end_Date"), (4, "end_Date")]


def test_a_file_without_end_dates_counts_with_those_that_are_stored(tmp_path, people):
    header = "Subscriber_ID,Group_ID,Division_ID,Group_Coverage_Start,Start_Date"
    text = f"{header},End_Date\nS1,G1,A,2024-01-01,2024-01-01,2024-06-30\n"
    assert load_text(tmp_path, text, table="enrollments").code == 0
    text = f"{header},Policy_Number\nS1,G1,A,2024-01-01,2024-01-01,P\nS1,G1,A,2024-01-01,2024-07-01,P\n"
    assert load_text(tmp_path, text, table="enrollments").code == 0
    text = f"{header},Policy_Number\nS1,G1,A,2024-01-01,2024-06-30,P\n"
    assert load_text(tmp_path, text, table="enrollments").code == 1
