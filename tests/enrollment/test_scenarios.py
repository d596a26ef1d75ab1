"""The scenarios of semantics.md section 6, by their numbers, through REST and a worker process."""

import pytest

from enrollment.models import EnrollmentChange, SubEnrollment, SubEnrollmentPlan
from groups.models import GroupContract, GroupDivision
from members.models import Member, Subscriber
from processes.models import VBAProcess, VBAProcessLog
from tables.history.models import HistoryEntry
from tests.enrollment import world
from tests.enrollment.world import Q, day

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

S1_S2_ENDED = {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
F_SPANS = {"S1/A": "01-01..", "S2/B": "03-01.."}
F_PLANS = {"S1/A MED": "01-01..", "S1/A DEN": "01-01..", "S2/B MED": "03-01.."}
PEOPLE = ("S1", "S2", "S1/01", "S1/02", "S2/01")
STAMPS = ("G1", "A", "B", "C")


def dated(text, *names):
    return dict.fromkeys(names, text)


def test_1_a_whole_group_ends(f):
    f.disenroll()
    assert world.spans() == S1_S2_ENDED
    assert set(world.plans().values()) == {"01-01..06-30 (1)", "03-01..06-30 (1)"}
    assert world.dates() == dated("06-30", *PEOPLE, *STAMPS)
    assert set(GroupContract.objects.values_list("coverage_end", flat=True)) == {None}
    assert world.logged() == 5
    assert f.summary("06-30") == (2, 3, 2, 3)
    assert f.summary("07-01") == (2, 3, 0, 0)


def test_2_the_same_again_changes_nothing(f):
    f.disenroll()
    before = world.everything()
    f.disenroll()
    assert (world.everything(), world.logged()) == (before, 5)


def test_4_a_later_end_is_cut(f):
    SubEnrollment.objects.filter(subscriber_id="S1").update(end_date=day("12-31"))
    SubEnrollmentPlan.objects.filter(subscriber_id="S1").update(plan_end=day("12-31"))
    f.disenroll()
    assert world.spans() == S1_S2_ENDED
    assert world.logged() == 5


def test_5_coverage_that_starts_on_the_day_lasts_one_day(f):
    f.move("S2", "06-30")
    f.disenroll()
    assert world.spans()["S2/B"] == "06-30..06-30"
    assert world.logged() == 5
    assert f.summary("06-30") == (2, 3, 2, 3)


def test_6_coverage_that_has_not_begun_is_void(f):
    world.make_family("S3", "A", "08-01")
    f.disenroll()
    assert world.spans()["S3/A"] == "08-01..07-31"
    assert world.plans()["S3/A MED 08-01"] == "08-01..07-31 (1)"
    assert world.dates()["S3/01"] == "06-30"
    assert world.logged() == 6
    (line,) = f.log_lines("S3")
    assert (line.coverage_start, line.disenroll_date) == (day("08-01"), day("06-30"))
    assert f.summary("06-15") == (2, 3, 2, 3)


def test_9_a_member_who_left_earlier_keeps_the_date(f):
    Member.objects.filter(subscriber_id="S1", member_seq="02").update(disenroll_date=day("04-30"))
    f.disenroll()
    assert world.dates()["S1/02"] == "04-30"
    assert world.logged() == 3
    assert f.summary("06-15") == (2, 3, 2, 2)


def test_11_one_division_with_a_term_date(f):
    f.disenroll(division_ID="A", groupDisenroll=False, term_Date="2024-06-14")
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01.."}
    assert SubEnrollment.objects.get(subscriber_id="S1", group_id="G1").term_date == day("06-14")
    assert world.dates() == dated("06-30", "S1", "S1/01", "S1/02", "A")
    assert world.logged() == 4


def test_12_one_division_and_the_group_leaves_others_alive_with_a_warning(f):
    process = f.disenroll(division_ID="A", expect="COMPLETED WITH WARNINGS")
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01.."}
    assert world.dates() == dated("06-30", "S1", "S1/01", "S1/02", "A", "G1")
    assert world.logged() == 4
    (warning,) = f.lines(process, "WARNING")
    assert warning.endswith(": 1 (S2 B 2024-03-01).")


def test_14_an_earlier_day_cuts_further(f):
    f.disenroll()
    f.disenroll(disenroll_Date="2024-05-31")
    assert world.spans() == {"S1/A": "01-01..05-31", "S2/B": "03-01..05-31"}
    assert world.dates() == dated("05-31", *PEOPLE, *STAMPS)
    assert world.logged() == 10


def test_15_a_later_day_is_refused(f):
    f.disenroll()
    count = VBAProcess.objects.count()
    assert f.refused(disenroll_Date="2024-07-31") == (
        409,
        "Group 'G1' is already disenrolled as of 2024-06-30.",
    )
    assert VBAProcess.objects.count() == count


def test_17_where_members_hold_benefits_their_plans_end(f):
    GroupContract.objects.filter(division_id="A").update(benefit_at_member="Y")
    for seq, plan in (("01", "MED"), ("01", "DEN"), ("02", "MED")):
        world.member_plan("S1", seq, "A", plan)
    f.disenroll()
    assert set(world.member_plans().values()) == {"01-01..06-30 (1)"}
    assert world.logged() == 4


def make_authorizations():
    world.authorization("AU1", "01", approved_from="06-01", approved_thru="06-20")
    world.authorization("AU2", "01", approved_from="06-20", approved_thru="07-20")
    world.authorization("AU3", "01", requested_from="07-05", requested_thru="07-10")
    world.authorization("AU4", "02", approved_from="07-01")


AFTER_18 = {
    "AU1": "OPEN 06-01..06-20",
    "AU2": "OPEN 06-20..06-30",
    "AU3": "CANC 07-05..07-10",
    "AU4": "CANC 07-01..",
}


def test_18_authorizations_are_cut_or_canceled(f):
    make_authorizations()
    f.disenroll(terminateAuth=True)
    assert world.authorizations() == AFTER_18


def test_20_dependents_only_leaves_the_enrollment(f):
    f.disenroll(disenrollFamily=3, division_ID="A", groupDisenroll=False, expect="COMPLETED WITH WARNINGS")
    assert (world.spans(), world.plans()) == (F_SPANS, F_PLANS)
    assert world.dates() == dated("06-30", "S1/02")
    assert world.logged() == 2


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"group_ID": "G2"}, 400, "group_ID does not match the path."),
        ({"division_ID": "Z"}, 400, "division_ID is not valid: 'Z'."),
        ({"reason_ID": 99}, 400, "reason_ID is not valid: '99'."),
        ({"disenrollFuture": 1}, 400, "disenrollFuture is not valid: '1'."),
        ({"disenrollFamily": 9}, 400, "disenrollFamily is not valid: '9'."),
        ({"disenrollFamily": 2}, 400, "disenrollFamily 2 needs groupDisenroll=false."),
        ({"disenroll_Date": "2019-12-30"}, 400, "disenroll_Date is before the group's original date."),
        ({"disenroll_Date": "soon"}, 400, "disenroll_Date is not valid: 'soon'."),
        ({"disenroll_Date": None}, 400, "disenroll_Date is required."),
        ({"user_ID": "nobody"}, 400, "user_ID is not valid: 'nobody'."),
        ({"group_ID": "G9", "path": "G9"}, 404, "Group 'G9' was not found."),
    ],
)
def test_22_a_disenroll_is_refused_before_anything_is_written(f, changes, status, detail):
    before = world.everything()
    assert f.refused(**changes) == (status, detail)
    assert world.everything() == before
    assert not VBAProcess.objects.exists()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"user_ID": "u1"},
            "subscriber_ID is required unless groupReenroll is true. disenroll_Date is required.",
        ),
        (Q | {"start_Date": "2024-06-30"}, "start_Date must be after disenroll_Date."),
        (Q | {"generateInvoice": True}, "invoiceDate is required."),
        ({**Q, "disenroll_Date": None}, "disenroll_Date is required."),
        (Q | {"subscriber_ID": "S1"}, "subscriber_ID must be empty when groupReenroll is true."),
    ],
)
def test_22_a_reenroll_is_refused_before_anything_is_written(f, body, detail):
    assert f.post("reenroll", body) == (400, detail)
    assert not VBAProcess.objects.exists()


def test_23_the_day_before_the_group_began_voids_everything(f):
    f.disenroll(disenroll_Date="2019-12-31")
    assert world.spans() == {"S1/A": "01-01..2023-12-31", "S2/B": "03-01..02-29"}
    assert world.dates() == dated("2019-12-31", *PEOPLE, *STAMPS)
    assert world.logged() == 5
    assert f.summary("06-15") == (0, 0, 0, 0)


def test_27_undo_brings_everything_back(f):
    before = world.everything()
    f.disenroll()
    f.reenroll()
    assert world.everything() == before
    assert world.logged() == 5
    f.reenroll()
    assert world.everything() == before


def test_28_undo_gives_an_earlier_end_back(f):
    SubEnrollment.objects.filter(subscriber_id="S1").update(end_date=day("12-31"))
    SubEnrollmentPlan.objects.filter(subscriber_id="S1").update(plan_end=day("12-31"))
    f.disenroll()
    f.reenroll()
    assert world.spans()["S1/A"] == "01-01..12-31"
    assert world.plans()["S1/A MED"] == "01-01..12-31"


def test_30_what_has_changed_since_stays(f):
    f.disenroll()
    SubEnrollment.objects.filter(subscriber_id="S2").update(end_date=day("05-31"))
    f.reenroll(expect="COMPLETED WITH WARNINGS")
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01..05-31"}
    assert world.plans()["S2/B MED"] == "03-01..06-30 (1)"
    assert world.dates() == dated("06-30", "S2", "S2/01")


def test_33_stamps_that_are_not_reset_stay_with_a_warning(f):
    f.disenroll()
    f.reenroll(resetGroupDisenroll=False, expect="COMPLETED WITH WARNINGS")
    assert (world.spans(), world.plans()) == (F_SPANS, F_PLANS)
    assert world.dates() == dated("06-30", *STAMPS)


def test_34_undo_of_one_division(f):
    f.disenroll()
    f.reenroll(division_ID="A")
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01..06-30"}
    assert world.dates() == dated("06-30", "B", "C", "S2", "S2/01")


def test_35_new_coverage_from_a_start_date(f):
    f.disenroll()
    f.reenroll(start_Date="2024-09-01")
    assert world.spans() == S1_S2_ENDED | {"S1/A 09-01": "09-01..", "S2/B 09-01": "09-01.."}
    assert world.plans()["S1/A MED 09-01"] == "09-01.."
    assert world.plans()["S1/A DEN 09-01"] == "09-01.."
    assert world.dates() == {}
    assert f.summary("08-01") == (2, 3, 0, 0)
    assert f.summary("09-01") == (2, 3, 2, 3)
    before = world.everything()
    f.reenroll(start_Date="2024-09-01", expect="COMPLETED WITH WARNINGS")
    assert world.everything() == before


def test_37_authorizations_come_back_if_asked_for(f):
    make_authorizations()
    f.disenroll(terminateAuth=True)
    f.reenroll(resetAuth=True)
    assert world.authorizations() == {
        "AU1": "OPEN 06-01..06-20",
        "AU2": "OPEN 06-20..07-20",
        "AU3": "OPEN 07-05..07-10",
        "AU4": "OPEN 07-01..",
    }


def test_37_authorizations_stay_if_not(f):
    make_authorizations()
    f.disenroll(terminateAuth=True)
    f.reenroll()
    assert world.authorizations() == AFTER_18


def test_39_cobra_for_the_insured_alone(f):
    f.disenroll(division_ID="A", groupDisenroll=False, term_Date="2024-06-14")
    f.reenroll(
        groupReenroll=False,
        resetGroupDisenroll=False,
        subscriber_ID="S1",
        reenrollFamily=4,
        memberSeqCriterias=["01"],
        reenrollCOBRA=True,
        cobraDivision="C",
        cobraCovStart="2024-01-01",
        cobraReason=2,
        cobraPlanCriterias=[{"plan_ID": "MED", "tier": "1"}],
    )
    assert world.spans() == {"S1/A": "01-01..06-30", "S1/C": "07-01..2025-12-31", "S2/B": "03-01.."}
    plan = SubEnrollmentPlan.objects.get(subscriber_id="S1", group_id="G1", division_id="C")
    assert (plan.plan_id, plan.tier, plan.plan_end) == ("MED", "1", day("2025-12-31"))
    assert world.dates() == dated("06-30", "A", "S1/02")
    assert f.summary("07-15") == (2, 3, 2, 2)
    assert GroupDivision.objects.get(group_id="G1", division_id="A").disenroll_date == day("06-30")


def test_the_log_tells_start_divisions_and_end(f):
    process = f.disenroll()
    types = list(
        VBAProcessLog.objects.filter(vbaprocess_key=process)
        .order_by("vbaprocesslog_key")
        .values_list("log_type", flat=True)
    )
    assert types == ["START", "COUNT", "COUNT", "COUNT", "END"]
    (end,) = f.lines(process, "END")
    assert "2 enrollments" in end
    assert "5 log rows" in end


def test_what_a_disenroll_changes_stands_in_its_journal_and_not_in_the_history(f):
    before = HistoryEntry.objects.count()
    f.disenroll()
    tables = set(EnrollmentChange.objects.values_list("table_name", flat=True))
    assert {"groups", "groupdivision", "subscribers", "members", "subenrollment"} <= tables
    told = HistoryEntry.objects.order_by("at", "id").values_list("table_name", flat=True)[before:]
    assert set(told) == {"vbaprocess", "vbaprocessparameter", "vbaprocesslog"}
    # What people do in between, and after, is told as ever.
    Subscriber.objects.filter(subscriber_id="S1").update(city="Salem")
    latest = HistoryEntry.objects.order_by("at", "id").last()
    assert (latest.table_name, latest.row_key) == ("subscribers", ["S1"])
