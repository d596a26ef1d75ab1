"""The admin's pages that disenroll and reenroll: form, preview, confirmation, undo; and the summary."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from enrollment.pages import process_pages
from processes import running
from processes.models import VBAProcess
from tables.context import databases
from tests.admin.process_forms import FORM, REENROLL, clerk, send, text
from tests.conftest import PASSWORD
from tests.enrollment import world
from tests.roles import give_role

__all__ = ["clerk"]
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def run_started(answer):
    """Run the process whose page the answer leads to, as a worker does; return its page's address and key."""
    process = VBAProcess.objects.latest("vbaprocess_key")
    assert answer.status_code == 302
    assert answer["Location"] == f"/admin/processes/vbaprocess/{process.pk}/watch/"
    running.run("VBA_Demo", process.vbaprocess_key, process.vbaprocess_type)
    databases.choose("VBA_Demo")
    return answer["Location"], process.vbaprocess_key


def test_a_group_is_disenrolled_and_undone_from_its_page(clerk):
    page = clerk.get("/admin/groups/group/G1/change/").content.decode()
    assert 'href="/admin/disenroll/G1/"' in page
    databases.choose("VBA_Demo")
    before = world.everything()
    preview = send(clerk, "/admin/disenroll/G1/", FORM, "preview")
    assert "2 enrollments, 3 plans, 3 members, 2 subscribers" in text(preview)
    assert world.everything() == before
    location, key = run_started(send(clerk, "/admin/disenroll/G1/", FORM, "start"))
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
    watched = clerk.get(location)
    assert "Completed" in text(watched)
    undo = re.search(r'href="([^"]+)">Undo…', watched.content.decode())[1].replace("&amp;", "&")
    assert undo == "/admin/reenroll/G1/?disenroll_Date=2024-06-30"
    changes = b"".join(clerk.get(f"/admin/process-changes/{key}.csv").streaming_content).decode().splitlines()
    assert "subenrollment" in changes[1]
    assert any(line.endswith("end_date,,2024-06-30") for line in changes)
    databases.choose("VBA_Demo")
    assert "2 enrollments" in text(send(clerk, undo, REENROLL, "preview"))
    run_started(send(clerk, undo, REENROLL, "start"))
    assert world.everything() == before


def disenrolled(clerk, **changes):
    """Disenroll G1 from its page; return the page of the process when it has ended."""
    location, _ = run_started(send(clerk, "/admin/disenroll/G1/", {**FORM, **changes}, "start"))
    return clerk.get(location)


def before_and_after(page):
    """Return the rows of the table of who was covered: when, subscribers and members before and after."""
    part = re.search(r'aria-label="Before and after">(.*?)</section>', page.content.decode(), re.DOTALL)[1]
    rows = re.findall(r"<tr>(.*?)</tr>", part.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_the_result_shows_who_was_covered_before_and_after(clerk):
    page = disenrolled(clerk)
    assert "Covered in group G1, before and after" in text(page)
    assert before_and_after(page) == ["on 2024-06-30 2 2 3 3", "on 2024-07-01 2 0 3 0", "at any time 2 2 3 3"]
    databases.choose("VBA_Demo")
    location, _ = run_started(send(clerk, "/admin/reenroll/G1/", REENROLL, "start"))
    # What is told stays as it was, whatever comes later.
    world.SubEnrollment.objects.all().update(end_date="2024-03-31")
    undone = clerk.get(location)
    assert before_and_after(undone)[1] == "on 2024-07-01 0 2 0 3"


def test_the_result_of_a_division_counts_only_the_division(clerk):
    page = disenrolled(clerk, division_ID="A", groupDisenroll="")
    assert "Covered in division A of group G1" in text(page)
    assert before_and_after(page)[1] == "on 2024-07-01 1 0 2 0"
    assert "division_ID=A" in re.search(r'href="([^"]+)">Undo…', page.content.decode())[1]


def test_people_are_counted_just_before_and_after_new_coverage_starts(clerk):
    disenrolled(clerk)
    databases.choose("VBA_Demo")
    anew = {**REENROLL, "mode": "new", "start_Date": "2024-09-01"}
    location, _ = run_started(send(clerk, "/admin/reenroll/G1/", anew, "start"))
    rows = before_and_after(clerk.get(location))
    assert rows[:2] == ["on 2024-08-31 0 0 0 0", "on 2024-09-01 0 2 0 3"]


def test_undo_also_restores_authorizations(clerk):
    world.authorization("AU2", "01", approved_from="06-20", approved_thru="07-20")
    before = world.everything()
    page = disenrolled(clerk, terminateAuth="on")
    undo = re.search(r'href="([^"]+)">Undo…', page.content.decode())[1].replace("&amp;", "&")
    assert undo.endswith("resetAuth=on")
    form = clerk.get(undo).context["form"]
    assert form["resetAuth"].initial == "on"
    databases.choose("VBA_Demo")
    run_started(send(clerk, undo, {**REENROLL, "resetAuth": "on"}, "start"))
    assert world.everything() == before


def test_disenrolling_a_division_does_not_mark_the_group_by_default(clerk):
    assert clerk.get("/admin/disenroll/G1/").context["form"]["groupDisenroll"].value() is True
    form = clerk.get("/admin/disenroll/G1/?division_ID=A").context["form"]
    assert (form["division_ID"].value(), form["groupDisenroll"].value()) == ("A", False)


def test_fields_of_another_choice_are_ignored(clerk):
    disenrolled(clerk)
    databases.choose("VBA_Demo")
    left = {
        "cobraDivision": "C",
        "cobraStart": "2024-08-01",
        "memberSeqCriterias": "77",
        "start_Date": "2024-09-01",
    }
    answer = send(clerk, "/admin/reenroll/G1/", {**REENROLL, **left}, "preview")
    assert "2 enrollments" in text(answer)


def test_a_change_after_the_preview_leads_to_a_new_preview(clerk):
    seen = send(clerk, "/admin/disenroll/G1/", FORM, "preview").context["previewed"]
    changed = {**FORM, "disenroll_Date": "2024-05-31", "previewed": seen}
    answer = send(clerk, "/admin/disenroll/G1/", changed, "start")
    assert "The form changed after the preview" in text(answer)
    assert not VBAProcess.objects.exists()


def test_errors_stand_beside_their_fields_and_keep_the_input(clerk):
    early = {**FORM, "disenroll_Date": "2019-01-01", "term_Date": "2024-05-05"}
    answer = send(clerk, "/admin/disenroll/G1/", early, "preview")
    assert answer.status_code == 400
    form = answer.context["form"]
    assert form.errors["disenroll_Date"] == ["Last day of coverage is before the group's original date."]
    assert "2024-05-05" in answer.content.decode()
    assert not VBAProcess.objects.exists()


def test_errors_name_labels_and_choices_instead_of_api_fields(clerk):
    answer = send(clerk, "/admin/disenroll/G1/", {**FORM, "disenrollFamily": "2"}, "preview")
    assert answer.context["form"].errors["disenrollFamily"] == [
        "“Subscriber only (dependents stay covered)” needs “Mark the group as terminated” to be off."
    ]
    disenrolled(clerk)
    databases.choose("VBA_Demo")
    one_family = {"reenrollFamily": "4", "memberSeqCriterias": "01"}
    errors = send(clerk, "/admin/reenroll/G1/", {**REENROLL, **one_family}, "preview").context["form"].errors
    assert errors["reenrollFamily"] == [
        "“Only the members listed below (of one family)” needs Subscriber ID."
    ]
    assert errors["memberSeqCriterias"] == ["The list of members must be empty when Subscriber ID is empty."]
    unknown = {**REENROLL, "subscriber_ID": "start_Date"}
    errors = send(clerk, "/admin/reenroll/G1/", unknown, "preview").context["form"].errors
    assert errors["subscriber_ID"] == ["Subscriber ID is not valid: 'start_Date'."]


def test_a_process_shows_what_was_requested_in_the_words_of_its_form(clerk):
    shown = text(disenrolled(clerk))
    assert "Whose coverage ends Subscriber and family" in shown
    assert "Mark the group as terminated Yes" in shown
    assert "disenrollFamily" not in shown
    assert "GROUPDISENROLL" not in shown


def test_many_people_require_typing_the_group_id(clerk, monkeypatch):
    monkeypatch.setattr(process_pages, "MANY_PEOPLE", 2)
    answer = send(clerk, "/admin/disenroll/G1/", FORM, "start")
    assert "You did not type G1" in text(answer)
    assert not VBAProcess.objects.exists()
    run_started(send(clerk, "/admin/disenroll/G1/", {**FORM, "typed_group": "G1"}, "start"))


def test_users_who_may_not_start_processes_see_no_links_and_no_pages(clerk):
    user = User.objects.create_user("eve", password=PASSWORD, is_staff=True)
    give_role(user, "Viewer", "VBA_Demo")
    clerk.force_login(user)
    assert "/admin/disenroll/" not in clerk.get("/admin/groups/group/G1/change/").content.decode()
    assert clerk.get("/admin/disenroll/G1/").status_code == 403
    assert clerk.get("/admin/reenroll/G1/").status_code == 403
    assert clerk.get("/admin/enrollment-summary/G1/").status_code == 200
    clerk.logout()
    assert clerk.get("/admin/disenroll/G1/").status_code == 302


def test_unknown_groups_and_processes_are_404(clerk):
    assert clerk.get("/admin/disenroll/G9/").status_code == 404
    assert clerk.get("/admin/process-changes/999999.csv").status_code == 404


def test_the_summary_of_any_date_takes_the_same_number_of_queries_for_many_divisions(clerk):
    page = text(clerk.get("/admin/enrollment-summary/G1/?as_of=2024-07-01"))
    assert "Covered on 2024-07-01 2 3" in page
    assert "must be a date" in text(clerk.get("/admin/enrollment-summary/G1/?as_of=soon"))
    counts = []
    for turn in range(2):
        in_demo = CaptureQueriesContext(connections["VBA_Demo"])
        with CaptureQueriesContext(connection) as control, in_demo as demo:
            clerk.get("/admin/enrollment-summary/G1/")
        counts.append(len(control) + len(demo))
        databases.choose("VBA_Demo")
        for n in range(20):
            world.make(world.GroupDivision, group_id="G1", division_id=f"X{turn}-{n}")
            world.make_contract(f"X{turn}-{n}")
    assert counts[0] == counts[1]
