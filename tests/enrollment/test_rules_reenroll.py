"""Rules of undo and of new coverage that no numbered scenario tells; through REST and a worker process."""

import pytest

from enrollment.models import EnrollmentRun, InvoiceRequest, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Member, Subscriber
from processes.models import VBAProcess
from tests.enrollment import world
from tests.enrollment.world import Q, day

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
ONE = {"division_ID": "A", "groupDisenroll": False}
ENDED = {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
S1 = {"groupReenroll": False, "resetGroupDisenroll": False, "subscriber_ID": "S1"}
UNDER_STAMP = "Coverage continues past the disenroll date of its division or group: 1 (S1 A 2024-01-01)."
FROM_SEPTEMBER = {"start_Date": "2024-09-01"}


def dated(text, *names):
    return dict.fromkeys(names, text)


def member(subscriber, seq, **values):
    Member.objects.filter(subscriber_id=subscriber, member_seq=seq).update(**values)


def warnings(f, key):
    """The warnings without the families they name."""
    return {line.partition(":")[0] for line in f.lines(key, "WARNING")}


def benefits_at_members():
    GroupContract.objects.filter(group_id="G1", division_id="A").update(benefit_at_member="Y")
    for seq in ("01", "02"):
        world.member_plan("S1", seq, "A", "MED")


# --- undo ---


def test_undo_of_one_family_leaves_the_others(f):
    f.disenroll()
    key = f.reenroll(**S1, expect=WARNED)
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01..06-30"}
    assert world.dates() == dated("06-30", "S2", "S2/01", "G1", "A", "B", "C")
    assert f.lines(key, "WARNING") == [UNDER_STAMP]


def test_undo_for_the_insured_alone_leaves_the_dependents_out(f):
    f.disenroll(**ONE)
    f.reenroll(**S1, reenrollFamily=2, division_ID="A", expect=WARNED)
    assert world.spans()["S1/A"] == "01-01.."
    assert world.dates() == dated("06-30", "A", "S1/02")


def test_undo_for_dependents_needs_a_live_enrollment(f):
    f.disenroll(**ONE)
    key = f.reenroll(**S1, reenrollFamily=3, expect=WARNED)
    assert world.dates() == dated("06-30", "S1", "S1/01", "S1/02", "A")
    assert warnings(f, key) == {"No active enrollment for these members to rejoin; not reopened"}


def test_undo_of_dependents_only_brings_them_and_their_plans_back(f):
    benefits_at_members()
    before = world.everything()
    f.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    f.reenroll(**S1, reenrollFamily=3)
    assert world.everything() == before


def test_one_member_is_named_by_member_seq_alone(f):
    f.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    f.reenroll(**S1, member_Seq="02", subscriber=False)
    assert world.dates() == {}


def test_with_subscriber_the_member_must_be_the_insured(f):
    body = Q | S1 | {"subscriber": True, "member_Seq": "02"}
    assert f.post("reenroll", body) == (400, "member_Seq is not valid: '02'.")
    assert f.preview("reenroll", body | {"member_Seq": "01"})["totals"]["enrollments"] == 0


REFUSED = [
    ({"reenrollFamily": 4}, "memberSeqCriterias is required."),
    ({"reenrollFamily": 4, "memberSeqCriterias": ["09"]}, "memberSeqCriterias is not valid: '09'."),
    ({"subscriber_ID": "S9"}, "subscriber_ID is not valid: 'S9'."),
    ({"resetGroupDisenroll": True}, "resetGroupDisenroll needs groupReenroll=true."),
    ({"reenrollFamily": 5}, "reenrollFamily is not valid: '5'."),
    ({"group_ID": "G2"}, "group_ID does not match the path."),
    (
        {"reenrollCOBRA": True, **FROM_SEPTEMBER, "cobraDivision": "C", "cobraReason": 2},
        "start_Date must be empty when reenrollCOBRA is true.",
    ),
]


def test_a_reenroll_of_one_family_is_refused(asking):
    for changes, detail in REFUSED:
        assert asking.post("reenroll", Q | S1 | changes) == (400, detail), changes


def test_the_day_is_by_default_that_of_the_division_or_else_of_the_group(f):
    f.disenroll(**ONE)
    f.reenroll(disenroll_Date=None, division_ID="A")
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01.."}
    f.disenroll(disenroll_Date="2024-05-31")
    f.reenroll(disenroll_Date=None)
    assert world.dates() == {}


def test_who_has_died_stays_out_and_with_the_insured_the_family(f):
    f.disenroll()
    member("S1", "02", date_of_death=day("07-04"))
    member("S2", "01", date_of_death=day("07-04"))
    key = f.reenroll(expect=WARNED)
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01..06-30"}
    assert world.dates() == dated("06-30", "S1/02", "S2", "S2/01")
    assert warnings(f, key) == {"A member has died; not reopened"}


def test_what_a_later_disenroll_has_cut_again_comes_back_newest_first(f):
    before = world.everything()
    f.disenroll()
    f.disenroll(disenroll_Date="2024-05-31")
    key = f.reenroll(resetGroupDisenroll=False, expect=WARNED)
    assert world.spans() == {"S1/A": "01-01..05-31", "S2/B": "03-01..05-31"}
    assert warnings(f, key) == {"Ended again by a later disenrollment; reverse the newest one first"}
    f.reenroll(disenroll_Date="2024-05-31")
    assert world.spans() == ENDED
    f.reenroll()
    assert world.everything() == before


def test_several_disenrolls_of_one_day_are_undone_together(f):
    before = world.everything()
    f.disenroll(**ONE)
    f.disenroll(division_ID="B", groupDisenroll=False)
    f.disenroll()
    f.reenroll()
    assert world.everything() == before


def test_of_what_disenrolls_of_one_day_ended_one_after_the_other_the_newest_comes_back(f):
    f.disenroll()
    f.reenroll(start_Date="2024-09-01")
    f.disenroll()
    key = f.reenroll(expect=WARNED)
    assert warnings(f, key) == {"Would overlap another enrollment of the division; not reopened"}
    assert world.spans() == {
        "S1/A": "01-01..06-30",
        "S1/A 09-01": "09-01..",
        "S2/B": "03-01..06-30",
        "S2/B 09-01": "09-01..",
    }
    assert world.plans()["S1/A MED 09-01"] == "09-01.."
    assert world.dates() == {}
    again = world.everything()
    f.reenroll(expect=WARNED)
    assert world.everything() == again


def test_a_renewal_comes_back_before_what_ended_by_hand(f):
    SubEnrollment.objects.filter(subscriber_id="S2").update(end_date=day("06-30"))
    world.enroll("S2", "B", "2025-01-01")
    f.disenroll()
    key = f.reenroll(reenrollAll=True, expect=WARNED)
    assert world.spans()["S2/B"] == "03-01..06-30"
    assert world.spans()["S2/B 2025-01-01"] == "2025-01-01.."
    assert warnings(f, key) == {"Would overlap another enrollment of the division; not reopened"}


def test_coverage_entered_in_the_division_meanwhile_stays_alone(f):
    f.disenroll()
    world.enroll("S1", "A", "09-01")
    key = f.reenroll(expect=WARNED)
    assert world.spans() == {"S1/A": "01-01..06-30", "S1/A 09-01": "09-01..", "S2/B": "03-01.."}
    assert warnings(f, key) == {"Would overlap another enrollment of the division; not reopened"}


def test_coverage_entered_elsewhere_after_the_disenroll_stays_alone(f):
    world.enroll("S2", "A", "05-01")  # entered before: both come back
    f.disenroll()
    run = EnrollmentRun.objects.get()
    world.enroll("S1", "B", "09-01")
    SubEnrollment.objects.filter(subscriber_id="S1", division_id="B").update(entry_date=run.written_at)
    f.reenroll(resetGroupDisenroll=False, division_ID="B", expect=WARNED)
    SubEnrollment.objects.filter(subscriber_id="S1", division_id="B").update(
        entry_date=VBAProcess.objects.latest("vbaprocess_key").process_end
    )
    key = f.reenroll(resetGroupDisenroll=False, expect=WARNED)
    assert world.spans()["S1/A"] == "01-01..06-30"
    assert world.spans()["S2/A"] == "05-01.."
    newer = "Would overlap an enrollment entered after the disenrollment; not reopened"
    assert newer in warnings(f, key)


def test_reenroll_all_takes_what_ended_on_the_day_by_hand(f):
    world.SubEnrollment.objects.filter(subscriber_id="S2").update(end_date=day("06-30"))
    SubEnrollmentPlan.objects.filter(subscriber_id="S2").update(plan_end=day("06-30"), reason_id=2)
    member("S2", "01", disenroll_date=day("06-30"))
    Subscriber.objects.filter(subscriber_id="S2").update(disenroll_date=day("06-30"))
    f.disenroll(**ONE)
    f.reenroll()
    assert world.spans()["S2/B"] == "03-01..06-30"
    f.reenroll(reenrollAll=True)
    assert (world.spans()["S2/B"], world.plans()["S2/B MED"]) == ("03-01..", "03-01..")
    assert world.dates() == {}


def test_undo_asks_for_an_invoice_a_level(f):
    divisions = GroupDivision.objects.filter(group_id="G1")
    divisions.filter(division_id="A").update(invoice_level="S")
    divisions.filter(division_id="B").update(invoice_level="D")
    f.disenroll()
    key = f.reenroll(generateInvoice=True, invoiceDate="2024-07-15")
    asked = InvoiceRequest.objects.order_by("division_id").values_list(
        "process_key", "group_id", "division_id", "subscriber_id", "invoice_date"
    )
    assert list(asked) == [
        (key, "G1", "A", "S1", day("07-15")),
        (key, "G1", "B", None, day("07-15")),
    ]


def test_a_reenroll_without_changes_asks_for_no_invoice(f):
    f.reenroll(generateInvoice=True, invoiceDate="2024-07-15")
    assert not InvoiceRequest.objects.exists()


# --- new coverage ---


def test_new_coverage_goes_on_to_the_end_there_was_before(f):
    SubEnrollment.objects.filter(subscriber_id="S1").update(end_date=day("12-31"))
    SubEnrollmentPlan.objects.filter(subscriber_id="S1").update(plan_end=day("12-31"), tier="3")
    f.disenroll()
    f.reenroll(**FROM_SEPTEMBER)
    assert world.spans()["S1/A 09-01"] == "09-01..12-31"
    assert world.plans()["S1/A MED 09-01"] == "09-01..12-31"
    made = SubEnrollmentPlan.objects.get(
        subscriber_id="S1", group_id="G1", plan_id="MED", start_date=day("09-01")
    )
    assert made.tier == "3"


def test_new_coverage_brings_void_rows_of_the_same_key_to_life(f):
    world.make_family("S3", "A", "09-01", plans=("MED", "DEN"))
    f.disenroll()
    SubEnrollment.objects.filter(subscriber_id="S3").update(term_date=day("06-14"))
    f.reenroll(**FROM_SEPTEMBER)
    row = SubEnrollment.objects.get(subscriber_id="S3", group_id="G1")
    assert (row.start_date, row.end_date, row.term_date) == (day("09-01"), None, None)
    assert world.plans()["S3/A MED 09-01"] == "09-01.."
    assert world.plans()["S3/A DEN 09-01"] == "09-01.."
    assert world.dates() == {}


def test_a_plan_below_a_void_enrollment_comes_to_life_with_it_whatever_its_own_end(f):
    world.make_family("S3", "A", "09-01")
    f.disenroll()
    SubEnrollmentPlan.objects.filter(subscriber_id="S3").update(plan_end=None)
    f.reenroll(**FROM_SEPTEMBER)
    assert world.spans()["S3/A"] == "09-01.."
    assert world.plans()["S3/A MED 09-01"] == "09-01.."


def test_plans_that_are_not_offered_any_more_are_left_out(f):
    offered = GroupContractPlan.objects.filter(group_id="G1")
    offered.filter(division_id="A", plan_id="DEN").delete()
    offered.filter(division_id="B").delete()
    f.disenroll()
    key = f.reenroll(**FROM_SEPTEMBER, expect=WARNED)
    assert world.spans() == ENDED | {"S1/A 09-01": "09-01.."}
    assert "S1/A DEN 09-01" not in world.plans()
    assert world.dates() == dated("06-30", "S2", "S2/01")
    assert warnings(f, key) == {
        "A plan is not offered by the contract; left out",
        "None of the plans is offered by the contract; not reenrolled",
    }


def test_new_coverage_is_under_the_contract_that_covers_the_start(f):
    GroupContract.objects.filter(group_id="G1", division_id="A").update(coverage_end=day("08-31"))
    world.make(
        GroupContract, group_id="G1", division_id="A", coverage_start=day("09-01"), benefit_at_member="N"
    )
    world.make(GroupContractPlan, group_id="G1", division_id="A", coverage_start=day("09-01"), plan_id="MED")
    GroupContract.objects.filter(group_id="G1", division_id="B").update(coverage_end=day("08-31"))
    f.disenroll()
    key = f.reenroll(**FROM_SEPTEMBER, expect=WARNED)
    made = SubEnrollment.objects.get(subscriber_id="S1", group_id="G1", start_date=day("09-01"))
    assert made.group_coverage_start == day("09-01")
    assert world.spans()["S2/B"] == "03-01..06-30"
    assert "No contract of the division covers the start date; not reenrolled" in warnings(f, key)


def test_without_any_contract_for_the_start_new_coverage_is_refused(f):
    GroupContract.objects.filter(group_id="G1").update(coverage_end=day("08-31"))
    assert f.post("reenroll", Q | FROM_SEPTEMBER) == (409, "No contract covers 2024-09-01.")


def test_who_has_other_coverage_meanwhile_is_passed_over(f):
    f.disenroll()
    world.enroll("S1", "B", "10-01")
    key = f.reenroll(**FROM_SEPTEMBER, expect=WARNED)
    assert world.spans() == ENDED | {"S1/B": "10-01..", "S2/B 09-01": "09-01.."}
    assert "Overlaps other coverage in the group; not reenrolled" in warnings(f, key)
    assert world.dates()["S1/01"] == "06-30"


def test_who_left_before_the_disenroll_stays_out_of_new_coverage(f):
    member("S1", "02", disenroll_date=day("04-30"))
    f.disenroll()
    f.reenroll(**FROM_SEPTEMBER)
    assert world.dates() == {"S1/02": "04-30"}


def test_stamps_after_the_start_of_new_coverage_stay(f):
    f.disenroll()
    GroupDivision.objects.filter(group_id="G1", division_id="B").update(disenroll_date=day("10-31"))
    f.reenroll(**FROM_SEPTEMBER, expect=WARNED)
    assert world.dates() == {"B": "10-31"}


def test_dependents_come_back_from_a_day_while_the_enrollment_goes_on(f):
    benefits_at_members()
    f.disenroll(**ONE, disenrollFamily=3, expect=WARNED)
    f.reenroll(**S1, **FROM_SEPTEMBER, reenrollFamily=3)
    assert world.spans() == {"S1/A": "01-01..", "S2/B": "03-01.."}
    assert world.dates() == {}
    plans = world.MemEnrollmentPlan.objects.filter(member_seq="02", group_id="G1").order_by("plan_start")
    spans = [(row.sub_start_date, row.plan_start, row.plan_end) for row in plans]
    assert spans == [
        (day("01-01"), day("01-01"), day("06-30")),
        (day("01-01"), day("09-01"), None),
    ]
    before = world.everything()
    f.reenroll(**S1, **FROM_SEPTEMBER, reenrollFamily=3)
    assert world.everything() == before


def test_authorizations_canceled_come_back_with_new_coverage_if_they_begin_under_it(f):
    world.authorization("AU1", "01", approved_from="08-15")
    world.authorization("AU2", "01", approved_from="09-15")
    world.authorization("AU3", "01", approved_from="06-15", approved_thru="09-30")
    f.disenroll(terminateAuth=True)
    f.reenroll(**FROM_SEPTEMBER, resetAuth=True)
    assert world.authorizations() == {
        "AU1": "CANC 08-15..",
        "AU2": "OPEN 09-15..",
        "AU3": "OPEN 06-15..06-30",
    }


def test_who_keeps_an_earlier_date_on_the_group_is_told(f):
    Group.objects.filter(group_id="G1").update(disenroll_date=day("05-31"))
    f.disenroll(**ONE)
    f.reenroll(division_ID="A", resetGroupDisenroll=False, expect=WARNED)
    assert world.spans()["S1/A"] == "01-01.."
