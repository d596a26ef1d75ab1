"""The start page: what needs attention in a database, each number with its list; rights and cost."""

import csv
import datetime
import io
import re
import time

import pytest
from django.core.cache import cache
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupDivision
from loads.models import FileLoad
from members.models import Member, Subscriber
from planyears.models import GroupPlanYear
from processes.models import VBAProcess
from processes.process_run import ProcessRun
from processes.starting import start
from tables.admin import slow_figures
from tables.context import databases
from tests.admin.pages import Clerk, address, text_of
from tests.admin.records import TODAY, YESTERDAY
from tests.admin.start_page import DAY, StayingClerk, keys, list_of, tile
from tests.enrollment import world
from tests.roles import give_rights, give_role
from vbaadmin import dashboard

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("no_kept_figures")]


@pytest.fixture
def clerk(bob):
    """Bob, at work in VBA_Demo, where the test stays after his requests."""
    return StayingClerk.of(bob)


def plan_year(name, first, last, division="A", **values):
    return world.make(
        GroupPlanYear,
        group_id="G1",
        division_id=division,
        plan_year=name,
        from_date=first,
        thru_date=last,
        **values,
    )


def test_groups_are_counted_by_status(clerk, world_of_f):
    world.make(Group, group_id="ENDED", disenroll_date=YESTERDAY)
    world.make(Group, group_id="TODAY", disenroll_date=TODAY)
    world.make(Group, group_id="LATER", disenroll_date=TODAY + 61 * DAY)
    assert list_of(clerk, "Active groups") == ["G1", "LATER", "TODAY"]
    assert list_of(clerk, "Groups ending soon") == ["TODAY"]


def test_groups_without_a_current_contract_are_counted(clerk, world_of_f):
    for group, first, last in (("OVER", 400, 1), ("FUTURE", -1, -9), ("LAST-DAY", 400, 0)):
        world.make(Group, group_id=group)
        world.make(GroupDivision, group_id=group, division_id="A")
        span = {"coverage_start": TODAY - first * DAY, "coverage_end": TODAY - last * DAY}
        world.make(GroupContract, group_id=group, division_id="A", **span)
    world.make(Group, group_id="NONE")
    world.make(Group, group_id="NONE-ENDED", disenroll_date=YESTERDAY)
    assert list_of(clerk, "Groups with no current contract") == ["FUTURE", "NONE", "OVER"]


def test_plan_years_ending_soon_and_without_a_next_one_are_counted(clerk, world_of_f):
    end = TODAY + 30 * DAY
    plan_year("NOW", end - 365 * DAY, end)
    plan_year("NEXT", end + DAY, end + 365 * DAY)
    plan_year("NOW", end - 365 * DAY, end, "B")
    plan_year("FAR", TODAY, TODAY + 61 * DAY, "C")
    assert list_of(clerk, "Plan years ending soon") == ["G1 / A / NOW", "G1 / B / NOW"]
    assert list_of(clerk, "Ending with no next plan year") == ["G1 / B / NOW"]
    GroupDivision.objects.filter(division_id="B").update(disenroll_date=end)
    assert list_of(clerk, "Ending with no next plan year") == []


def test_plan_years_of_the_same_plan_type_or_of_none_overlap(clerk, world_of_f):
    first, last = datetime.date(2025, 1, 1), datetime.date(2025, 12, 31)
    plan_year("MED", first, last, plan_type="MED")
    plan_year("DEN", first, last, plan_type="DEN")
    plan_year("NEXT", last + DAY, last + 365 * DAY, plan_type="MED")
    assert list_of(clerk, "Plan years that overlap") == []
    plan_year("ALL", last, last)
    assert list_of(clerk, "Plan years that overlap") == ["G1 / A / ALL", "G1 / A / DEN", "G1 / A / MED"]


def test_a_plan_year_without_a_last_day_is_a_next_one_and_overlaps(clerk, world_of_f):
    end = TODAY + 30 * DAY
    plan_year("NOW", end - 365 * DAY, end)
    plan_year("OPEN", end + DAY, None)
    assert list_of(clerk, "Ending with no next plan year") == []
    assert list_of(clerk, "Plan years that overlap") == []
    plan_year("OPEN", TODAY, None, "B")
    plan_year("LATER", end, end + 365 * DAY, "B")
    plan_year("OPEN", None, TODAY, "C")
    plan_year("PAST", TODAY - 400 * DAY, TODAY - 300 * DAY, "C")
    assert list_of(clerk, "Plan years that overlap") == [
        "G1 / B / LATER",
        "G1 / B / OPEN",
        "G1 / C / OPEN",
        "G1 / C / PAST",
    ]


def test_unfinished_processes_and_those_failed_within_a_month_are_counted(clerk):
    with databases.using("VBA_Demo"):
        made = [
            start(kind="MARKGROUP", group_id=group, user="bob", description="", arguments={}, parameters=[])
            for group in ("WAITS", "RUNS", "FAILED", "LONG-AGO", "DONE")
        ]
        now = datetime.datetime.now(datetime.UTC)
        for process, (state, result, ago) in zip(
            made[1:],
            [
                ("running", None, None),
                ("ended", "FAILED", 1),
                ("ended", "FAILED", 40),
                ("ended", "COMPLETED", 1),
            ],
            strict=True,
        ):
            run = ProcessRun.objects.filter(vbaprocess_key=process.vbaprocess_key)
            run.update(state=state, result=result)
            ended = now - ago * DAY if ago else None
            VBAProcess.objects.filter(pk=process.pk).update(process_end=ended, process_result=result)
    waits, runs, failed, _, _ = (f"{each.vbaprocess_key} / MARKGROUP" for each in made)
    assert set(list_of(clerk, "Processes waiting or running")) == {waits, runs}
    assert list_of(clerk, "Processes failed in 30 days") == [failed]


def test_recent_file_loads_are_counted_for_users_who_may_load(clerk, carol, world_of_f):
    now = datetime.datetime.now(datetime.UTC)
    for name, state, ended, refused in (
        ("all.csv", "loaded", now, 0),
        ("some.csv", "loaded", now, 3),
        ("none.csv", "failed", now, None),
        ("=long-ago.csv", "loaded", now - 8 * DAY, 3),
    ):
        sent = FileLoad.objects.create(
            table_name="groups",
            file_name=name,
            file_bytes=1,
            state=state,
            ended_at=ended,
            rows_refused=refused,
        )
        FileLoad.objects.filter(pk=sent.pk).update(sent_at=ended)
    for title, names in (
        ("Files loaded in the last 7 days", ["some.csv", "all.csv"]),
        ("Files with errors in the last 7 days", ["none.csv", "some.csv"]),
    ):
        found = tile(clerk, title)
        assert found.number == 2
        page = clerk.get(found.url)
        assert [each.file_name for each in page.context["cl"].result_list] == names
        (link,) = re.findall(r'href="(export/csv/[^"]+)"', page.content.decode())
        lines = b"".join(clerk.get(found.url.partition("?")[0] + link).streaming_content).decode()
        assert [row["file_name"] for row in csv.DictReader(io.StringIO(lines))] == names
    whole = b"".join(clerk.get(reverse("admin:loads_fileload_export")).streaming_content).decode()
    assert "'=long-ago.csv" in whole
    give_role(carol, "Viewer")
    assert "Files loaded" not in text_of(Clerk.of(carol).get(reverse("admin:index")))


def test_a_filtered_list_names_its_filter_and_exports_with_it(clerk, world_of_f):
    world.make(Group, group_id="ENDED", disenroll_date=YESTERDAY)
    page = clerk.get(tile(clerk, "Active groups").url)
    assert "Groups that are not disenrolled as of today. Show all groups" in text_of(page)
    (link,) = re.findall(r'href="(export/csv/[^"]+)"', page.content.decode())
    answer = clerk.get(address(Group, "changelist") + link.replace("&amp;", "&"))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["Group_ID"] for row in rows] == ["G1"]


def test_an_unknown_finding_shows_the_whole_list(clerk, world_of_f):
    assert clerk.get(address(Group, "changelist"), finding="nothing").url.endswith("?e=1")


def test_doubtful_rows_are_counted_and_listed(clerk, world_of_f):
    SubEnrollmentPlan.objects.filter(subscriber_id="S2").update(plan_id="GOLD")
    SubEnrollment.objects.filter(subscriber_id="S2").update(end_date="2025-06-30")
    GroupContract.objects.filter(division_id="B").update(coverage_end="2024-12-31")
    Member.objects.filter(subscriber_id="S1", member_seq="02").update(disenroll_date="2023-01-01")
    expected = {
        "The contract does not offer the plan.": [
            "S2 / G1 / B / 2024-01-01 / 2024-03-01 / GOLD / 2024-03-01"
        ],
        "The enrollment goes beyond the dates of its contract.": ["S2 / G1 / B / 2024-01-01 / 2024-03-01"],
        "Disenroll Date is before Date Enrolled.": ["S1 / 02"],
    }
    context = clerk.get(reverse("start_checks")).context
    doubtful = {each.text: each for each in context["tiles"] if each.number}
    assert set(doubtful) == set(expected)
    for text, wanted in expected.items():
        rows = clerk.get(doubtful[text].url).context["cl"].result_list
        assert keys(rows) == wanted
        assert doubtful[text].number == len(wanted)


# --- rights, empty states, cost ---


def test_an_empty_database_says_how_to_start(clerk):
    text = text_of(clerk.get(reverse("admin:index")))
    assert "VBA_Demo is empty" in text
    assert "Add the first group" in text
    assert "Today in" not in text


def test_without_a_database_there_are_no_numbers(carol):
    text = text_of(Clerk.of(carol).get(reverse("admin:index")))
    assert "You don't have access to a database yet" in text
    assert "is empty" not in text


def test_a_role_sees_the_numbers_of_the_tables_it_may_view(carol, world_of_f):
    give_rights(carol, "groups.view_group")
    eyes = Clerk.of(carol)
    page = eyes.get(reverse("admin:index"))
    assert {each.title for each in page.context["tiles"]} == {
        "Active groups",
        "Groups ending soon",
    }
    hidden = eyes.get(address(Group, "changelist"), finding="without-contract")
    assert hidden.url.endswith("?e=1")
    for part in ("start_people", "start_checks"):
        assert reverse(part) not in page.content.decode()
        assert eyes.get(reverse(part)).status_code == 403
    for name in ("cobra_offers", "cobra_offers_csv"):
        assert eyes.get(reverse(name)).status_code == 403
    assert eyes.get(reverse("enrollment_pictures", args=["G1"])).status_code == 403


def test_a_viewer_sees_all_numbers(carol, world_of_f):
    give_role(carol, "Viewer")
    eyes = Clerk.of(carol)
    assert len(eyes.get(reverse("admin:index")).context["tiles"]) == 8
    assert eyes.get(reverse("start_checks")).context["offers"].number == 0
    assert eyes.get(reverse("start_people")).context["tiles"]


def test_users_who_may_not_see_members_get_only_other_doubts(carol, world_of_f):
    give_rights(carol, "enrollment.view_subenrollment")
    eyes = Clerk.of(carol)
    context = eyes.get(reverse("start_checks")).context
    assert [each.title for each in context["tiles"]] == ["Enrollments to review"]
    assert context["offers"] is None
    assert not eyes.get(reverse("start_people")).context["tiles"]


@pytest.mark.parametrize(("part", "most"), [("admin:index", 4), ("start_people", 1), ("start_checks", 7)])
def test_the_numbers_take_a_fixed_number_of_queries(clerk, world_of_f, part, most):
    def queries():
        cache.clear()
        with CaptureQueriesContext(connections["VBA_Demo"]) as caught:
            clerk.get(reverse(part))
        said = [each["sql"] for each in caught if not re.search("SAVEPOINT|set_config", each["sql"])]
        return len(said)

    assert queries() == most
    for n in range(3):
        world.make(Group, group_id=f"H{n}")
        world.make(Subscriber, subscriber_id=f"H{n}")
    assert queries() == most


def test_slow_numbers_are_cached_until_a_refresh(clerk, world_of_f):
    def members():
        return tile(clerk, "Members covered today", part="start_people").number

    assert members() == 3
    SubEnrollment.objects.filter(subscriber_id="S2").update(end_date=YESTERDAY)
    assert members() == 3
    clerk.get(reverse("start_people"), anew="1")
    assert members() == 2


def test_a_number_that_takes_too_long_still_links_to_its_list(clerk, world_of_f, monkeypatch):
    monkeypatch.setattr(dashboard, "_CHECK_SECONDS", 0.0)
    page = clerk.get(reverse("start_checks"))
    assert page.status_code == 200
    assert {each.number for each in page.context["tiles"]} == {None}
    assert "Counting took too long" in text_of(page)


@pytest.mark.parametrize(("seconds", "kept"), [(0.0, False), (25.0, True)])
def test_a_number_that_took_too_long_is_tried_again_after_a_minute(
    clerk, world_of_f, monkeypatch, seconds, kept
):
    monkeypatch.setattr(dashboard, "_CHECK_SECONDS", seconds)
    at = clerk.get(reverse("start_checks")).context["figures"].at
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + slow_figures.GIVEN_UP_SECONDS + 1)
    again = clerk.get(reverse("start_checks")).context["figures"].at
    assert (again == at) is kept


def test_without_time_left_no_query_runs(clerk, world_of_f, monkeypatch):
    monkeypatch.setattr(dashboard, "_CHECK_SECONDS", 0.0)
    with CaptureQueriesContext(connections["VBA_Demo"]) as asked:
        clerk.get(reverse("start_checks"))
    assert [each["sql"] for each in asked] == []


def test_while_one_request_counts_others_wait(clerk, world_of_f):
    cache.add("counting:VBA_Demo:checks", True, 60)
    page = clerk.get(reverse("start_checks"))
    assert page.status_code == 200
    assert "Counting. This takes a moment" in text_of(page)
