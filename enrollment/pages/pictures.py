"""Charts of coverage in the admin: of a whole database, of a group, and of a division."""

import datetime

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from enrollment.engine.pictures import (
    Covered,
    people_by_division,
    people_by_plan,
    people_over_time,
)
from enrollment.pages.process_pages import group_of
from enrollment.sql.pictures import COVERED_MEMBER, COVERED_SUBSCRIBER, RIGHT
from groups.models import GroupDivision
from members.models import Member, Subscriber
from tables.admin.charts import Chart, FigureTable, Series
from tables.admin.slow_figures import Figures, TooSlow, deadline, keep, within
from tables.context.days import business_date
from tables.write.records import WrongValue, parse_day

COVERED_SUBSCRIBERS = (Subscriber, COVERED_SUBSCRIBER)
COVERED_MEMBERS = (Member, COVERED_MEMBER)
# The longest time to count for a chart; shorter than the timeout of a statement.
_SECONDS = 25.0
# A chart shows at most this many divisions; the table below it has them all.
_MOST_BARS = 20


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [path("enrollment-pictures/<path:group_id>/", wrap(group_pictures), name="enrollment_pictures")]


def over_time_of_database(today: datetime.date, *, anew: bool = False) -> Figures | None:
    """Return the chosen database's figures; their value is a list of Covered, or None if counting took too
    long. Return None while another request counts."""

    def work() -> list[Covered] | None:
        try:
            with within(deadline(_SECONDS)):
                return people_over_time(today)
        except TooSlow:
            return None

    return keep(f"people-over-time:{today}", work, longest=_SECONDS + 5, anew=anew)


def chart_over_time(found: list[Covered]) -> Chart:
    """Return the chart of people over time."""
    title = f"People covered at the end of each month, and on {found[-1].label}"
    return Chart(title, [each.label for each in found], _people(found), _table("Day", found), folded=True)


def _table(heading: str, found: list[Covered]) -> FigureTable:
    rows = [(each.label, each.members, each.subscribers) for each in found]
    return FigureTable((heading, "Members", "Subscribers"), rows)


def _people(found: list[Covered]) -> list[Series]:
    return [
        Series("Members", [each.members for each in found]),
        Series("Subscribers", [each.subscribers for each in found]),
    ]


def chart_by_plan(found: list[Covered], day: datetime.date) -> Chart:
    """Return the chart of members by plan, stacked by tier."""
    plans = list(dict.fromkeys(each.label for each in found))
    members = {(each.label, each.tier): each.members for each in found}
    series = [
        Series(f"Tier {tier or 'not given'}", [members.get((plan, tier), 0) for plan in plans])
        for tier in sorted({each.tier for each in found})
    ]
    return Chart(
        f"Members by plan and tier on {day}",
        plans,
        series,
        FigureTable(
            ("Plan", "Tier", "Members", "Subscribers"),
            [(each.label, each.tier or "not given", each.members, each.subscribers) for each in found],
        ),
        kind="bar",
        stacked=True,
        note="A member with several plans counts in each of them.",
    )


def chart_by_division(found: list[Covered], day: datetime.date) -> Chart:
    """Return the chart of people by division; of very many divisions, only the largest."""
    largest = sorted(found, key=lambda each: -each.members)[:_MOST_BARS]
    shown = [each for each in found if each in largest]
    left_out = len(found) - len(shown)
    note = "A person in two divisions counts in both."
    return Chart(
        f"People by division on {day}",
        [each.label for each in shown],
        _people(shown),
        _table("Division", found),
        kind="bar",
        note=f"{note} The table also has the {left_out} smallest divisions." if left_out else note,
    )


def group_pictures(request: HttpRequest, group_id: str) -> HttpResponse:
    """Return the charts of a group, or its division ``?division_ID=``, as of a day: a part of a page."""
    group = group_of(request, group_id, RIGHT)
    division = request.GET.get("division_ID") or None
    if division is not None and not _has_division(group.group_id, division):
        raise Http404
    try:
        day = parse_day(request.GET["as_of"]) if request.GET.get("as_of") else business_date()
    except WrongValue:
        raise Http404 from None
    try:
        context = _pictures(group.group_id, division, day)
    except TooSlow:
        context = {"too_slow": True}
    return TemplateResponse(request, "enrollment/pictures.html", context)


def _pictures(group_id: str, division_id: str | None, day: datetime.date) -> dict[str, object]:
    """Return the charts of a group or a division. Raises TooSlow if they take too long together."""
    until = deadline(_SECONDS)
    with within(until):
        over_time = people_over_time(day, group_id=group_id, division_id=division_id)
    with within(until):
        plans = people_by_plan(day, group_id=group_id, division_id=division_id)
    charts = [chart_over_time(over_time), *([chart_by_plan(plans, day)] if plans else [])]
    if division_id is None:
        with within(until):
            divisions = people_by_division(day, group_id=group_id, division_id=None)
        charts += [chart_by_division(divisions, day)] if divisions else []
    return {"charts": charts, "plans": plans, "day": day}


def _has_division(group_id: str, division_id: str) -> bool:
    return (
        "\0" not in division_id
        and GroupDivision.objects.filter(group_id=group_id, division_id=division_id).exists()
    )
