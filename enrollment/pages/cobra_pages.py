"""The list of people to be offered COBRA after a disenrollment, with deadlines, as a page and as CSV."""

from collections.abc import Sequence

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from enrollment.engine.cobra_offers import ELECTION_DAYS, NOTICE_DAYS, Offer, all_offers, page_of_offers
from enrollment.models import DisenrollLog
from groups.models import Group
from members.models import Member
from tables.admin.related import admin_url
from tables.context import databases
from tables.context.days import business_date
from tables.files.csv.formulas import csv_lines
from tables.history.recording import begin_export

RIGHTS = ("enrollment.view_disenrolllog", "enrollment.view_subenrollment", "members.view_member")
WHAT = f"People who lost coverage and may be eligible for COBRA. The notice is due within {NOTICE_DAYS} days."
PAGE_SIZE = 50
_HEADER = (
    "subscriber_ID",
    "member_Seq",
    "last_Name",
    "first_Name",
    "group_ID",
    "division_ID",
    "reason_ID",
    "disenroll_Date",
    "notice_By",
    "elect_By",
)


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        path("cobra-offers/", wrap(offers_page), name="cobra_offers"),
        path("cobra-offers.csv", wrap(offers_csv), name="cobra_offers_csv"),
    ]


def may_see(user: User | AnonymousUser) -> bool:
    """Return whether the user may see who must be offered COBRA."""
    return all(user.has_perm(right) for right in RIGHTS)


def offers_page(request: HttpRequest) -> HttpResponse:
    """Show who must be offered COBRA, earliest deadline first, in pages."""
    _demand_rights(request)
    asked_for = request.GET.get("page", "1")
    number = max(1, int(asked_for)) if asked_for.isdecimal() and len(asked_for) < 9 else 1
    today = business_date()
    offers, total = page_of_offers(today, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    context = {
        **admin.site.each_context(request),
        "title": "People to be offered COBRA",
        "offers": [(offer, _links(request, offer), (offer.notice_by - today).days) for offer in offers],
        "total": total,
        "first": (number - 1) * PAGE_SIZE + 1,
        "last": (number - 1) * PAGE_SIZE + len(offers),
        "pages": {"earlier": str(number - 1) if number > 1 else "", "further": str(number + 1)},
        "notice_days": NOTICE_DAYS,
        "election_days": ELECTION_DAYS,
    }
    return TemplateResponse(request, "enrollment/cobra.html", context)


def _links(request: HttpRequest, offer: Offer) -> dict[str, str]:
    user = request.user
    sees_group = user.has_perm("groups.view_group")
    return {
        "member": admin_url(Member, "change", offer.member_pk),
        "group": admin_url(Group, "change", offer.group_id) if sees_group else "",
    }


def offers_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Send everyone who must be offered COBRA as CSV."""
    _demand_rights(request)
    export = begin_export(DisenrollLog, {"List": "People to be offered COBRA", "Format": "csv"})
    offers = all_offers(business_date(), databases.chosen())
    lines = csv_lines(_HEADER, map(_row, offers), export.end)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cobra-offers.csv"'
    return response


def _row(offer: Offer) -> Sequence[object]:
    person = (offer.subscriber_id, offer.member_seq, offer.last_name, offer.first_name)
    place = (offer.group_id, offer.division_id)
    return (*person, *place, offer.reason_id, offer.disenroll_date, offer.notice_by, offer.elect_by)


def _demand_rights(request: HttpRequest) -> None:
    if not may_see(request.user):
        raise PermissionDenied
