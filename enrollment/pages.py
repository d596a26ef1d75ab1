"""The pages of disenroll and reenroll: form, preview, confirmation, changes as csv, and the way to undo them.
And the enrollment summary of a group and its divisions."""

import csv
import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from enrollment import asking
from enrollment.engine.outcome import Outcome
from enrollment.engine.summary import summarize_contracts, summarize_group
from enrollment.forms import DisenrollForm, ProcessForm, ReenrollForm
from enrollment.models import EnrollmentChange, EnrollmentRun
from enrollment.process_api import business_date
from enrollment.refusals import Refused
from enrollment.runs import DISENROLL
from groups.models import Group, GroupDivision
from processes.models import VBAProcess
from tables.records import WrongValue, parse_day
from vbaadmin import databases

# Above so many people the group's ID must be typed before a process is started.
MANY_PEOPLE = 1000
_CHUNK = 2000


def urls() -> list[URLPattern]:
    """Return the addresses of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        path("disenroll/<path:group_id>/", wrap(disenroll_page), name="disenroll_group"),
        path("reenroll/<path:group_id>/", wrap(reenroll_page), name="reenroll_group"),
        path("enrollment-summary/<path:group_id>/", wrap(summary_page), name="enrollment_summary"),
        path("process-changes/<int:process_key>.csv", wrap(changes_csv), name="process_changes"),
    ]


def disenroll_page(request: HttpRequest, group_id: str) -> HttpResponse:
    """End a group's cover: form, then preview, then start."""
    return _page(request, group_id, asking.DISENROLL, DisenrollForm)


def reenroll_page(request: HttpRequest, group_id: str) -> HttpResponse:
    """Bring a group's cover back: form, then preview, then start."""
    return _page(request, group_id, asking.REENROLL, ReenrollForm)


def _page(
    request: HttpRequest, group_id: str, kind: asking.Kind, form_class: type[ProcessForm]
) -> HttpResponse:
    group = _group(request, group_id, asking.RIGHT)
    form = form_class(request.POST or None, group=group, initial=request.GET.dict())
    context: dict[str, Any] = {"form": form, "group": group, "kind": kind, "many": MANY_PEOPLE}
    if request.method == "POST" and form.is_valid():
        try:
            asked = asking.ask(kind, group.group_id, form.body(request.user.get_username()))
            step = request.POST.get("step")
            if step != "form":
                outcome = asked.preview()
                # What is started is what was previewed: a field changed since then leads to a new preview.
                seen = hashlib.sha256(repr(sorted(asked.body.sent.items())).encode()).hexdigest()
                again = step == "start" and request.POST.get("previewed") != seen
                if step == "start" and not again and _is_confirmed(request, group, outcome):
                    process = asked.start()
                    return HttpResponseRedirect(
                        reverse("admin:processes_vbaprocess_watch", args=[process.pk])
                    )
                context |= _preview_context(outcome, wrongly_typed=step == "start" and not again)
                context |= {"previewed": seen, "changed_since": again}
        except Refused as refused:
            form.add_refusal(refused)
    status = 200 if not form.errors else 400
    title = f"{kind.title} group {group.group_id}"
    return _render(request, "enrollment/process_form.html", title, context, status)


def _is_confirmed(request: HttpRequest, group: Any, outcome: Outcome) -> bool:
    many = _people(outcome) > MANY_PEOPLE
    return not many or request.POST.get("typed_group", "") == group.group_id


def _people(outcome: Outcome) -> int:
    return max(outcome.totals.members, outcome.totals.subscribers)


def _preview_context(outcome: Outcome, *, wrongly_typed: bool) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "must_type": _people(outcome) > MANY_PEOPLE,
        "people": _people(outcome),
        "wrongly_typed": wrongly_typed,
    }


def summary_page(request: HttpRequest, group_id: str) -> HttpResponse:
    """Show who is covered in a group, and in each contract of its divisions, as of any date."""
    group = _group(request, group_id, "enrollment.view_subenrollment")
    asked_for = request.GET.get("as_of", "")
    try:
        today = parse_day(asked_for) if asked_for else business_date()
        wrong = ""
    except WrongValue:
        today, wrong = business_date(), "The date must look like 2027-06-30."
    found = defaultdict(list)
    for contract in summarize_contracts(group.group_id, today):
        found[contract.division_id].append(contract)
    divisions = GroupDivision.objects.filter(group_id=group.group_id).order_by("division_id")
    context = {
        "group": group,
        "as_of": today.isoformat(),
        "wrong": wrong,
        "people": summarize_group(group.group_id, today),
        "divisions": [(division, found[division.division_id]) for division in divisions],
    }
    return _render(request, "enrollment/summary.html", f"Enrollment of group {group.group_id}", context, 200)


def changes_csv(request: HttpRequest, process_key: int) -> StreamingHttpResponse:
    """Send every row that a process has changed as csv, row by row."""
    user: Any = request.user
    if not user.has_perm("enrollment.view_subenrollment"):
        raise PermissionDenied
    run = EnrollmentRun.objects.filter(process_key=process_key).first()
    if run is None:
        raise Http404
    changes = EnrollmentChange.objects.filter(process_key=process_key).order_by("id")
    # It is read when the request is over, and no database is chosen any more.
    response = StreamingHttpResponse(
        _csv_lines(changes.using(databases.chosen())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="process-{process_key}-changes.csv"'
    return response


class _Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(changes: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield str(
        writer.writerow(
            ["table", "row", "subscriber_ID", "member_Seq", "division_ID", "column", "before", "after"]
        )
    )
    for change in changes.iterator(chunk_size=_CHUNK):
        before = change.before or {}
        for column, after in change.after.items():
            key = (
                change.table_name,
                change.row_key,
                change.subscriber_id,
                change.member_seq,
                change.division_id,
            )
            yield str(writer.writerow([*key, column, before.get(column), after]))


def record_links(record: Any, user: Any) -> Iterable[tuple[str, str]]:
    """Return what can be done with a group or a division from its page."""
    if not isinstance(record, Group | GroupDivision):
        return
    division = f"?division_ID={record.division_id}" if isinstance(record, GroupDivision) else ""
    if user.has_perm("enrollment.view_subenrollment"):
        yield "Enrollment", reverse("enrollment_summary", args=[record.group_id])
    if user.has_perm(asking.RIGHT):
        yield "Disenroll…", reverse("disenroll_group", args=[record.group_id]) + division
        yield "Reenroll…", reverse("reenroll_group", args=[record.group_id]) + division


def process_links(process: Any, user: Any) -> Iterable[tuple[str, str]]:
    """Return where to go on from the page of a disenroll or reenroll that has ended."""
    if not isinstance(process, VBAProcess):
        return
    run = EnrollmentRun.objects.filter(process_key=process.vbaprocess_key).first()
    if run is None:
        return
    if user.has_perm("enrollment.view_subenrollment"):
        yield "All changes (CSV)", reverse("process_changes", args=[run.process_key])
        summary = reverse("enrollment_summary", args=[run.group_id])
        yield "Enrollment on the last day", f"{summary}?as_of={run.disenroll_date}"
        yield "On the day after", f"{summary}?as_of={run.disenroll_date + datetime.timedelta(days=1)}"
    if process.vbaprocess_type == DISENROLL and user.has_perm(asking.RIGHT):
        division = f"&division_ID={run.division_id}" if run.division_id else ""
        undo = reverse("reenroll_group", args=[run.group_id])
        yield "Undo…", f"{undo}?disenroll_Date={run.disenroll_date}{division}"


def _group(request: HttpRequest, group_id: str, right: str) -> Any:
    user: Any = request.user
    if not (user.has_perm("groups.view_group") and user.has_perm(right)):
        raise PermissionDenied
    group = Group.objects.filter(group_id=group_id).first() if "\0" not in group_id else None
    if group is None:
        raise Http404
    return group


def _render(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int
) -> TemplateResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}, status=status
    )
