"""Rules of a disenrollment that no numbered scenario tells: families 2 and 3, what keeps coverage,
authorizations, refusals; through REST and a worker process."""

import datetime

import pytest

from enrollment.models import SubEnrollmentPlan
from groups.models import Group, GroupContract
from members.models import Authorization, Member
from processes.models import VBAProcess
from tests.enrollment import world
from tests.enrollment.world import day

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
ONE = {"division_ID": "A", "groupDisenroll": False}


def dated(text, *names):
    return dict.fromkeys(names, text)


def member(subscriber, seq, **values):
    Member.objects.filter(subscriber_id=subscriber, member_seq=seq).update(**values)


def test_subscriber_only_leaves_the_enrollment_to_the_dependents(f):
    f.disenroll(**ONE, disenrollFamily=2, expect=WARNED)
    assert world.spans()["S1/A"] == "01-01.."
    assert world.plans()["S1/A MED"] == "01-01.."
    assert world.dates() == dated("06-30", "S1/01")
    assert {(line.member_seq, line.plan_id) for line in f.log_lines("S1")} == {("01", "MED"), ("01", "DEN")}


def test_subscriber_only_without_an_active_dependent_ends_all_of_it(f):
    member("S1", "02", disenroll_date=day("04-30"))
    f.disenroll(**ONE, disenrollFamily=2)
    assert world.spans()["S1/A"] == "01-01..06-30"
    assert world.dates() == {"S1": "06-30", "S1/01": "06-30", "S1/02": "04-30"}


def test_a_preview_shows_enrollments_that_go_on_as_going_on(f):
    (span,) = f.preview("disenroll", world.R | ONE | {"disenrollFamily": 3})["sample"]
    assert (span["end_Date_Before"], span["end_Date_After"]) == (None, None)


def test_who_keeps_future_coverage_keeps_the_date_open_but_is_logged(f):
    world.SubEnrollment.objects.filter(subscriber_id="S1").update(end_date=day("08-31"))
    world.enroll("S1", "A", "09-01")
    f.disenroll(disenrollFuture=3)
    assert world.spans() == {"S1/A": "01-01..06-30", "S1/A 09-01": "09-01..", "S2/B": "03-01..06-30"}
    assert world.dates() == dated("06-30", "S2", "S2/01", "G1", "A", "B", "C")
    assert world.logged() == 5


def test_who_keeps_another_division_keeps_the_date_open(f):
    world.enroll("S1", "B", "01-01")
    f.disenroll(**ONE)
    assert world.spans() == {"S1/A": "01-01..06-30", "S1/B": "01-01..", "S2/B": "03-01.."}
    assert world.dates() == dated("06-30", "A")


def test_a_plan_that_begins_later_is_void_whatever_becomes_of_future_enrollments(f):
    SubEnrollmentPlan.objects.filter(subscriber_id="S1", plan_id="DEN").update(plan_start=day("08-01"))
    f.disenroll(disenrollFuture=3)
    assert world.plans()["S1/A DEN 08-01"] == "08-01..07-31 (1)"


def test_a_plan_that_ended_before_stays_as_it_is(f):
    SubEnrollmentPlan.objects.filter(subscriber_id="S1", plan_id="DEN").update(
        plan_end=day("05-31"), reason_id=2
    )
    f.disenroll()
    assert world.plans()["S1/A DEN"] == "01-01..05-31 (2)"
    assert world.logged() == 3


def test_an_enrollment_without_plans_is_logged_without_one(f):
    SubEnrollmentPlan.objects.filter(subscriber_id="S2").delete()
    f.disenroll()
    (line,) = f.log_lines("S2")
    assert line.plan_id is None


def test_dependents_only_where_members_hold_benefits_ends_theirs_alone(f):
    GroupContract.objects.filter(division_id="A").update(benefit_at_member="Y")
    for seq, plan in (("01", "MED"), ("02", "MED"), ("02", "DEN")):
        world.member_plan("S1", seq, "A", plan)
    f.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    ended = "01-01..06-30 (1)"
    assert world.member_plans() == {"S1/01 MED": "01-01..", "S1/02 MED": ended, "S1/02 DEN": ended}
    assert world.logged() == 2


def test_any_other_word_for_benefits_at_members_means_no(f):
    GroupContract.objects.filter(group_id="G1", division_id="A").update(benefit_at_member="y")
    world.member_plan("S1", "01", "A", "MED")
    f.disenroll()
    assert world.logged() == 5


def test_continued_coverage_moves_the_cut_off(f):
    world.authorization("AU1", "01", approved_from="06-20", approved_thru="12-31")
    world.authorization("AU2", "01", approved_from="09-15")
    world.authorization("AU3", "02", approved_from="07-15")
    member("S1", "01", continue_coverage=True, continue_coverage_end_date=day("08-31"))
    member("S1", "02", continue_coverage=True)
    f.disenroll(terminateAuth=True)
    assert world.authorizations() == {
        "AU1": "OPEN 06-20..08-31",
        "AU2": "CANC 09-15..",
        "AU3": "OPEN 07-15..",
    }


def test_authorizations_go_by_their_plan_and_the_approved_window(f):
    for number, values in {"AU1": {"plan_id": "MED"}, "AU2": {"plan_id": "VIS"}}.items():
        world.authorization(number, "01", approved_from="06-01", requested_from="07-05")
        Authorization.objects.filter(auth_number=number).update(**values)
    f.disenroll(terminateAuth=True)
    assert world.authorizations() == {"AU1": "OPEN 06-01..06-30", "AU2": "OPEN 06-01.."}


def test_where_members_hold_benefits_an_authorization_goes_by_the_plans_of_its_own_member(f):
    GroupContract.objects.filter(group_id="G1", division_id="A").update(benefit_at_member="Y")
    for seq, plan in (("01", "MED"), ("02", "DEN")):
        world.member_plan("S1", seq, "A", plan)
    for number, seq in {"AU1": "01", "AU2": "02"}.items():
        world.authorization(number, seq, approved_from="06-01")
        Authorization.objects.filter(auth_number=number).update(plan_id="MED")
    f.disenroll(terminateAuth=True)
    assert world.authorizations() == {"AU1": "OPEN 06-01..06-30", "AU2": "OPEN 06-01.."}


def test_where_the_family_keeps_coverage_only_authorizations_of_logged_plans_end(f):
    world.enroll("S1", "B", "01-01", plans=("VIS",))
    for number, plan in {"AU1": "MED", "AU2": None}.items():
        world.authorization(number, "01", approved_from="07-05")
        Authorization.objects.filter(auth_number=number).update(plan_id=plan)
    f.disenroll(**ONE, terminateAuth=True)
    assert world.authorizations() == {"AU1": "CANC 07-05..", "AU2": "OPEN 07-05.."}


def test_another_division_may_follow_on_another_day(f):
    f.disenroll(**ONE)
    assert f.refused(**ONE, disenroll_Date="2024-07-31") == (
        409,
        "Division 'A' is already disenrolled as of 2024-06-30.",
    )
    f.disenroll(division_ID="B", groupDisenroll=False, disenroll_Date="2024-07-31")
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..07-31"}


def test_all_that_is_wrong_is_told_at_once_and_400_comes_before_409(f):
    f.disenroll()
    status, detail = f.refused(disenroll_Date="2024-07-31", reason_ID=99, disenrollFuture=1)
    assert (status, detail) == (
        400,
        "reason_ID is not valid: '99'. disenrollFuture is not valid: '1'.",
    )


def test_an_unfinished_process_is_told_before_a_postponed_day(asking):
    Group.objects.filter(group_id="G1").update(disenroll_date=day("05-31"))
    key = asking.queue("disenroll", world.R | {"disenroll_Date": "2024-04-30"})["vbaProcess_Key"]
    assert asking.refused() == (409, f"Process {key} of group 'G1' is unfinished.")


@pytest.mark.parametrize("last", ["9999-12-31", "2024-06-30T23:59:59-11:00"])
def test_days_are_taken_as_written_to_the_end_of_the_calendar(f, last):
    world.SubEnrollment.objects.filter(subscriber_id="S1").update(end_date=datetime.date(2025, 1, 1))
    f.disenroll(disenroll_Date=last)
    assert Group.objects.get(group_id="G1").disenroll_date == day(last[:10])


@pytest.mark.parametrize("what", ["disenroll", "reenroll"])
def test_a_group_that_began_with_the_calendar_can_be_asked_about(asking, what):
    Group.objects.filter(group_id="G1").update(original_date=datetime.date.min)
    body = world.R if what == "disenroll" else world.Q | {"disenroll_Date": "9999-12-31"}
    assert asking.preview(what, body)["warnings"] == []


def test_what_was_asked_for_is_kept_as_parameters(f):
    key = f.disenroll(**ONE)
    process = VBAProcess.objects.get(vbaprocess_key=key)
    kept = {
        row.parameter_name: (row.parameter_type, row.parameter_value1) for row in process.parameters.all()
    }
    assert kept["disenroll_Date"] == ("date-time", "2024-06-30")
    assert kept["groupDisenroll"] == ("boolean", "false")
    assert kept["reason_ID"] == ("int32", "1")
    assert "term_Date" not in kept
    assert (process.vbaprocess_type, process.process_user) == ("GROUPDISENROLL", "u1")
