"""The pages of file loads: upload, preview, validation, load; rights, and one database at a time."""

import csv
import gzip
import html
import io
import json
import os
import re
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Group, GroupDivision
from loads.models import FileLoad, FilePart
from loads.running import KIND
from members.models import Member, Subscriber
from processes.models import VBAProcess
from processes.process_run import ProcessRun
from tables.context import databases
from tables.history.models import HistoryEntry
from tables.schema.columns import columns
from tests.admin.pages import Clerk, address, text_of
from tests.admin.records import have
from tests.admin.uploads import TWO, csv_of, groups_csv, now, page, required, send, sent, step
from tests.enrollment.world import make
from tests.files.awkward import filled
from tests.roles import give_rights, give_role, take_roles

pytestmark = pytest.mark.django_db(databases="__all__")


def loaded(clerk, content, **where):
    file = sent(clerk, content, **where)
    step(clerk, file, "check")
    step(clerk, file, "load")
    return now(clerk, file)


def counts(file):
    return file.rows_read, file.rows_created, file.rows_updated, file.rows_unchanged, file.rows_refused


# --- the way of a file ---


def test_a_file_is_previewed_validated_and_loaded(clerk):
    file = sent(clerk, TWO)
    text = text_of(clerk.get(page(file=file)))
    for told in (
        "Not validated yet",
        "Read as csv, UTF-8, values separated by commas",
        "Group ID (key)",
        "Blue Harbor",
    ):
        assert told in text
    text = text_of(step(clerk, file, "check"))
    assert "Validated. Nothing has been saved yet" in text
    assert clerk.count(Group) == 0
    assert counts(now(clerk, file)) == (2, 2, 0, 0, 0)
    assert "Loaded" in text_of(step(clerk, file, "load"))
    assert clerk.stored(Group, group_id="G2").name == "Cedar"
    assert clerk.stored(Group, group_id="G2").entry_user == "bob"
    assert counts(now(clerk, file)) == (2, 2, 0, 0, 0)


def test_only_a_validated_file_is_loaded(clerk):
    file = sent(clerk, TWO)
    assert "must be validated first" in text_of(step(clerk, file, "load"))
    assert clerk.count(Group) == 0


def test_a_file_is_loaded_once(clerk):
    file = loaded(clerk, TWO)
    assert "is already loaded" in text_of(step(clerk, file, "load"))
    assert "is already loaded" in text_of(step(clerk, file, "check"))


def test_the_history_names_the_file_as_source(clerk):
    loaded(clerk, TWO)
    with databases.using("VBA_Demo"):
        entry = HistoryEntry.objects.filter(table_name="groups").first()
    assert (entry.actor, entry.source) == ("bob", "file")


def test_a_load_stays_in_its_database(alice):
    clerk = Clerk.of(alice)
    file = sent(clerk, TWO)
    clerk.client.post(reverse("choose_database"), {"database": "VBA_Acme"})
    assert clerk.get(page(file=file)).status_code == 404
    assert Clerk(clerk.client, "VBA_Acme").count(FilePart) == 0


# --- errors ---


def test_the_page_names_unknown_and_missing_columns_with_suggestions(clerk):
    file = sent(clerk, b"Grop_ID,Name,Colour\nG1,x,red\n")
    text = text_of(clerk.get(page(file=file)))
    for told in (
        "no such column",
        "'Grop_ID' (did you mean Group_ID?)",
        "'Colour'",
        "Missing key columns: Group_ID",
    ):
        assert told in text
    assert "Validate (saves nothing)" not in text


def test_the_page_names_the_columns_that_new_rows_also_need(clerk):
    file = sent(clerk, b"Group_ID,Name\nG1,x\n")
    text = text_of(clerk.get(page(file=file)))
    assert "To add groups, the file also needs: Paperless, Admin_COBRA" in text
    assert "Validate (saves nothing)" in text
    assert "the file also needs" not in text_of(clerk.get(page(file=sent(clerk, TWO))))


def test_rejected_rows_are_on_the_page_and_in_downloads(clerk):
    have(Group, group_id="G1")
    first, second, third = ("G1", "A", "2024-13-01"), ("G9", "B", "2024-01-01"), ("G1", "C", "2024-01-01")
    content = csv_of(GroupDivision, "Group_ID Division_ID Original_Date", first, second, third)
    file = sent(clerk, content, "divisions.csv", "divisions")
    text = text_of(step(clerk, file, "check"))
    assert "Original Date must be a date" in text
    assert "2024-13-01" in text
    assert counts(now(clerk, file))[4] == 2
    errors = reverse("load_report", args=["divisions", file.pk, "errors"])
    rows = list(csv.DictReader(io.StringIO(b"".join(clerk.get(errors).streaming_content).decode())))
    assert [(row["line"], row["key"]) for row in rows] == [("2", "G1 / A"), ("3", "G9 / B")]
    rejects = reverse("load_report", args=["divisions", file.pk, "rejects"])
    refused = b"".join(clerk.get(rejects).streaming_content)
    assert refused == csv_of(GroupDivision, "Group_ID Division_ID Original_Date", first, second)
    step(clerk, file, "load")
    assert clerk.count(GroupDivision) == 1
    again = loaded(clerk, refused.replace(b"13-01", b"12-01").replace(b"G9", b"G1"), table="divisions")
    assert counts(again) == (2, 2, 0, 0, 0)
    with databases.using("VBA_Demo"):
        assert HistoryEntry.objects.filter(action="exported", changes__Rows=2).count() == 2


def test_only_the_first_hundred_errors_are_shown(clerk):
    lines = "".join(f"G{n},nonsense\n" for n in range(150))
    file = sent(clerk, f"Group_ID,Original_Date\n{lines}".encode())
    response = step(clerk, file, "check")
    assert response.content.decode().count("must be a date") == 100
    assert "The first 100 errors" in text_of(response)


def test_new_import_options_discard_earlier_results(clerk):
    file = sent(clerk, groups_csv(("G1", "x" * 300)))
    step(clerk, file, "check")
    assert counts(now(clerk, file)) == (1, 0, 0, 0, 1)
    step(clerk, file, "read", encoding="cp1252")
    assert counts(now(clerk, file)) == (None,) * 5
    assert clerk.get(reverse("load_report", args=["groups", file.pk, "errors"])).status_code == 404


def test_an_unreadable_file_says_why_and_takes_other_import_options(clerk):
    file = sent(clerk, groups_csv(("G1", "Zoë"), delimiter=";").decode().encode("cp1252"))
    assert "not utf-8" in text_of(step(clerk, file, "check")).lower() or now(clerk, file).rows_refused == 1
    response = step(clerk, file, "read", format="", encoding="cp1252", delimiter=";", sheet="")
    text = text_of(response)
    assert "Read as csv, CP1252, values separated by semicolons" in text
    assert "Zoë" in text
    step(clerk, file, "check")
    step(clerk, file, "load")
    assert clerk.stored(Group, group_id="G1").name == "Zoë"


def test_a_truncated_file_fails_and_saves_nothing(clerk):
    file = sent(clerk, gzip.compress(TWO * 100)[:-10], "groups.csv.gz")
    text = text_of(step(clerk, file, "check"))
    assert "Nothing was saved" in text or "truncated" in text
    assert now(clerk, file).state in ("failed", "sent")
    assert clerk.count(Group) == 0


def unlike_what_was_checked(clerk, file):
    """Tell that a file has neither counts nor problems of an earlier check."""
    assert (counts(now(clerk, file)), now(clerk, file).shown) == ((None,) * 5, [])
    for kind in ("errors", "rejects"):
        assert clerk.get(reverse("load_report", args=["groups", file.pk, kind])).status_code == 404
    assert clerk.count(FilePart, load=file.pk) == 1
    assert "Download all errors" not in text_of(clerk.get(page(file=file)))


def test_a_later_failure_discards_earlier_errors(clerk):
    file = sent(clerk, groups_csv(("G1", "x" * 300)))
    step(clerk, file, "check")
    assert clerk.count(FilePart, load=file.pk) == 3
    with databases.using("VBA_Demo"):
        FilePart.objects.filter(load=file.pk, kind="file").update(content=b"%PDF-1.7 x")
    assert "Nothing was saved" in text_of(step(clerk, file, "check"))
    assert now(clerk, file).state == "failed"
    unlike_what_was_checked(clerk, file)


@pytest.mark.parametrize("result", ["FAILED", "CANCELLED"])
def test_a_failed_or_canceled_process_discards_earlier_errors(clerk, result, monkeypatch):
    file = sent(clerk, groups_csv(("G1", "x" * 300), ("G2", "Cedar")))
    step(clerk, file, "check")
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 10)
    step(clerk, file, "load")
    assert now(clerk, file).state == "loading"
    with databases.using("VBA_Demo"):
        ProcessRun.objects.update(state="ended", result=result)
    clerk.get(page(file=file))
    assert now(clerk, file).state == result.lower()
    unlike_what_was_checked(clerk, file)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "groups.csv", "empty"),
        (b"%PDF-1.7 x", "groups.pdf", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x", "g.xls", ".xlsx"),
    ],
)
def test_a_file_that_has_no_table_is_rejected_with_a_reason(clerk, content, name, told):
    response = send(clerk, content, name)
    shown = clerk.client.get(response["Location"]) if response.status_code == 302 else response
    assert told in text_of(shown)


def test_a_form_without_a_file_is_rejected_with_a_reason(clerk):
    response = clerk.client.post(page(), {})
    assert response.status_code == 400
    assert "Choose a file first." in text_of(response)


def test_a_file_beyond_the_limit_is_not_kept(clerk, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    response = send(clerk, TWO * 100)
    assert response.status_code == 400
    assert "larger than 1,000 bytes" in text_of(response)
    assert clerk.count(FileLoad) == 0


def test_a_very_long_rejected_value_is_cut(clerk):
    file = sent(clerk, groups_csv(("G1", "x" * 200_000)))
    assert "Name has 200000 characters. At most" in text_of(step(clerk, file, "check"))
    assert now(clerk, file).shown[0]["value"] == "x" * 200


def test_the_page_cuts_a_file_with_very_many_columns(clerk):
    file = sent(clerk, b"Group_ID," + b",".join(b"c%d" % n for n in range(100_000)) + b"\nG1\n")
    shown = clerk.get(page(file=file))
    assert len(shown.content) < 500_000
    assert "99,601 more columns" in text_of(shown)


# --- forms of files, and back again ---


def as_workbook(rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


RECORD = {"group_ID": "G1", "name": "Cedar"} | {
    c.api: False for c in columns(Group) if c.published in required(Group)
}
FORMS = {
    "groups.tsv": groups_csv(("G1", "Cedar"), delimiter="\t"),
    "groups.json": json.dumps([RECORD]).encode(),
    "groups.ndjson": json.dumps(RECORD).encode(),
    "groups.csv.gz": gzip.compress(groups_csv(("G1", "Cedar"))),
    "groups.xlsx": as_workbook(
        [["Group_ID", "Name", *required(Group)], ["G1", "Cedar", *required(Group).values()]]
    ),
}


def test_the_response_to_the_script_has_the_url_of_the_file(clerk):
    file = SimpleUploadedFile("groups.csv", TWO)
    answer = clerk.client.post(page(), {"file": file}, headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 201
    with databases.using(clerk.database):
        assert answer["Location"] == page(file=FileLoad.objects.get())
    assert "Blue Harbor" in text_of(clerk.client.get(answer["Location"]))


@pytest.mark.parametrize("name", FORMS)
def test_every_file_format_is_accepted(clerk, name):
    file = sent(clerk, FORMS[name], name)
    assert "Cedar" in text_of(clerk.get(page(file=file)))
    step(clerk, file, "check")
    step(clerk, file, "load")
    assert clerk.stored(Group, group_id="G1").name == "Cedar"


@pytest.mark.parametrize("packed", [False, True])
def test_a_large_workbook_is_recognized_by_its_content(clerk, packed):
    book = io.BytesIO(FORMS["groups.xlsx"])
    with zipfile.ZipFile(book, "a") as parts:
        parts.writestr("xl/media/logo.png", os.urandom(5 << 20))
    file = sent(clerk, gzip.compress(book.getvalue(), 1) if packed else book.getvalue(), "groups")
    text = text_of(clerk.get(page(file=file)))
    assert "Read as xlsx" in text
    assert "Cedar" in text
    assert "Validate (saves nothing)" in text


def test_the_preview_of_a_large_text_reads_only_its_beginning(clerk):
    many = groups_csv(*((f"G{n}", os.urandom(40).hex()) for n in range(90_000)))
    file = sent(clerk, gzip.compress(many, 1), "groups.csv.gz")
    assert file.file_bytes > 4 << 20
    with CaptureQueriesContext(connections["VBA_Demo"]) as asked:
        assert "G9" in text_of(clerk.get(page(file=file)))
    assert len([each for each in asked if '"filepart"."content"' in each["sql"]]) == 4


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_an_export_loads_again_unchanged(clerk, form):
    have(Group)
    for turn in range(35):
        with databases.using("VBA_Demo"):
            GroupDivision(group_id="G1", division_id=f"D{turn}", **filled(GroupDivision, turn)).save()
    listed = clerk.get(f"{address(GroupDivision, 'changelist')}export/{form}/")
    file = loaded(clerk, b"".join(listed.streaming_content), name=f"divisions.{form}", table="divisions")
    assert counts(file) == (35, 0, 0, 35, 0)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_names_all_columns_and_loads_as_it_is(clerk, form):
    content = clerk.get(reverse("load_template", args=["groups", form])).content
    file = sent(clerk, content, name=f"groups.{form}")
    assert "there is nothing to load" in text_of(step(clerk, file, "check"))
    assert now(clerk, file).rows_read == 0
    assert "Loaded" in text_of(step(clerk, file, "load"))
    names = [column.published for column in columns(Group) if not column.is_stamp]
    if form == "csv":
        assert content.decode().strip().split(",") == names


def test_formulas_are_shown_as_they_are_and_defused_in_the_reports(clerk):
    names = ["=1+1", "'=1+1", "plain"]
    rows = [["Group_ID", "Name", "Original_Date", *required(Group)]]
    rows += [[f"G{n}", name, f"={name}", *required(Group).values()] for n, name in enumerate(names)]
    book = openpyxl.Workbook()
    for y, row in enumerate(rows, 1):
        for x, value in enumerate(row, 1):
            book.active.cell(y, x, value).data_type = "s"
    book.save(out := io.BytesIO())
    file = sent(clerk, out.getvalue(), "groups.xlsx")
    assert "=plain" in text_of(step(clerk, file, "check"))
    errors = reverse("load_report", args=["groups", file.pk, "errors"])
    found = list(csv.DictReader(io.StringIO(b"".join(clerk.get(errors).streaming_content).decode())))
    assert [row["value"] for row in found] == ["'==1+1", "'='=1+1", "'=plain"]
    rejects = reverse("load_report", args=["groups", file.pk, "rejects"])
    refused = b"".join(clerk.get(rejects).streaming_content).decode()
    for name in names:
        refused = refused.replace(f"'={name},", "2024-01-01,")
    loaded(clerk, refused.encode())
    assert [clerk.stored(Group, group_id=f"G{n}").name for n in range(3)] == names


# --- what is worth a look ---


def test_warnings_stand_beside_the_counts_and_are_deleted_with_the_file(clerk):
    rows = [["Group_ID", "Zip_Code", *required(Group)], [417, 2115, *required(Group).values()]]
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(rows)))
    book.active["B2"].number_format = "00000"
    book.active["A4"] = "G2"
    book.save(out := io.BytesIO())
    file = sent(clerk, out.getvalue(), "groups.xlsx")
    assert "02115" in text_of(clerk.get(page(file=file)))
    told = "Group_ID: 1 value is a plain number, without leading zeros (row 2: '417')."
    for name in ("check", "load"):
        text = text_of(step(clerk, file, name))
        assert told in html.unescape(text)
        assert "1 empty row was skipped." in text
    assert clerk.stored(Group, group_id="417").zip_code == "02115"
    step(clerk, file, "forget")
    assert now(clerk, file).notes == []


def test_only_users_who_may_see_the_file_see_example_values(clerk, carol):
    content = as_workbook([["Subscriber_ID", "Member_Seq"], [900112222, "01"]])
    file = sent(clerk, content, "members.xlsx", "members")
    told = "Subscriber_ID: 1 value is a plain number, without leading zeros (row 2: {})."
    assert told.format("'900112222'") in html.unescape(text_of(step(clerk, file, "check")))
    give_rights(carol, "members.add_member", "members.change_member", "members.view_member")
    shown = html.unescape(text_of(Clerk.of(carol).get(page("members", file))))
    assert "900112222" not in shown
    assert told.format("'•••••'") in shown


# --- people ---


def test_ssns_are_masked_and_only_the_sender_downloads_rejected_rows(clerk, carol):
    with databases.using("VBA_Demo"):
        make(Subscriber, subscriber_id="S1")
    content = b"Subscriber_ID,Member_Seq,SSN,Birth_Date\nS1,01,900112222,nonsense\n"
    file = sent(clerk, content, "members.csv", "members")
    assert b"900112222" not in clerk.get(page("members", file)).content
    assert b"900112222" not in step(clerk, file, "check").content
    rejects = reverse("load_report", args=["members", file.pk, "rejects"])
    assert b"900112222" in b"".join(clerk.get(rejects).streaming_content)
    give_rights(carol, "members.add_member", "members.change_member", "members.view_member")
    assert Clerk.of(carol).get(rejects).status_code == 403
    assert clerk.count(Member) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"Subscriber_ID^Member_Seq^SSN\nS1^01^900112222\n",
        b"Subscriber_ID,Member_Seq,Social\nS1,01,900112222\n",
        b"900112222,01,S1\n",
        b"Subscriber_ID,Member_Seq\nS1,01,900112222\n",
    ],
    ids=["another delimiter", "no such column", "no header", "a value too many"],
)
def test_values_under_unknown_columns_are_shown_only_to_the_sender(clerk, carol, content):
    file = sent(clerk, content, "members.csv", "members")
    step(clerk, file, "read", delimiter=",")
    give_rights(carol, "members.add_member", "members.change_member", "members.view_member")
    assert b"900112222" in clerk.get(page("members", file)).content
    assert b"900112222" not in Clerk.of(carol).get(page("members", file)).content


@pytest.mark.parametrize(
    "row",
    ["S1,01,x,900112222", "01,900112222,1980-01-01,x", "900112222,01,1980-01-01,", "=900112222',01,x,x"],
    ids=["in another column", "in the key", "in what was not found", "as a formula"],
)
def test_values_in_a_wrong_column_are_shown_only_to_the_sender(clerk, carol, row):
    file = sent(clerk, f"Subscriber_ID,Member_Seq,SSN,Birth_Date\n{row}\n".encode(), "m.csv", "members")
    step(clerk, file, "check")
    assert counts(now(clerk, file))[4] == 1
    rights = [f"members.{each}_member" for each in ("add", "change", "view")]
    give_rights(carol, *rights, "loads.view_fileload")
    addresses = {
        "page": page("members", file),
        "report": reverse("load_report", args=["members", file.pk, "errors"]),
        "record": address(FileLoad, "change", file.pk),
    }
    seen = {name: Clerk.of(carol).get(url).getvalue() for name, url in addresses.items()}
    assert [name for name, content in seen.items() if b"900112222" in content] == []
    assert re.search(rb"must be|has \d+ characters|was not found", seen["page"])
    (first, *_) = csv.DictReader(io.StringIO(seen["report"].decode()))
    assert (first["line"], first["key"]) == ("2", "•••••")
    shown = [clerk.get(addresses[name]).getvalue() for name in ("page", "report")]
    assert [b"900112222" in content for content in shown] == [True, True]


# --- who may ---


def test_loading_takes_the_rights_to_add_and_change(clerk, carol):
    file = sent(clerk, TWO)
    visitor = Clerk.of(carol)
    for rights in (
        (),
        ("groups.view_group",),
        ("groups.view_group", "groups.change_group"),
        ("groups.add_group",),
    ):
        take_roles(carol)
        give_rights(carol, *rights)
        assert visitor.get(page()).status_code == 403
        assert send(visitor, TWO).status_code == 403
        assert visitor.get(page(file=file)).status_code == 403
        assert visitor.client.post(page(file=file), {"step": "check"}).status_code == 403
        assert visitor.get(reverse("load_state", args=["groups", file.pk])).status_code == 403
        assert visitor.get(reverse("load_template", args=["groups", "csv"])).status_code == 403
        assert visitor.get(reverse("load_report", args=["groups", file.pk, "errors"])).status_code == 403
    assert clerk.count(FileLoad) == 1


def test_the_list_has_the_link_for_users_who_may_load(clerk, carol):
    assert f'href="{page()}"' in clerk.get(address(Group, "changelist")).content.decode()
    give_role(carol, "Viewer")
    assert "Load a file" not in text_of(Clerk.of(carol).get(address(Group, "changelist")))


def test_processes_cannot_be_loaded_from_files(clerk):
    assert clerk.get(page("processes")).status_code == 403
    assert clerk.get(page("no-such-table")).status_code == 404


def test_a_file_of_one_table_is_not_shown_under_another(clerk):
    file = sent(clerk, TWO)
    assert clerk.get(reverse("load_one", args=["divisions", file.pk])).status_code == 404


def test_no_other_page_accepts_a_file(clerk):
    clerk.client.post(address(Group, "add"), {"name": SimpleUploadedFile("x.csv", b"x" * 100)})
    response = clerk.client.post(page("no-such-table"), {"file": SimpleUploadedFile("x.csv", b"x")})
    assert response.status_code == 404
    assert clerk.count(FilePart) == 0


# --- past loads ---


def test_past_loads_are_listed_with_user_and_result(clerk, carol):
    loaded(clerk, TWO, name="first.csv")
    sent(clerk, TWO, name="second.csv")
    text = text_of(clerk.get(page()))
    assert text.index("second.csv") < text.index("first.csv")
    listed = text_of(clerk.get(address(FileLoad, "changelist")))
    for told in ("first.csv", "bob", "Loaded", "Uploaded"):
        assert told in listed
    give_role(carol, "Enrollment clerk")
    assert "first.csv" not in text_of(Clerk.of(carol).get(address(FileLoad, "changelist")))


def test_old_files_are_deleted_and_their_results_stay(clerk):
    file = loaded(clerk, TWO)
    assert clerk.count(FilePart) >= 1
    call_command("prune_uploads", "--days", "0")
    assert clerk.count(FilePart) == 0
    assert (now(clerk, file).state, now(clerk, file).forgotten) == ("loaded", True)
    assert "have been deleted" in text_of(clerk.get(page(file=file)))


def test_a_file_can_be_deleted_at_once(clerk):
    file = sent(clerk, TWO)
    step(clerk, file, "forget")
    assert clerk.count(FilePart) == 0
    assert "must be validated first" in text_of(step(clerk, file, "check"))


def test_a_page_takes_the_same_number_of_queries_for_many_files(clerk):
    def statements(url):
        with CaptureQueriesContext(connections["VBA_Demo"]) as asked:
            assert clerk.get(url).status_code == 200
        return len(asked)

    urls = (page(), address(FileLoad, "changelist"))
    loaded(clerk, TWO)
    one = [statements(url) for url in urls]
    for _ in range(8):
        sent(clerk, TWO)
    assert [statements(url) for url in urls] == one


# --- in the background ---


@pytest.fixture
def waiting(clerk, monkeypatch):
    """A file that is too large to be checked at once."""
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 10)
    file = sent(clerk, TWO)
    step(clerk, file, "check")
    return now(clerk, file)


def test_a_large_file_waits_for_a_worker(clerk, waiting):
    assert waiting.state == "checking"
    process = clerk.stored(VBAProcess, vbaprocess_key=waiting.process_key, vbaprocess_type=KIND)
    assert process.description == f"Validate file {waiting.pk} for groups"
    text = text_of(clerk.get(page(file=waiting)))
    assert "Waiting to start" in text
    assert (
        'data-state="running"'
        in clerk.get(reverse("load_state", args=["groups", waiting.pk])).content.decode()
    )
    assert "in progress" in text_of(step(clerk, waiting, "check"))
    step(clerk, waiting, "read", encoding="cp1252")
    assert now(clerk, waiting).encoding == ""
    step(clerk, waiting, "forget")
    assert clerk.count(FilePart) == 1


def test_the_process_links_to_its_file_for_users_who_may_load(clerk, carol, waiting):
    process = clerk.stored(VBAProcess, vbaprocess_key=waiting.process_key, vbaprocess_type=KIND)
    with databases.using("VBA_Demo"):
        ProcessRun.objects.update(state="ended", result="FAILED")
    watched = reverse("admin:processes_vbaprocess_watch", args=[process.pk])
    assert page(file=waiting) in clerk.get(watched).content.decode()
    give_role(carol, "Viewer")
    assert page(file=waiting) not in Clerk.of(carol).get(watched).content.decode()


def test_a_compressed_large_file_also_waits_for_a_worker(clerk):
    content = gzip.compress(groups_csv(*([("G1", "same")] * 50_000)))
    assert len(content) < 10_000
    file = sent(clerk, content, "groups.csv")
    step(clerk, file, "check")
    assert now(clerk, file).state == "checking"


def test_files_of_one_table_are_loaded_one_at_a_time(clerk, waiting):
    other = sent(clerk, TWO)
    assert "Another file is being validated" in text_of(step(clerk, other, "check"))
    assert now(clerk, other).state == "sent"


def test_a_waiting_file_can_be_canceled_and_validated_again(clerk, waiting, monkeypatch):
    step(clerk, waiting, "cancel")
    assert now(clerk, waiting).state == "cancelled"
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 10_000)
    step(clerk, waiting, "check")
    assert now(clerk, waiting).state == "checked"


def test_the_page_shows_that_a_process_failed(clerk, waiting):
    with databases.using("VBA_Demo"):
        ProcessRun.objects.update(state="ended", result="FAILED")
    assert "Failed" in text_of(clerk.get(page(file=waiting)))
    assert now(clerk, waiting).state == "failed"


def test_the_job_and_the_log_do_not_contain_the_file_name(clerk, monkeypatch, caplog):
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 10)
    file = sent(clerk, TWO, "Holloway Ada.csv")
    step(clerk, file, "check")
    with databases.using("VBA_Demo"):
        assert "Holloway" not in str(list(ProcessRun.objects.values())) + str(
            list(VBAProcess.objects.values())
        )
    assert "Holloway" not in caplog.text
