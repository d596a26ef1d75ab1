"""The pages that disenroll or reenroll one group or several: form, preview, confirmation, start."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from enrollment.engine.outcome import ProcessOutcome
from enrollment.pages.forms import DisenrollForm, ProcessForm
from enrollment.pages.problem_words import in_words
from enrollment.pages.reenroll_form import ReenrollForm
from enrollment.process_requests import process_request
from enrollment.process_requests.refusals import Refused
from groups.models import Group
from processes.models import VBAProcess
from tables.admin.links import Action

# If a process affects more people than this, the user types the group's ID to confirm.
MANY_PEOPLE = 1000
# The page previews at most this many groups while the user waits.
MOST_GROUPS = 50


@dataclass(frozen=True)
class Pages:
    """The two pages of a kind of process, by their URL names: for one group, and for several."""

    kind: process_request.ProcessKind
    form: type[ProcessForm]
    of_one: str
    of_several: str


DISENROLL = Pages(process_request.DISENROLL, DisenrollForm, "disenroll_group", "disenroll_groups")
REENROLL = Pages(process_request.REENROLL, ReenrollForm, "reenroll_group", "reenroll_groups")


@dataclass(frozen=True)
class Preview:
    """What would happen to one group, or why the group is refused. ``why`` has the reasons in words."""

    group: Group
    asked: process_request.ProcessRequest | None = None
    outcome: ProcessOutcome | None = None
    refused: Refused | None = None
    why: str = ""

    @property
    def people(self) -> int:
        """How many people are affected."""
        return max(self.outcome.totals.members, self.outcome.totals.subscribers) if self.outcome else 0


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        each
        for pages in (DISENROLL, REENROLL)
        for each in (
            path(
                f"{pages.kind.title.lower()}/<path:group_id>/",
                wrap(partial(_one_group, pages)),
                name=pages.of_one,
            ),
            path(
                f"{pages.kind.title.lower()}-groups/", wrap(partial(_several, pages)), name=pages.of_several
            ),
        )
    ]


def actions() -> list[Action]:
    """Return the actions for groups selected in their list."""
    return [
        Action(
            Group,
            pages.of_several,
            f"{pages.kind.title} groups…",
            process_request.RIGHT,
            partial(_act, pages),
        )
        for pages in (DISENROLL, REENROLL)
    ]


def group_of(request: HttpRequest, group_id: str, right: str) -> Group:
    """Return the group named in a URL, for a user who holds the right and may see groups.

    Raises PermissionDenied or Http404.
    """
    return _groups_of(request, [group_id], right)[0]


def _groups_of(request: HttpRequest, keys: Sequence[str], right: str) -> list[Group]:
    user = request.user
    if not (user.has_perm("groups.view_group") and user.has_perm(right)):
        raise PermissionDenied
    real = [key for key in keys if "\0" not in key]
    found = list(Group.objects.filter(group_id__in=real).order_by("group_id"))
    if not found:
        raise Http404
    return found


def _one_group(pages: Pages, request: HttpRequest, group_id: str) -> HttpResponse:
    return _page(request, pages, [group_of(request, group_id, process_request.RIGHT)])


def _several(pages: Pages, request: HttpRequest) -> HttpResponse:
    return _page(request, pages, _groups_of(request, request.POST.getlist("group"), process_request.RIGHT))


def _act(
    pages: Pages, table: admin.ModelAdmin, request: HttpRequest, selected: "QuerySet[Group]"
) -> HttpResponse | None:
    """Show the form for the groups selected in the list."""
    groups = list(selected.order_by("group_id")[: MOST_GROUPS + 1])
    if len(groups) > MOST_GROUPS:
        text = f"Select at most {MOST_GROUPS} groups. Each is previewed before anything starts."
        table.message_user(request, text, messages.ERROR)
        return None
    if len(groups) == 1:
        return HttpResponseRedirect(reverse(pages.of_one, args=[groups[0].group_id]))
    return _page(request, pages, groups)


def _page(request: HttpRequest, pages: Pages, groups: Sequence[Group]) -> HttpResponse:
    step = request.POST.get("step")
    form = pages.form(request.POST if step else None, groups=groups, initial=request.GET.dict())
    context: dict[str, object] = {}
    if step and form.is_valid():
        user = request.user.get_username()
        previews = _preview(pages, form, groups, user, only_check=step == "form")
        confirmation = _confirmation(request, previews)
        if confirmation["is_confirmed"]:
            previews, started = _start(form, previews)
            if started:
                return _show_started(request, previews, started)
        form.add_refusals({each.group.group_id: each.refused for each in previews if each.refused})
        if step != "form" and any(each.outcome for each in previews):
            context = confirmation | {"previews": previews}
    return _render(request, pages, groups, form, context)


def _render(
    request: HttpRequest, pages: Pages, groups: Sequence[Group], form: ProcessForm, context: dict[str, object]
) -> HttpResponse:
    one = groups[0] if len(groups) == 1 else None
    return TemplateResponse(
        request,
        "enrollment/process_form.html",
        {
            **admin.site.each_context(request),
            "title": f"{pages.kind.title} {f'group {one.group_id}' if one else f'{len(groups)} groups'}",
            "action": reverse(pages.of_one, args=[one.group_id]) if one else reverse(pages.of_several),
            "kind": pages.kind,
            "groups": groups,
            "group": one,
            "form": form,
            **context,
        },
        status=400 if form.errors else 200,
    )


def _preview(
    pages: Pages, form: ProcessForm, groups: Sequence[Group], user: str, *, only_check: bool
) -> list[Preview]:
    """Check the request for each group, and preview it unless ``only_check``."""
    previews = []
    for group in groups:
        try:
            asked = process_request.read_request(
                pages.kind, group.group_id, form.body(group.group_id), user=user
            )
        except Refused as refused:
            previews.append(_refusal(form, group, refused))
        else:
            previews.append(Preview(group, asked, None if only_check else asked.preview()))
    return previews


def _refusal(form: ProcessForm, group: Group, refused: Refused) -> Preview:
    why = " ".join(in_words(problem, form) for problem in refused.problems)
    return Preview(group, refused=refused, why=why)


def _confirmation(request: HttpRequest, previews: Sequence[Preview]) -> dict[str, Any]:
    """Return whether the previewed processes may start, and what the page says about that.

    Only what the user has previewed may start. If a field has changed since then, the page previews again.
    """
    bodies = [sorted(each.asked.body.sent.items()) for each in previews if each.asked]
    seen = hashlib.sha256(repr(bodies).encode()).hexdigest()
    starting = request.POST.get("step") == "start"
    changed = starting and request.POST.get("previewed") != seen
    people = sum(each.people for each in previews)
    to_type = previews[0].group.group_id if len(previews) == 1 else f"{len(bodies)} groups"
    wrongly_typed = people > MANY_PEOPLE and request.POST.get("typed_group", "").strip() != to_type
    return {
        "is_confirmed": starting and not changed and not wrongly_typed,
        "previewed": seen,
        "changed_since": changed,
        "must_type": people > MANY_PEOPLE,
        "to_type": to_type,
        "people": people,
        "wrongly_typed": starting and not changed and wrongly_typed,
    }


def _start(form: ProcessForm, previews: Sequence[Preview]) -> tuple[list[Preview], list[VBAProcess]]:
    """Start a process for each group that is not refused. Return the previews, with new refusals, and the
    processes."""
    after, started = [], []
    for each in previews:
        try:
            if each.asked:
                started.append(each.asked.start())
            after.append(each)
        except Refused as refused:
            after.append(_refusal(form, each.group, refused))
    return after, started


def _show_started(
    request: HttpRequest, previews: Sequence[Preview], started: Sequence[VBAProcess]
) -> HttpResponse:
    if len(previews) == 1:
        return HttpResponseRedirect(reverse("admin:processes_vbaprocess_watch", args=[started[0].pk]))
    messages.success(request, f"Started {len(started)} of {len(previews)} groups.")
    for each in previews:
        if each.refused:
            messages.warning(request, f"Group {each.group.group_id} was left out: {each.why}")
    return HttpResponseRedirect(reverse("admin:processes_vbaprocess_changelist"))
