"""The page that rolls the plan years of a group's divisions forward, and the link to it."""

import hashlib
from collections.abc import Iterable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode

from groups.models import Group
from planyears.following import Following, following_plan_years, make_following
from planyears.models import GroupPlanYear
from tables.context.users import AnyUser
from tables.schema.models import Table

RIGHT = "planyears.add_groupplanyear"


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        path("next-plan-years/<path:group_id>/", wrap(next_plan_years_page), name="next_plan_years"),
    ]


def record_links(record: Table, user: AnyUser) -> Iterable[tuple[str, str]]:
    """Yield the link to this page, for the page of a group."""
    if isinstance(record, Group) and user.has_perm(RIGHT):
        yield "Roll plan years forward…", reverse("next_plan_years", args=[record.group_id])


def next_plan_years_page(request: HttpRequest, group_id: str) -> HttpResponse:
    """Show the next plan years of a group's divisions, and create the selected ones."""
    user = request.user
    if not (user.has_perm("groups.view_group") and user.has_perm(RIGHT)):
        raise PermissionDenied
    group = Group.objects.filter(group_id=group_id).first() if "\0" not in group_id else None
    if group is None:
        raise Http404
    plan_year = request.GET.get("plan_year", "").replace("\0", "")
    rows = following_plan_years(group.group_id, plan_year or None)
    wrong, seen = "", _seen(rows)
    if request.method == "POST":
        chosen = _chosen(request, rows)
        if request.POST.get("previewed") != seen:
            wrong = "Nothing was created. Someone changed the plan years. Here is a new preview."
        elif not chosen:
            wrong = "Nothing was created. Select at least one division."
        elif made := make_following(chosen):
            return _show_made(request, group, made)
        else:
            wrong = "Nothing was created. Correct the errors below."
    names = GroupPlanYear.objects.filter(group_id=group.group_id).order_by("-plan_year")
    context = {
        **admin.site.each_context(request),
        "title": f"Roll plan years of group {group.group_id} forward",
        "group": group,
        "rows": rows,
        "previewed": seen,
        "plan_year": plan_year,
        "names": list(names.values_list("plan_year", flat=True).distinct()),
        "wrong": wrong,
    }
    return TemplateResponse(request, "planyears/next_plan_years.html", context, status=400 if wrong else 200)


def _seen(rows: list[Following]) -> str:
    """Return a digest of the dates on the page, so that the page creates exactly what the user saw."""
    shown = [(row.source.pk, row.from_date, row.thru_date) for row in rows]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def _chosen(request: HttpRequest, rows: list[Following]) -> list[Following]:
    """Apply the user's selection and names to the rows, and return the selected rows."""
    ticked = set(request.POST.getlist("chosen"))
    for row in rows:
        key = str(row.source.pk)
        row.plan_year = request.POST.get(f"name-{key}", row.plan_year).strip()
        row.is_chosen = row.is_possible and key in ticked
    return [row for row in rows if row.is_chosen]


def _show_made(request: HttpRequest, group: Group, made: int) -> HttpResponse:
    messages.success(request, f"Created {made:,} plan year{'s' if made != 1 else ''}.")
    found = reverse("admin:planyears_groupplanyear_changelist")
    return HttpResponseRedirect(f"{found}?{urlencode({'group_id': group.group_id, 'o': '-4'})}")
