"""Any list as a file: with its filters, search and order, and it loads again unchanged."""

import csv
import io
import json

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext

from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from tables.context import databases
from tables.files.exporting import ExportStream
from tables.files.source import Format
from tables.history.models import HistoryEntry
from tables.schema.columns import columns
from tests.admin.pages import Clerk, address, text_of
from tests.admin.records import have
from tests.enrollment.world import make
from tests.files.awkward import filled
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(databases="__all__")

FORMULAS = ("=1+1", "+1 503 555 0101", "-2+3", "@SUM(A1)", "'=1+1", "'quoted'", "\t=1")


def export(clerk, model, form="csv", **query):
    response = clerk.client.get(f"{address(model, 'changelist')}export/{form}/", query)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response.streaming
    return b"".join(response.streaming_content)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.fixture
def groups(clerk):
    for n, name in enumerate(("Cedar", "Alder", "Birch")):
        have(Group, group_id=f"G{n}", name=name, city="Salem" if n else "Bend")
    return clerk


def test_an_export_has_all_columns_of_all_rows(groups):
    rows = rows_of(export(groups, Group))
    assert [row["Group_ID"] for row in rows] == ["G0", "G1", "G2"]
    assert list(rows[0]) == [column.published for column in columns(Group)]


def test_an_export_has_the_filters_the_search_and_the_order_of_its_list(groups):
    listed = groups.get(address(Group, "changelist"), q="Salem", o="-2").context["cl"]
    place = list(listed.list_display).index("name")
    rows = rows_of(export(groups, Group, o=str(place)))
    assert [row["Name"] for row in rows] == ["Alder", "Birch", "Cedar"]
    assert [row["Name"] for row in rows_of(export(groups, Group, q="der"))] == ["Alder"]
    rows = rows_of(export(groups, Group, o=f"-{place}", city__exact="Salem"))
    assert [row["Name"] for row in rows] == ["Birch", "Alder"]
    assert rows_of(export(groups, Group, q="nobody")) == []
    assert len(rows_of(export(groups, Group, p="7"))) == 3


def test_a_list_with_a_wrong_filter_leads_back_to_the_list(groups):
    response = groups.get(f"{address(Group, 'changelist')}export/csv/", original_date__year="x")
    assert response.status_code == 302
    assert response["Location"].startswith("../../?")


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_a_filter_that_only_the_database_refuses_leads_back_too(groups, form):
    answer = groups.client.get(f"{address(Group, 'changelist')}export/{form}/?name__exact=%00", follow=True)
    assert "cannot be filtered by this value" in text_of(answer)


def test_what_no_workbook_can_hold_is_reported_on_the_list(groups):
    have(Group, group_id="G9", notes="n" * 40_000)
    answer = groups.client.get(f"{address(Group, 'changelist')}export/xlsx/", follow=True)
    assert "Notes of group 'G9' has more than 32,767 characters" in text_of(answer)


def test_json_and_workbooks_hold_the_same(groups):
    listed = json.loads(export(groups, Group, "json", q="Birch"))
    assert [each["group_ID"] for each in listed] == ["G2"]
    sheet = openpyxl.load_workbook(io.BytesIO(export(groups, Group, "xlsx", q="Birch"))).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["G2"]


def test_another_form_is_not_found(groups):
    assert groups.get(f"{address(Group, 'changelist')}export/pdf/").status_code == 404


def test_who_may_not_view_exports_nothing(carol):
    give_rights(carol, "groups.view_group")
    visitor = Clerk.of(carol)
    assert visitor.get(f"{address(Group, 'changelist')}export/csv/").status_code == 200
    assert visitor.get(f"{address(GroupDivision, 'changelist')}export/csv/").status_code == 403


def test_formulas_are_defused_in_csv(clerk):
    for n, text in enumerate(FORMULAS):
        have(Group, group_id=f"G{n}", name=text)
    names = [row["Name"] for row in rows_of(export(clerk, Group))]
    assert names == ["'=1+1", "'+1 503 555 0101", "'-2+3", "'@SUM(A1)", "''=1+1", "'quoted'", "'\t=1"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_an_export_loads_again_unchanged(clerk, tmp_path, form, capsys):
    have(Group)
    for turn in range(35):
        with databases.using("VBA_Demo"):
            GroupDivision(group_id="G1", division_id=f"D{turn}", **filled(GroupDivision, turn)).save()
    path = tmp_path / f"divisions.{form}"
    path.write_bytes(export(clerk, GroupDivision, form))
    with pytest.raises(SystemExit) as ended:
        call_command("load_table", "divisions", str(path), "--database", "VBA_Demo")
    assert ended.value.code == 0
    assert "35 rows: 0 created, 0 updated, 35 unchanged, 0 refused" in capsys.readouterr().out


def test_who_may_not_see_ssns_gets_a_file_without_them_that_leaves_them_alone(carol, tmp_path, capsys):
    with databases.using("VBA_Demo"):
        make(Subscriber, subscriber_id="S1", last_name="Holloway")
        make(Member, subscriber_id="S1", member_seq="01", last_name="Holloway")
        Member.objects.update(ssn="900112222")
    give_role(carol, "Viewer")
    content = export(Clerk.of(carol), Member)
    assert b"900112222" not in content
    assert "SSN" not in rows_of(content)[0]
    give_role(carol, "Enrollment clerk")
    assert rows_of(export(Clerk.of(carol), Member))[0]["SSN"] == "900112222"
    path = tmp_path / "members.csv"
    path.write_bytes(content)
    with pytest.raises(SystemExit):
        call_command("load_table", "members", str(path), "--database", "VBA_Demo")
    assert "1 unchanged" in capsys.readouterr().out
    with databases.using("VBA_Demo"):
        assert Member.objects.get().ssn == "900112222"


def test_an_export_is_recorded_with_its_rows_and_its_list(groups):
    export(groups, Group, q="900-11-2222")
    export(groups, Group, city__exact="Salem")
    with databases.using("VBA_Demo"):
        first, second = HistoryEntry.objects.filter(action="exported").order_by("id")
    assert (first.actor, first.source, first.changes["Rows"]) == ("bob", "admin", 0)
    assert "2222" not in str(first.changes)
    assert second.changes == {"Format": "csv", "List": "city__exact=Salem", "Rows": 2}


def many_groups(count=1000):
    with databases.using("VBA_Demo"):
        least = Group.objects.values().get()
        rows = (Group(**{**least, "group_id": f"G{n}", "notes": "n" * 2000}) for n in range(10, 10 + count))
        Group.objects.bulk_create(rows, batch_size=200)


def test_an_export_takes_as_many_statements_for_many_rows_as_for_one(clerk):
    have(Group)

    def statements():
        with CaptureQueriesContext(connections["VBA_Demo"]) as asked:
            export(clerk, Group)
        return len(asked)

    one = statements()
    many_groups()
    assert statements() == one


def test_an_export_that_no_one_reads_to_its_end_lets_go(clerk):
    have(Group)
    many_groups()
    told = []
    with databases.using("VBA_Demo"):
        groups = Group.objects.using("VBA_Demo")
        pieces = ExportStream(groups.all(), columns(Group), Format.CSV, told.append).pieces()
        assert next(pieces).startswith(b"Group_ID,")
        pieces.close()
        assert groups.count() == 1001
    assert told == []


def test_the_list_leads_to_its_export(groups):
    page = groups.get(address(Group, "changelist"), q="Birch").content.decode()
    assert 'href="export/csv/?q=Birch"' in page
    assert "Export this list as" in page
