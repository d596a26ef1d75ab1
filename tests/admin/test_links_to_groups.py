"""Every page of a group leads back to that group, whatever its ID is written with."""

import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from enrollment.models import DisenrollLog, EnrollmentRun, Reason
from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from tables.context import databases
from tests.admin.records import YESTERDAY, have

pytestmark = pytest.mark.django_db(databases="__all__")

PAGES = ["enrolled_people", "enrollment_summary", "disenroll_group", "reenroll_group", "next_plan_years"]
KEYS = ["ACME_24", "A_/:#&,", "+=@; $%?É"]


def groups_behind_links(clerk, page):
    """Return the groups that the links of a page open; each must open one."""
    links = re.findall(r'href="(/admin/groups/group/[^"]+/change/)"', page.content.decode())
    opened = [clerk.get(html.unescape(link)) for link in links]
    assert {page.status_code for page in opened} == {200}, links
    return {page.context["original"].group_id for page in opened}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("key", KEYS)
def test_a_page_of_a_group_leads_back_to_it(clerk, name, key):
    have(Group, group_id=key)
    page = clerk.get(reverse(name, args=[key]))
    assert page.status_code == 200
    assert groups_behind_links(clerk, page) == {key}


@pytest.mark.parametrize("key", KEYS)
def test_the_list_of_people_to_be_offered_cobra_leads_to_their_group(clerk, key):
    have(Group, group_id=key)
    have(GroupDivision, group_id=key, division_id="C", cobra_division=True)
    have(Subscriber, subscriber_id="S1")
    have(Member, subscriber_id="S1", member_seq="01")
    have(Reason, reason_id=2, cobra_length=18)
    person = {"subscriber_id": "S1", "member_seq": "01", "group_id": key, "division_id": "A"}
    have(DisenrollLog, **person, disenroll_date=YESTERDAY, reason_id=2)
    with databases.using("VBA_Demo"):
        run = {"is_disenroll": True, "disenroll_date": YESTERDAY, "written_at": timezone.now()}
        EnrollmentRun.objects.create(process_key=1, group_id=key, **run)
    assert groups_behind_links(clerk, clerk.get(reverse("cobra_offers"))) == {key}
