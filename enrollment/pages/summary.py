"""The enrollment summary of a group, the changes of a process as CSV, and the links to these pages and to the
forms that disenroll and reenroll."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode

from enrollment.engine.runners import DISENROLL
from enrollment.engine.summary import summarize_contracts, summarize_group
from enrollment.models import EnrollmentChange, EnrollmentRun, EnrollmentWarning, SubEnrollment
from enrollment.pages import people_pages, process_pages
from enrollment.pages.enrolled import People
from enrollment.pages.process_pages import group_of
from enrollment.process_requests import process_request
from groups.models import Group, GroupDivision
from members.models import Member
from processes.models import VBAProcess
from tables.context import databases
from tables.context.days import business_date, day_after
from tables.files.csv.formulas import csv_lines
from tables.history.reading import may_view, models_by_table
from tables.history.recording import begin_export
from tables.schema.models import Table
from tables.write.records import WrongValue, parse_day

_CHUNK = 2000


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        *process_pages.urls(),
        *people_pages.urls(),
        path("enrollment-summary/<path:group_id>/", wrap(summary_page), name="enrollment_summary"),
        path("process-changes/<int:process_key>.csv", wrap(changes_csv), name="process_changes"),
    ]


def summary_page(request: HttpRequest, group_id: str) -> HttpResponse:
    """Count who is covered in a group, or its division ``?division_ID=``, by contract, as of a date."""
    group = group_of(request, group_id, "enrollment.view_subenrollment")
    asked_for = request.GET.get("as_of", "")
    try:
        today = parse_day(asked_for) if asked_for else business_date()
        wrong = ""
    except WrongValue:
        today, wrong = business_date(), "Coverage date must be a date, such as 2027-06-30."
    divisions = list(GroupDivision.objects.filter(group_id=group.group_id).order_by("division_id"))
    scope = request.GET.get("division_ID") or None
    if scope is not None and scope not in [division.division_id for division in divisions]:
        raise Http404
    found = defaultdict(list)
    for contract in summarize_contracts(group.group_id, today, division_id=scope):
        found[contract.division_id].append(contract)
    shown = [division for division in divisions if scope in (None, division.division_id)]
    context = {
        "group": group,
        "all_divisions": divisions,
        "scope": scope,
        "as_of": today.isoformat(),
        "wrong": wrong,
        "people": summarize_group(group.group_id, today, division_id=scope),
        "divisions": [(division, found[division.division_id]) for division in shown],
        "pictures": urlencode({"as_of": today.isoformat(), **({"division_ID": scope} if scope else {})}),
    }
    return _render(request, "enrollment/summary.html", f"Enrollment of group {group.group_id}", context, 200)


def changes_csv(request: HttpRequest, process_key: int) -> StreamingHttpResponse:
    """Send every row that a process changed, and every family that it warned about, as CSV.

    The file leaves out tables that the user may not see.
    """
    user = request.user
    if not user.has_perm("enrollment.view_subenrollment"):
        raise PermissionDenied
    if not EnrollmentRun.objects.filter(process_key=process_key).exists():
        raise Http404
    seen = [table for table, model in models_by_table().items() if may_view(user, model)]
    changes = EnrollmentChange.objects.filter(process_key=process_key, table_name__in=seen).order_by("id")
    warnings = EnrollmentWarning.objects.filter(process_key=process_key).order_by("id")
    if not may_view(user, Member):
        warnings = warnings.filter(member_seq=None)
    export = begin_export(SubEnrollment, {"List": "Changes", "vbaProcess_Key": process_key, "Format": "csv"})
    # The rows are read after the request has ended, when a database is no longer chosen.
    database = databases.chosen()
    rows = chain(_change_lines(changes.using(database)), _warning_lines(warnings.using(database)))
    lines = csv_lines(_COLUMNS, rows, export.end)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="process-{process_key}-changes.csv"'
    return response


_COLUMNS = ("table", "row", "subscriber_ID", "member_Seq", "division_ID", "column", "before", "after")


def _change_lines(changes: "QuerySet[EnrollmentChange]") -> Iterator[Sequence[object]]:
    """Yield a line for each changed column."""
    for change in changes.iterator(chunk_size=_CHUNK):
        before = change.before or {}
        place = (change.table_name, change.row_key)
        family = (change.subscriber_id, change.member_seq, change.division_id)
        for column, after in change.after.items():
            yield *place, *family, column, before.get(column), after


def _warning_lines(warnings: "QuerySet[EnrollmentWarning]") -> Iterator[Sequence[object]]:
    """Yield a line for each family, member or enrollment with a warning; ``row`` is an enrollment's start."""
    for each in warnings.iterator(chunk_size=_CHUNK):
        family = (each.subscriber_id, each.member_seq, each.division_id)
        yield "warning", each.start_date, *family, None, None, each.text


def record_links(record: Table, user: User | AnonymousUser) -> Iterable[tuple[str, str]]:
    """Yield the links on the page of a group or a division."""
    if not isinstance(record, Group | GroupDivision):
        return
    named = {"division_ID": record.division_id} if isinstance(record, GroupDivision) else {}
    division = f"?{urlencode(named)}" if named else ""
    if user.has_perm("enrollment.view_subenrollment"):
        yield "Enrollment", reverse("enrollment_summary", args=[record.group_id]) + division
    if people_pages.may_list_people(user):
        people = People(record.group_id, getattr(record, "division_id", ""), today=business_date())
        yield "Enrolled people", people_pages.people_url(people)
    if user.has_perm(process_request.RIGHT):
        yield "Disenroll…", reverse("disenroll_group", args=[record.group_id]) + division
        yield "Reenroll…", reverse("reenroll_group", args=[record.group_id]) + division


def process_links(process: Table, user: User | AnonymousUser) -> Iterable[tuple[str, str]]:
    """Yield the links on the page of a disenrollment or reenrollment that has ended."""
    if not isinstance(process, VBAProcess):
        return
    run = EnrollmentRun.objects.filter(process_key=process.vbaprocess_key).first()
    if run is None:
        return
    if user.has_perm("enrollment.view_subenrollment"):
        yield "All changes (CSV)", reverse("process_changes", args=[run.process_key])
        if not run.covered:  # Otherwise the table of people covered before and after has these links.
            summary = reverse("enrollment_summary", args=[run.group_id])
            yield "Enrollment on the last day", f"{summary}?as_of={run.disenroll_date}"
            yield "Enrollment on the day after", f"{summary}?as_of={day_after(run.disenroll_date)}"
    if process.vbaprocess_type == DISENROLL and user.has_perm(process_request.RIGHT):
        yield "Undo…", f"{reverse('reenroll_group', args=[run.group_id])}?{urlencode(_undoing(run))}"


def _undoing(run: EnrollmentRun) -> dict[str, str]:
    """Return the initial values of the reenrollment form that undo a whole disenrollment."""
    changes = EnrollmentChange.objects.filter(process_key=run.process_key)
    return {
        "disenroll_Date": run.disenroll_date.isoformat(),
        **({"division_ID": run.division_id} if run.division_id else {}),
        **({"resetAuth": "on"} if changes.filter(table_name="auth").exists() else {}),
    }


def _render(
    request: HttpRequest, template: str, title: str, context: Mapping[str, object], status: int
) -> TemplateResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}, status=status
    )
