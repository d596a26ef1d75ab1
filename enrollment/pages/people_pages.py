"""The list of enrolled people of a group or division: a page of names, and the whole list as CSV."""

import datetime
from collections.abc import Iterator, Sequence

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode

from enrollment.pages.enrolled import Key, People, Person, all_people, count_people, page_of_people
from enrollment.pages.process_pages import group_of
from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from tables.context import databases
from tables.context.days import business_date
from tables.files.csv.formulas import csv_lines
from tables.history.recording import begin_export
from tables.write.records import WrongValue, parse_day

RIGHT = "enrollment.view_subenrollment"
PEOPLE_RIGHTS = ("members.view_subscriber", "members.view_member")
EVER = "ever"
_MOST_CHOICES = 300
_HEADER = (
    "subscriber_ID",
    "member_Seq",
    "last_Name",
    "first_Name",
    "birth_Date",
    "relationship",
    "division_ID",
    "group_Coverage_Start",
    "start_Date",
    "end_Date",
    "plans",
)


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        path("enrolled/<path:group_id>/", wrap(people_page), name="enrolled_people"),
        path("enrolled-csv/<path:group_id>/", wrap(people_csv), name="enrolled_people_csv"),
    ]


def may_list_people(user: User | AnonymousUser) -> bool:
    """Return whether the user may see the names of enrolled people."""
    return bool(user.has_perms((RIGHT, *PEOPLE_RIGHTS)))


def people_url(people: People, page: str = "enrolled_people") -> str:
    """Return the URL of the page that lists these people."""
    query = {name: value for name, value in _as_query(people).items() if value}
    return f"{reverse(page, args=[people.group])}?{urlencode(query)}"


def _as_query(people: People) -> dict[str, str]:
    """Return the query of the URL that lists these people. Without ``as_of`` the page takes today."""
    return {
        "division_ID": people.division,
        "contract": str(people.contract or ""),
        "as_of": str(people.today or ""),
        "covered": "" if people.today else EVER,
        "who": "members" if people.members else "",
        "plan": people.plan,
        "tier": people.tier,
        "q": people.search,
    }


def people_page(request: HttpRequest, group_id: str) -> HttpResponse:
    """Show who is enrolled, fifty a page, by subscriber_ID; by default those covered today."""
    group = _group(request, group_id)
    people, wrong = _asked_for(request.GET, group.group_id)
    after, before = _position(request.GET.get("after")), _position(request.GET.get("before"))
    found, more = page_of_people(people, after=after, before=before)
    first, last = (before and not more) or not (after or before), not before and not more
    context = {
        **admin.site.each_context(request),
        "title": f"Enrolled people in group {group.group_id}",
        "group": group,
        "people": people,
        "wrong": wrong,
        "found": found,
        # Counting takes longer than reading a page, so only the first page counts.
        "total": count_people(people) if not (after or before) else None,
        "query": _as_query(people),
        "this": people_url(people),
        "csv": people_url(people, "enrolled_people_csv"),
        "previous": "" if first or not found else _key(found[0]),
        "next": "" if last or not found else _key(found[-1]),
        "divisions": _divisions(group.group_id),
        "today": (people.today or business_date()).isoformat(),
    }
    return TemplateResponse(request, "enrollment/people.html", context, status=400 if wrong else 200)


def people_csv(request: HttpRequest, group_id: str) -> HttpResponse | StreamingHttpResponse:
    """Send the whole list as CSV, a line for each person and enrollment. The history records the export."""
    group = _group(request, group_id)
    people, wrong = _asked_for(request.GET, group.group_id)
    if wrong or request.method != "GET":
        return HttpResponse(wrong, status=400 if wrong else 405, content_type="text/plain; charset=utf-8")
    facts = {"List": "Enrolled people", "group_ID": people.group, "Format": "csv"}
    facts |= {name: value for name, value in _as_query(people).items() if value}
    export = begin_export(Member if people.members else Subscriber, facts)
    lines = csv_lines(_HEADER, _rows(people, databases.chosen()), export.end)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="enrolled-people.csv"'
    return response


def _rows(people: People, database: str) -> Iterator[Sequence[object]]:
    for person in all_people(people, database):
        named = person.member or person.subscriber
        own = (named.last_name, named.first_name, *_own(person.member)) if named else ("",) * 4
        for span in person.spans:
            each = span.enrollment
            yield (
                person.subscriber_id,
                person.member.member_seq if person.member else "",
                *own,
                each.division_id,
                each.group_coverage_start,
                each.start_date,
                each.end_date,
                "; ".join(span.plans),
            )


def _own(member: Member | None) -> tuple[object, object]:
    return (member.birth_date, member.relationship) if member else ("", "")


def _group(request: HttpRequest, group_id: str) -> Group:
    user = request.user
    if not may_list_people(user):
        raise PermissionDenied
    return group_of(request, group_id, RIGHT)


def _asked_for(query: QueryDict, group: str) -> tuple[People, str]:
    """Return the people that the query of a URL selects, and what is wrong with the query."""
    wrong = ""

    def day(name: str, label: str) -> datetime.date | None:
        nonlocal wrong
        try:
            return parse_day(text) if (text := query.get(name, "").strip()) else None
        except WrongValue:
            wrong = f"{label} must be a date, such as 2027-06-30."
            return None

    texts = {name: query.get(name, "").replace("\0", "") for name in ("division_ID", "plan", "tier", "q")}
    ever = query.get("covered") == EVER
    people = People(
        group=group,
        division=texts["division_ID"],
        contract=day("contract", "Contract start"),
        today=None if ever else day("as_of", "Coverage date") or business_date(),
        members=query.get("who") == "members",
        plan=texts["plan"].strip(),
        tier=texts["tier"].strip(),
        search=texts["q"].strip(),
    )
    return people, wrong


def _position(text: str | None) -> Key | None:
    """Return the key at which the next page starts: ``S1/01``, or ``S1/`` for a family."""
    if text is None:
        return None
    subscriber, _, member = text.replace("\0", "").rpartition("/")
    return subscriber, member


def _key(person: Person) -> str:
    return f"{person.subscriber_id}/{person.member.member_seq if person.member else ''}"


def _divisions(group: str) -> list[str]:
    """Return the divisions to choose from; none if there are too many. Then the user types one."""
    found = GroupDivision.objects.filter(group_id=group).order_by("division_id")
    ids = list(found.values_list("division_id", flat=True)[: _MOST_CHOICES + 1])
    return ids if len(ids) <= _MOST_CHOICES else []
