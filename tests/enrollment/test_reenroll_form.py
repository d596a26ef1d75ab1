"""The form of a reenrollment: the days it offers, dates that no process set, and COBRA."""

import re

import pytest
from django.contrib.auth.models import User

from enrollment.process_requests.ended_days import ended_days
from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from processes.models import VBAProcess
from tables.context import databases
from tests.conftest import PASSWORD
from tests.enrollment import world
from tests.enrollment.cutting import end_of
from tests.enrollment.others import OF_OTHERS, rows_of_others
from tests.roles import give_role
from tests.work.in_process import run_queued

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

FORM = {
    "disenroll_Date": "2024-06-30",
    "mode": "undo",
    "reenrollFamily": "1",
    "resetGroupDisenroll": "on",
}


@pytest.fixture
def clerk(f, client):
    """A clerk signed in; ``f`` has made fixture F."""
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    give_role(user, "Enrollment clerk", "VBA_Demo")
    client.force_login(user)
    return client


def page(clerk):
    answer = clerk.get("/admin/reenroll/G1/")
    databases.choose("VBA_Demo")
    return answer


def run(clerk, **fields):
    """Preview and start the form; return its process when it has ended."""
    form, others = {**FORM, **fields}, rows_of_others()
    for step in ("preview", "start"):
        answer = clerk.post("/admin/reenroll/G1/", {**form, "step": step})
        databases.choose("VBA_Demo")
        if step == "preview":
            assert answer.status_code == 200, answer.context["form"].errors
            form["previewed"] = answer.context["previewed"]
    latest = VBAProcess.objects.latest("vbaprocess_key")
    run_queued()
    ended = end_of(latest.vbaprocess_key)
    assert rows_of_others() == others
    return ended


def ended_by_hand(day):
    """Everything of fixture F ends on a day, with its dates, and no process did it."""
    for model, column in (
        *((model, "disenroll_date") for model in (Group, GroupDivision)),
        (world.SubEnrollment, "end_date"),
        (world.SubEnrollmentPlan, "plan_end"),
    ):
        model.objects.filter(group_id="G1").update(**{column: day})
    for model in (Subscriber, Member):
        model.objects.exclude(OF_OTHERS).update(disenroll_date=day)


def test_a_group_that_was_never_disenrolled_is_told_so_instead_of_an_empty_choice(clerk):
    answer = page(clerk)
    assert "This group was never disenrolled" in answer.content.decode()
    assert 'name="disenroll_Date"' not in answer.content.decode()
    assert clerk.post("/admin/reenroll/G1/", {**FORM, "step": "start"}).status_code == 400


def test_dates_that_no_disenroll_has_put_there_are_offered_and_told_apart(clerk, f):
    GroupDivision.objects.filter(division_id="C").update(disenroll_date="2024-03-31")
    f.disenroll(division_ID="A", groupDisenroll=False)
    GroupDivision.objects.filter(division_id="B").update(disenroll_date="2024-08-31")
    answer = page(clerk)
    field = answer.context["form"]["disenroll_Date"]
    assert field.field.choices == [
        ("2024-08-31", "2024-08-31 · not disenrolled by this system: division B"),
        ("2024-06-30", "2024-06-30"),
        ("2024-03-31", "2024-03-31 · not disenrolled by this system: division C"),
    ]
    assert "has no record of what it ended" in field.help_text
    ours = answer.context["form"]
    assert (field.value(), bool(ours["reenrollAll"].value())) == ("2024-06-30", False)
    named = clerk.get("/admin/reenroll/G1/?disenroll_Date=2024-08-31").context["form"]
    assert named["reenrollAll"].value() is True


def test_a_day_of_several_groups_is_ours_where_each_has_a_disenroll_of_it(clerk, f):
    world.make(Group, group_id="G2", disenroll_date="2024-06-30")
    f.disenroll()
    databases.choose("VBA_Demo")
    days, ours = ended_days(["G1"])
    assert (days, ours) == ([("2024-06-30", "2024-06-30")], {"2024-06-30"})
    days, ours = ended_days(["G1", "G2"])
    assert days == [("2024-06-30", "2024-06-30 · not disenrolled by this system: group G2")]


def test_what_was_ended_by_hand_comes_back_as_a_whole_day(clerk):
    before = world.everything()
    ended_by_hand("2024-06-30")
    assert [key for key, _ in page(clerk).context["form"]["disenroll_Date"].field.choices] == ["2024-06-30"]
    process = run(clerk, reenrollAll="on")
    assert process.process_result == "COMPLETED"
    assert world.everything() == before


def test_of_a_group_ended_by_hand_the_dates_alone_can_be_taken_off(clerk):
    ended_by_hand("2024-06-30")
    run(clerk)
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
    assert set(world.dates()) == {"S1", "S1/01", "S1/02", "S2", "S2/01"}


def test_cobra_takes_a_contract_and_plans_with_tiers(clerk, f):
    f.disenroll(division_ID="A", groupDisenroll=False)
    asked_for = {
        "mode": "cobra",
        "subscriber_ID": "S1",
        "cobraDivision": "C",
        "cobraReason": "2",
        "cobraCovStart": "2024-01-01",
        "cobraPlanCriterias": "MED:1",
    }
    form = page(clerk).context["form"]
    assert form["cobraCovStart"].field.choices[1:] == [("2024-01-01", "2024-01-01 · C")]
    assert "Offered under COBRA: DEN, MED." in form["cobraPlanCriterias"].help_text
    wrong = {**FORM, **asked_for, "cobraPlanCriterias": "VIS", "step": "preview"}
    errors = clerk.post("/admin/reenroll/G1/", wrong).context["form"].errors
    assert errors == {"cobraPlanCriterias": ["The list of plans is not valid: 'VIS'."]}
    databases.choose("VBA_Demo")
    run(clerk, **asked_for)
    made = world.SubEnrollmentPlan.objects.filter(division_id="C").values_list("plan_id", "tier")
    assert list(made) == [("MED", "1")]
    assert re.match("07-01", world.spans()["S1/C"])


def test_what_belongs_to_cobra_is_not_asked_for_otherwise(clerk, f):
    f.disenroll()
    run(clerk, cobraCovStart="2024-01-01", cobraPlanCriterias="VIS")
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01.."}
