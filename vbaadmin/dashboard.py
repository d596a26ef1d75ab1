"""The start page of the admin: what needs attention in a database, each number with a link to its list."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from enrollment.engine.cobra_offers import Offers, count_offers
from enrollment.pages import cobra_pages, pictures
from enrollment.sql.pictures import RIGHT as PEOPLE
from groups import sql as groups_sql
from groups.models import Group
from loads import recent_loads
from loads.links import loadable, may_load
from loads.models import FileLoad
from planyears import sql as planyears_sql
from planyears.models import GroupPlanYear
from processes import sql as processes_sql
from processes.models import VBAProcess
from tables.admin.base import Context
from tables.admin.data_checks import count_all, doubts_of
from tables.admin.related import admin_url
from tables.admin.slow_figures import Figures, TooSlow, deadline, keep, within
from tables.context import databases
from tables.context.days import business_date
from tables.history.reading import may_view
from tables.schema.conditions import Finding
from tables.schema.models import Table
from tables.schema.registry import all_tables

# Counted with the page itself, by one statement over small tables or by an index.
_AT_ONCE: tuple[tuple[type[Table], Finding], ...] = (
    (Group, groups_sql.ACTIVE),
    (Group, groups_sql.ENDING),
    (Group, groups_sql.WITHOUT_CONTRACT),
    (GroupPlanYear, planyears_sql.ENDING),
    (GroupPlanYear, planyears_sql.LAST),
    (GroupPlanYear, planyears_sql.OVERLAPPING),
    (VBAProcess, processes_sql.UNFINISHED),
    (VBAProcess, processes_sql.FAILED),
)
# The longest time to count for parts loaded after the page; shorter than the timeout of a statement.
_CHECK_SECONDS = 25.0


@dataclass(frozen=True)
class Tile:
    """A number with a link to its list. ``number`` is None if counting took too long."""

    title: str
    number: int | None
    url: str
    text: str
    to_do: bool

    @property
    def calls(self) -> bool:
        """Whether someone has to act."""
        return self.to_do and self.number != 0


def urls() -> list[URLPattern]:
    """Return the URLs of the parts that are loaded after the page, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        path("start/people/", wrap(people), name="start_people"),
        path("start/checks/", wrap(checks), name="start_checks"),
    ]


def start_page(request: HttpRequest, context: Context) -> Context:
    """Add what needs attention to the start page (``UNFOLD["DASHBOARD_CALLBACK"]``)."""
    if databases.chosen_or_none() is None:
        return context
    user = request.user
    wanted = [
        (model, finding) for model, finding in _AT_ONCE if may_view(user, model) and finding.may_be_seen(user)
    ]
    try:
        tiles = _tiles(wanted, count_all(wanted, business_date())) + _load_tiles(request)
        is_empty = user.has_perm("groups.view_group") and not Group.objects.exists()
    except DatabaseError:
        # The page can still switch to other databases.
        return {**context, "database_is_away": True}
    checked = [model for model in all_tables() if model.doubts and may_view(user, model)]
    return {
        **context,
        "tiles": tiles,
        "is_empty": is_empty,
        "may_add_groups": user.has_perm("groups.add_group"),
        "may_load_groups": may_load(request, Group),
        "shows_people": user.has_perm(PEOPLE) and not is_empty,
        "shows_checks": bool(checked or cobra_pages.may_see(user)) and not is_empty,
    }


def _tiles(wanted: list[tuple[type[Table], Finding]], numbers: list[int]) -> list[Tile]:
    return [
        Tile(finding.title, number, _list_of(model, finding), finding.text, finding.to_do)
        for (model, finding), number in zip(wanted, numbers, strict=True)
    ]


def _load_tiles(request: HttpRequest) -> list[Tile]:
    user = request.user
    if not (loadable(request) and may_view(user, FileLoad)):
        return []
    listed = reverse("admin:loads_fileload_changelist")
    return [
        Tile(title, number, f"{listed}?lately={name}", text, name == "wrong")
        for (name, number), title, text in zip(
            recent_loads.count_recent_loads(request).items(),
            recent_loads.TITLES.values(),
            recent_loads.TEXTS,
            strict=True,
        )
    ]


def _list_of(model: type[Table], finding: Finding) -> str:
    return admin_url(model, "changelist", finding=finding.slug)


def people(request: HttpRequest) -> HttpResponse:
    """Return who is covered, today and over time, as a part of the start page."""
    user = request.user
    if not user.has_perm(PEOPLE):
        raise PermissionDenied
    found = pictures.over_time_of_database(business_date(), anew="anew" in request.GET)
    context: Context = {"figures": found, "again": request.path}
    if found and found.value:
        last = found.value[-1]
        context["chart"] = pictures.chart_over_time(found.value)
        context["tiles"] = [
            Tile(title, number, _list_of(model, finding), finding.text, False)
            for title, number, (model, finding) in (
                ("Subscribers covered today", last.subscribers, pictures.COVERED_SUBSCRIBERS),
                ("Members covered today", last.members, pictures.COVERED_MEMBERS),
            )
            if may_view(user, model)
        ]
    return TemplateResponse(request, "start/people.html", context)


def checks(request: HttpRequest) -> HttpResponse:
    """Return what to review and who is to be offered COBRA, as a part of the start page."""
    user = request.user
    checked = [model for model in all_tables() if model.doubts and may_view(user, model)]
    sees_offers = cobra_pages.may_see(user)
    if not checked and not sees_offers:
        raise PermissionDenied
    found = keep(
        "checks",
        _check,
        longest=_CHECK_SECONDS + 5,
        is_whole=lambda counted: None not in counted.values(),
        anew="anew" in request.GET,
    )
    context: Context = {"figures": found, "again": request.path}
    if found:
        context["offers"] = _offer_tile(found) if sees_offers else None
        context["tiles"] = [
            Tile(
                f"{capfirst(str(model._meta.verbose_name_plural))} to review",
                found.value[model, finding.slug],
                _list_of(model, finding),
                finding.text,
                True,
            )
            for model in checked
            for finding in doubts_of(model)
        ]
    return TemplateResponse(request, "start/checks.html", context)


def _check() -> dict[Any, Any]:
    """Count all doubts and offers. A number is None if time runs out."""
    until = deadline(_CHECK_SECONDS)
    today = business_date()
    found: dict[Any, Any] = {"offers": _in_time(until, partial(count_offers, today))}
    for model in all_tables():
        for finding in doubts_of(model):
            counted = _in_time(until, partial(count_all, [(model, finding)], today))
            found[model, finding.slug] = counted and counted[0]
    return found


def _in_time(until: float, work: Any) -> Any:
    try:
        with within(until):
            return work()
    except TooSlow:
        return None


def _offer_tile(found: Figures) -> Tile:
    offers: Offers | None = found.value["offers"]
    said = []
    if offers and offers.overdue:
        said.append(f"{offers.overdue:,} overdue")
    if offers and offers.next_by:
        said.append(f"next by {offers.next_by}")
    return Tile(
        "People to be offered COBRA",
        offers.people if offers else None,
        reverse("cobra_offers"),
        "; ".join(said) or cobra_pages.WHAT,
        True,
    )
