"""Who is to be offered COBRA after a disenroll, and by when: the number, the list, and its csv."""

import csv
import io

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.urls import reverse

from enrollment.engine import disenroll
from enrollment.engine.parameters import Disenroll, DisenrollFamily
from enrollment.models import Reason, SubEnrollment
from groups.models import Group, GroupDivision
from members.models import Member
from tables.history.models import HistoryEntry
from tests.admin.pages import text_of
from tests.admin.records import TODAY
from tests.admin.start_page import DAY, StayingClerk, tile
from tests.enrollment import world

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.usefixtures("no_kept_figures", "world_of_f", "others"),
]


@pytest.fixture
def clerk(bob):
    """Bob, at work in VBA_Demo, where the test stays after his requests."""
    return StayingClerk.of(bob)


def end_cover(days_ago, *, reason=2, division="A", family=DisenrollFamily.FAMILY, process=1):
    """Disenroll a division so many days ago, as a process does it."""
    asked = Disenroll(
        user="u1",
        group_id="G1",
        day=TODAY - days_ago * DAY,
        reason_id=reason,
        division_id=division,
        family=family,
    )
    with transaction.atomic(using="VBA_Demo"):
        disenroll.run(asked, process, lambda done, steps, text: None)


def offered(clerk):
    """Return who is to be offered COBRA by the page, having checked it against the tile and the csv."""
    said = tile(clerk, "People to be offered COBRA", part="start_checks")
    page = clerk.get(said.url)
    people = [f"{offer.subscriber_id}/{offer.member_seq}" for offer, _, _ in page.context["offers"]]
    assert page.context["total"] == said.number == len(people)
    lines = b"".join(clerk.get(reverse("cobra_offers_csv")).streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [f"{row['subscriber_ID']}/{row['member_Seq']}" for row in rows] == people
    cache.clear()
    return people


def test_who_lost_cover_by_a_disenroll_is_to_be_offered_cobra_within_44_days(clerk, world_of_f):
    end_cover(10)
    assert offered(clerk) == ["S1/01", "S1/02"]
    by = TODAY + 34 * DAY
    assert tile(clerk, "People to be offered COBRA", part="start_checks").text == f"next by {by}"
    text = text_of(clerk.get(reverse("cobra_offers")))
    assert f"{TODAY - 10 * DAY} {by} {TODAY + 94 * DAY}" in text
    assert "Job lost" in text


@pytest.mark.parametrize(
    ("days_ago", "overdue", "listed"),
    [(43, False, 2), (44, False, 2), (45, True, 2), (104, True, 2), (105, True, 0)],
)
def test_a_notice_is_overdue_after_44_days_and_off_the_list_when_nobody_can_elect(
    clerk, world_of_f, days_ago, overdue, listed
):
    end_cover(days_ago)
    assert len(offered(clerk)) == listed
    said = tile(clerk, "People to be offered COBRA", part="start_checks").text
    assert said.startswith("2 overdue" if overdue and listed else ("next by" if listed else "People who"))
    told = {43: str(TODAY + DAY), 44: f"{TODAY} today", 45: "overdue", 104: "overdue"}
    told[105] = "No one needs a COBRA offer"
    assert told[days_ago] in text_of(clerk.get(reverse("cobra_offers")))


def _cobra_enrollment():
    """What a reenroll under COBRA leaves for the insured: an enrollment, and the date taken away."""
    start_date = (TODAY - 9 * DAY).isoformat()
    world.enroll("S1", "C", start_date)
    Member.objects.filter(subscriber_id="S1", member_seq="01").update(disenroll_date=None)


def _undone():
    SubEnrollment.objects.filter(subscriber_id="S1", group_id="G1").update(end_date=None)
    Member.objects.filter(subscriber_id="S1").update(disenroll_date=None)


NO_OFFER = {
    "who is enrolled under COBRA": (_cobra_enrollment, ["S1/02"]),
    "whose disenroll was undone": (_undone, []),
    "who has died": (
        lambda: Member.objects.filter(member_seq="02", subscriber_id="S1").update(date_of_death=TODAY),
        ["S1/01"],
    ),
    "whose reason allows none": (lambda: Reason.objects.update(cobra_length=None), []),
    "whose group has no COBRA division": (
        lambda: GroupDivision.objects.filter(group_id="G1").update(cobra_division=False),
        [],
    ),
    "whose COBRA division has ended": (
        lambda: GroupDivision.objects.filter(group_id="G1", division_id="C").update(
            disenroll_date=TODAY - 10 * DAY
        ),
        [],
    ),
    "whose group has dropped the plans": (
        lambda: Group.objects.filter(group_id="G1").update(disenroll_date=TODAY - 10 * DAY),
        [],
    ),
    "who was under COBRA": (
        lambda: GroupDivision.objects.filter(group_id="G1", division_id="A").update(cobra_division=True),
        [],
    ),
}


@pytest.mark.parametrize(("happened", "left"), NO_OFFER.values(), ids=NO_OFFER)
def test_nobody_is_offered_cobra(clerk, world_of_f, happened, left):
    end_cover(10)
    happened()
    assert offered(clerk) == left


# How each ends so many days ago; the cover that was lost ended 10 days ago.
def _other_cover(days_ago):
    world.enroll("S1", "B", (TODAY - 30 * DAY).isoformat(), end=(TODAY - days_ago * DAY).isoformat())
    Member.objects.filter(subscriber_id="S1").update(disenroll_date=None)


def _own_date(days_ago):
    world.enroll("S1", "B", (TODAY - 30 * DAY).isoformat())
    Member.objects.filter(subscriber_id="S1").update(disenroll_date=TODAY - days_ago * DAY)


def _group(days_ago):
    Group.objects.update(disenroll_date=TODAY - days_ago * DAY)


def _cobra_division(days_ago):
    GroupDivision.objects.filter(division_id="C").update(disenroll_date=TODAY - days_ago * DAY)


@pytest.mark.parametrize("days_ago", [11, 10, 9])
@pytest.mark.parametrize(
    ("ends", "offered_if_later"),
    [(_other_cover, False), (_own_date, False), (_group, True), (_cobra_division, True)],
)
def test_what_ends_around_the_day_cover_was_lost(clerk, world_of_f, ends, offered_if_later, days_ago):
    end_cover(10)
    ends(days_ago)
    assert (offered(clerk) == ["S1/01", "S1/02"]) == ((days_ago < 10) == offered_if_later)


def test_dependents_who_lost_cover_alone_are_offered_cobra(clerk, world_of_f):
    end_cover(10, family=DisenrollFamily.DEPENDENTS_ONLY)
    assert offered(clerk) == ["S1/02"]


def test_a_name_that_is_a_formula_is_defused_in_the_csv(clerk, world_of_f):
    Member.objects.update(last_name="=1+1")
    end_cover(10)
    lines = b"".join(clerk.get(reverse("cobra_offers_csv")).streaming_content).decode()
    assert ",'=1+1," in lines


def test_the_csv_is_read_as_it_goes_out(clerk, world_of_f):
    end_cover(10)
    lines = iter(clerk.get(reverse("cobra_offers_csv")).streaming_content)
    assert next(lines).startswith(b"subscriber_ID,")
    next(lines)
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE statement LIKE '%disenrolllog%'")
        assert cursor.fetchone()[0] == 1
    assert len(list(lines)) == 1
    assert HistoryEntry.objects.get(action="exported").changes["Rows"] == 2
