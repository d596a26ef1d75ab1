"""Disenrolling and reenrolling several groups selected in the list."""

import pytest
from django.contrib.auth.models import User

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

BOTH = {name: value for name, value in FORM.items() if name != "division_ID"} | {"group": ["G1", "G2"]}
LIST = "/admin/groups/group/"


@pytest.fixture
def second(clerk):
    """A second group, with nobody enrolled, that began later than the first."""
    world.make(world.Group, group_id="G2", name="Second", original_date="2022-01-01")


def select(clerk, action, *groups):
    """Choose an action for groups in their list."""
    keys = list(world.Group.objects.filter(group_id__in=groups).values_list("pk", flat=True))
    answer = clerk.post(LIST, {"action": action, "_selected_action": keys, "index": 0})
    databases.choose("VBA_Demo")
    return answer


def run_all():
    """Run what waits, as a worker does."""
    for process in VBAProcess.objects.filter(process_end__isnull=True).order_by("vbaprocess_key"):
        running.run("VBA_Demo", process.vbaprocess_key, process.vbaprocess_type)
        databases.choose("VBA_Demo")


def test_selected_groups_are_disenrolled_and_reenrolled_by_one_process_each(clerk, second):
    before = world.everything()
    form = select(clerk, "disenroll_groups", "G1", "G2")
    assert 'name="group" value="G2"' in form.content.decode()
    assert "division_ID" not in form.context["form"].fields
    preview = text(send(clerk, "/admin/disenroll-groups/", BOTH, "preview"))
    assert "G1 3 2 enrollments, 3 plans, 3 members, 2 subscribers" in preview
    assert "G2 0 1 group " in preview
    assert world.everything() == before
    started = send(clerk, "/admin/disenroll-groups/", BOTH, "start")
    assert started.status_code == 302
    assert "Started 2 of 2 groups." in text(clerk.get(started["Location"]))
    databases.choose("VBA_Demo")
    run_all()
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
    assert "Undo (restores" in text(select(clerk, "reenroll_groups", "G1", "G2"))
    back = {name: value for name, value in REENROLL.items() if name != "division_ID"} | {
        "group": ["G1", "G2"]
    }
    send(clerk, "/admin/reenroll-groups/", back, "start")
    run_all()
    assert world.everything() == before


def test_a_refused_group_is_named_and_left_out(clerk, second):
    early = {**BOTH, "disenroll_Date": "2021-06-30"}
    preview = text(send(clerk, "/admin/disenroll-groups/", early, "preview"))
    assert "G2 0 Left out Last day of coverage is before the group&#x27;s original date." in preview
    page = clerk.get(send(clerk, "/admin/disenroll-groups/", early, "start")["Location"])
    assert "Started 1 of 2 groups." in text(page)
    assert "Group G2 was left out: Last day of coverage is before" in text(page)
    databases.choose("VBA_Demo")
    assert VBAProcess.objects.count() == 1


def test_if_all_groups_are_refused_each_says_why_and_nothing_starts(clerk, second):
    answer = send(clerk, "/admin/disenroll-groups/", {**BOTH, "disenroll_Date": "2001-06-30"}, "start")
    assert answer.status_code == 400
    assert "Group G1: Last day of coverage is before" in text(answer)
    assert "Group G2: Last day of coverage is before" in text(answer)
    assert not VBAProcess.objects.exists()


def test_many_people_require_typing_the_number_of_groups(clerk, second, monkeypatch):
    monkeypatch.setattr(process_pages, "MANY_PEOPLE", 2)
    answer = send(clerk, "/admin/disenroll-groups/", BOTH, "start")
    assert "You did not type 2 groups" in text(answer)
    assert not VBAProcess.objects.exists()
    send(clerk, "/admin/disenroll-groups/", {**BOTH, "typed_group": "2 groups"}, "start")
    assert VBAProcess.objects.count() == 2


def test_one_selected_group_leads_to_its_own_page(clerk):
    assert select(clerk, "disenroll_groups", "G1")["Location"] == "/admin/disenroll/G1/"


def test_too_many_selected_groups_are_refused(clerk, second, monkeypatch):
    monkeypatch.setattr(process_pages, "MOST_GROUPS", 1)
    answer = select(clerk, "disenroll_groups", "G1", "G2")
    assert "Select at most 1 groups" in text(clerk.get(answer["Location"]))


def test_only_users_who_may_start_processes_see_the_actions(clerk, second):
    assert "Disenroll groups…" in text(clerk.get(LIST))
    user = User.objects.create_user("eve", password=PASSWORD, is_staff=True)
    give_role(user, "Viewer", "VBA_Demo")
    clerk.force_login(user)
    assert "Disenroll groups…" not in text(clerk.get(LIST))
    assert clerk.post("/admin/disenroll-groups/", {**BOTH, "step": "start"}).status_code == 403
    databases.choose("VBA_Demo")
    select(clerk, "disenroll_groups", "G1", "G2")
    assert not VBAProcess.objects.exists()
