"""Charts of coverage: of the database on the start page, of a group and its divisions on the summary."""

import datetime
import json
import time
from itertools import pairwise

import pytest
from django.db import connections
from django.urls import reverse

from enrollment.engine.summary import summarize_group
from enrollment.models import SubEnrollment, SubEnrollmentPlan
from groups.models import GroupContract
from members.models import Member
from tests.admin.records import TODAY, YESTERDAY
from tests.admin.start_page import DAY, StayingClerk, list_of
from tests.enrollment import world

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("no_kept_figures")]


@pytest.fixture
def clerk(bob):
    """Bob, at work in VBA_Demo, where the test stays after his requests."""
    return StayingClerk.of(bob)


def test_the_people_covered_today_agree_with_their_lists_and_the_summary(clerk, world_of_f):
    Member.objects.filter(subscriber_id="S1", member_seq="02").update(disenroll_date=YESTERDAY)
    today = summarize_group("G1", TODAY)
    for title, number in (
        ("Subscribers covered today", today.subscribers_current),
        ("Members covered today", today.members_current),
    ):
        assert len(list_of(clerk, title, part="start_people")) == number == 2


def test_the_chart_of_24_months_and_today_agrees_with_the_summary(clerk, world_of_f):
    SubEnrollment.objects.filter(subscriber_id="S2").update(end_date=TODAY - 100 * DAY)
    chart = clerk.get(reverse("start_people")).context["chart"]
    assert len(chart.labels) == 24
    assert chart.labels[-1] == str(TODAY)
    for label, members, subscribers in chart.table.rows:
        expected = summarize_group("G1", datetime.date.fromisoformat(label))
        assert (members, subscribers) == (expected.members_current, expected.subscribers_current), label
    drawn = json.loads(chart.data)["datasets"]
    assert [each["data"] for each in drawn] == [list(each.values) for each in chart.series]


def pictures(clerk, **query):
    answer = clerk.get(reverse("enrollment_pictures", args=["G1"]), **query)
    assert answer.status_code == 200
    return [chart.table.rows for chart in answer.context["charts"]]


def test_a_group_is_shown_over_time_by_plan_and_tier_and_by_division(clerk, others):
    SubEnrollmentPlan.objects.filter(plan_id="DEN").update(tier="2")
    over_time, by_plan, by_division = pictures(clerk, as_of="2024-03-15")
    assert over_time[-2:] == [("2024-02-29", 2, 1), ("2024-03-15", 3, 2)]
    assert by_plan == [("DEN", "2", 2, 1), ("MED", "not given", 3, 2)]
    assert by_division == [("A", 2, 1), ("B", 1, 1)]


def test_a_division_is_shown_without_the_others(clerk, others):
    over_time, by_plan = pictures(clerk, as_of="2024-03-15", division_ID="B")
    assert over_time[-1] == ("2024-03-15", 1, 1)
    assert by_plan == [("MED", "not given", 1, 1)]
    page = clerk.get(reverse("enrollment_summary", args=["G1"]), division_ID="B", as_of="2024-03-15")
    assert page.context["people"].members_current == 1
    assert "division_ID=B" in page.content.decode()
    assert clerk.get(reverse("enrollment_summary", args=["G1"]), division_ID="X").status_code == 404
    assert clerk.get(reverse("enrollment_pictures", args=["G1"]), division_ID="X").status_code == 404


def test_member_level_plans_count_where_members_have_them(clerk, others):
    GroupContract.objects.filter(division_id="A").update(benefit_at_member="Y")
    world.member_plan("S1", "02", "A", "VIS")
    over_time, by_plan, by_division = pictures(clerk, as_of="2024-02-15")
    assert over_time[-1] == ("2024-02-15", 1, 1)
    assert by_plan == [("VIS", "not given", 1, 1)]
    assert by_division == [("A", 1, 1)]


def test_a_member_without_an_own_plan_counts_on_none_of_the_days(clerk, others):
    GroupContract.objects.filter(division_id="A").update(benefit_at_member="Y")
    world.member_plan("S1", "02", "A", "VIS")
    over_time = pictures(clerk, as_of="2025-12-15", division_ID="A")[0]
    assert {row[1:] for row in over_time} == {(1, 1)}


def test_a_person_enrolled_twice_counts_once_over_time(clerk, others):
    world.enroll("S1", "B", "02-01")
    over_time, _, by_division = pictures(clerk, as_of="2024-02-15")
    assert over_time[-1] == ("2024-02-15", 2, 1)
    assert by_division == [("A", 2, 1), ("B", 2, 1)]


def test_the_charts_of_a_group_share_one_time_limit(clerk, world_of_f):
    limits = []

    def slowly(execute, sql, params, *rest):
        if "statement_timeout" in sql:
            limits.append(int(params["milliseconds"]))
        elif limits:
            time.sleep(0.1)
        return execute(sql, params, *rest)

    with connections["VBA_Demo"].execute_wrapper(slowly):
        assert len(pictures(clerk, as_of="2024-03-15")) == 3
    assert len(limits) == 3
    assert all(later <= earlier - 100 for earlier, later in pairwise(limits))


def test_the_page_says_if_the_charts_took_too_long(clerk, world_of_f, monkeypatch):
    monkeypatch.setattr("enrollment.pages.pictures._SECONDS", 0.0)
    answer = clerk.get(reverse("enrollment_pictures", args=["G1"]), as_of="2024-03-15")
    assert answer.context["too_slow"]
    assert "charts" not in answer.context


def test_a_chart_has_its_data_as_a_table(clerk, world_of_f):
    page = clerk.get(reverse("enrollment_pictures", args=["G1"]), as_of="2024-03-15").content.decode()
    assert 'role="img" aria-label="Chart: People by division on 2024-03-15' in page
    assert '<table class="vba-table" aria-label="People by division on 2024-03-15">' in page
    assert "<script" not in page
