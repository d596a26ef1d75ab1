"""The page of a subscriber shows the family: members, cover over time, authorizations, latest changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import EnrollmentChange, EnrollmentRun, SubEnrollment, SubEnrollmentPlan
from groups.models import GroupDivision
from members.models import Authorization, Member, Subscriber
from processes.models import VBAProcess
from tables.context import databases
from tests.admin.pages import text_of
from tests.admin.plans import assert_by_index, seen_statements
from tests.enrollment.world import (
    authorization,
    day,
    enroll,
    make,
    make_contract,
    make_f,
    make_family,
    member_plan,
)
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(databases="__all__")

PAGE = "/admin/members/subscriber/{}/change/"


@pytest.fixture(autouse=True)
def demo():
    """Fixture F in VBA_Demo, with an authorization of S1."""
    with databases.using("VBA_Demo"):
        make_f()
        authorization("AU1", "02", approved_from="06-01", approved_thru="06-20")
        yield


@pytest.fixture
def office(client, carol):
    """Carol's browser; ``office`` gives her a role."""

    def sign_in(role="Enrollment clerk"):
        give_role(carol, role)
        client.force_login(carol)
        return client

    return sign_in


def grow(subscriber, size):
    """Give a family a life: members, enrollments (void ones too), plans, authorizations, processes."""
    for n in range(size):
        seq = f"{n + 10}"
        make(Member, subscriber_id=subscriber, member_seq=seq, first_name="Bela")
        start = f"{2010 + n}-05-01"
        enroll(
            subscriber, "C", start, end=f"{2010 + n}-{'09-30' if n % 3 else '04-30'}", plans=("MED", "DEN")
        )
        make(Authorization, auth_number=f"X{subscriber}{n}", subscriber_id=subscriber, member_seq=seq)
        if not VBAProcess.objects.filter(vbaprocess_key=100 + n).exists():
            make(VBAProcess, vbaprocess_key=100 + n, vbaprocess_type="GROUPDISENROLL", process_user="u1")
        EnrollmentRun.objects.get_or_create(
            process_key=100 + n,
            defaults={
                "is_disenroll": True,
                "group_id": "G1",
                "disenroll_date": day("06-30"),
                "written_at": "2024-06-30T12:00:00Z",
            },
        )
        EnrollmentChange.objects.create(
            process_key=100 + n, table_name="members", row_key="1", subscriber_id=subscriber, after={}
        )


def test_the_family_is_shown_at_one_look(office):
    Member.objects.filter(subscriber_id="S1", member_seq="02").update(
        first_name="Bela", last_name="Harbor", relationship="SPOUSE", disenroll_date="2024-06-30"
    )
    SubEnrollmentPlan.objects.filter(subscriber_id="S1", plan_id="DEN").update(
        tier="2", plan_end="2024-05-31"
    )
    enroll("S1", "B", "07-01", end="06-30", plans=("MED",))
    enroll("S1", "C", "2099-01-01", plans=())
    page = office().get(PAGE.format("S1"))
    text = text_of(page)
    assert "02 Bela Harbor SPOUSE – 2024-01-01 – 2024-06-30 Disenrolled" in text
    assert "G1 / A Harbor Foods 2024-01-01 – open, in effect" in text
    assert "DEN tier 2 2024-01-01 – 2024-05-31, ended" in text
    assert "MED 2024-01-01 – open, in effect" in text
    assert "G1 / B Harbor Foods 2024-07-01, void (never took effect) MED 2024-07-01, void (never" in text
    assert "G1 / C Harbor Foods 2099-01-01 – open, starts later" in text
    assert "AU1 02 any OPEN 2024-06-01 2024-06-20 approved" in text
    assert "Created: enrollment G1 / B" in text


def test_everything_leads_to_its_record(office):
    html = office().get(PAGE.format("S1")).content.decode()
    databases.choose("VBA_Demo")
    for model, path in (
        (Member, "members/member"),
        (SubEnrollment, "enrollment/subenrollment"),
        (SubEnrollmentPlan, "enrollment/subenrollmentplan"),
        (Authorization, "members/authorization"),
    ):
        for record in model.objects.filter(subscriber_id="S1"):
            assert f'href="/admin/{path}/{record.pk}/change/"' in html
    assert 'href="/admin/members/subscriber/S1/history/"' in html


def test_a_plan_of_a_member_says_whose_it_is(office):
    make(GroupDivision, group_id="G1", division_id="M", cobra_division=False)
    make_contract("M", benefit_at_member="Y")
    make_family("S5", "M", "01-01", plans=(), members=("01",))
    Member.objects.filter(subscriber_id="S5").update(first_name="Ines")
    member_plan("S5", "01", "M", "MED")
    assert "MED 01 Ines 2024-01-01 – open, in effect" in text_of(office().get(PAGE.format("S5")))


def test_changes_of_the_family_and_by_processes_are_told(office):
    grow("S1", 1)
    Member.objects.get(subscriber_id="S1", member_seq="01").delete()
    member = Member.objects.get(subscriber_id="S1", member_seq="02")
    member.city, member.last_name = None, "O'Dell"
    member.save()
    text = text_of(office().get(PAGE.format("S1")))
    assert "Updated: member 02 Last Name : – → O'Dell" in text
    assert "Disenrollment, process 100 Rows of this family : 1" in text


def test_numbers_of_members_are_masked_in_the_changes(office):
    member = Member.objects.get(subscriber_id="S1", member_seq="02")
    member.ssn = "900-11-2222"
    member.save()
    page = office().get(PAGE.format("S1"))
    assert "Updated: member 02 SSN" in text_of(page)
    assert "900-11-2222" not in page.content.decode()


def test_who_may_not_see_a_part_does_not_see_it(office, client, carol):
    grow("S1", 1)
    assert "AU1" not in text_of(office("Viewer").get(PAGE.format("S1")))
    give_rights(carol, "members.view_subscriber")
    page = client.get(PAGE.format("S1"))
    text = text_of(page)
    assert page.status_code == 200
    for hidden in ("AU1", "G1 / A", "Relationship", "MED", "process 100"):
        assert hidden not in text
    assert "Latest changes" in text


def test_a_family_of_nothing_says_so(office):
    make(Subscriber, subscriber_id="S9")
    text = text_of(office().get(PAGE.format("S9")))
    for said in ("has no members yet", "never been enrolled", "No authorizations yet"):
        assert said in text


def test_the_page_takes_as_many_queries_for_a_large_family(office):
    browser = office()
    counts = []
    for subscriber, size in (("S1", 1), ("S2", 12)):
        with databases.using("VBA_Demo"):
            grow(subscriber, size)
        browser.get(PAGE.format(subscriber))
        with CaptureQueriesContext(connection) as control, seen_statements() as demo:
            assert browser.get(PAGE.format(subscriber)).status_code == 200
        counts.append((len(control), len(demo)))
    assert counts[0] == counts[1]
    assert sum(counts[0]) < 40


def test_every_query_of_the_page_goes_by_an_index(office):
    grow("S1", 3)
    browser = office()
    with seen_statements() as statements:
        browser.get(PAGE.format("S1"))
    assert len(statements) > 10
    assert_by_index(statements)
