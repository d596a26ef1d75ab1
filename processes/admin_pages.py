"""The page of a process that the worker runs: its state, its log, and a button to cancel it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import DropdownFilter

from processes.cancelling import NotUnfinished, cancel, run_of
from processes.models import VBAProcess
from processes.page_parts import parts_of
from processes.process_run import ENDED, FAILED, QUEUED, RUNNING, ProcessRun
from tables.admin.links import links_of
from tables.admin.sensitive import as_get
from tables.schema.models import Table

_LINES_SHOWN = 200
_PROBLEMS_SHOWN = 20


class StateFilter(DropdownFilter):
    """Processes of the worker by state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(QUEUED, "Waiting to start"), (RUNNING, "Running"), (ENDED, "Ended"), ("failed", "Failed")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[VBAProcess]") -> "QuerySet[VBAProcess]":
        value = self.value()
        conditions = {
            "failed": Q(result=FAILED),
            **{state: Q(state=state) for state in (QUEUED, RUNNING, ENDED)},
        }
        if value not in conditions:
            return queryset
        same = {name: OuterRef(name) for name in VBAProcess.key}
        return queryset.filter(Exists(ProcessRun.objects.filter(conditions[value], **same)))


class ProcessPagesMixin:
    """Adds these pages to the admin of processes. Users can neither edit nor delete what the worker runs."""

    model: Any
    admin_site: admin.AdminSite

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of a process's page."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/watch/", wrap(self.watch), name="processes_vbaprocess_watch"),
            path("<int:pk>/watch/state/", wrap(self.watch_state), name="processes_vbaprocess_state"),
            path("<int:pk>/watch/cancel/", wrap(self.cancel_process), name="processes_vbaprocess_cancel"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Show a process of the worker on its own page."""
        # Only read the record: locking it for a change needs a transaction, which begins later.
        process = self.get_object(as_get(request), object_id)  # type: ignore[attr-defined]
        if process is not None and run_of(*process.key_values()) is not None:
            return HttpResponseRedirect(reverse("admin:processes_vbaprocess_watch", args=[process.pk]))
        return super().change_view(request, object_id, *args, **kwargs)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Table | None = None) -> bool:
        """Refuse to delete a process of the worker. REST deletes it once it has ended."""
        if isinstance(obj, VBAProcess) and run_of(*obj.key_values()) is not None:
            return False
        return bool(super().has_delete_permission(request, obj))  # type: ignore[misc]

    def watch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the state of a process; the page updates itself."""
        process = self._process(request, pk)
        context = {
            **self._context(request, process),
            **self.admin_site.each_context(request),
            "title": f"Process {process.vbaprocess_key}",
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "processes/watch.html", context)

    def watch_state(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the part of the page that changes, as HTML."""
        return TemplateResponse(
            request, "processes/state.html", self._context(request, self._process(request, pk))
        )

    def cancel_process(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel the process, then go back to its page."""
        process = self._process(request, pk)
        if request.method != "POST" or not self._may_cancel(request):
            raise PermissionDenied
        try:
            ended = cancel(*process.key_values())
            text = "The process is canceled." if ended else "Cancellation requested. The process stops soon."
            messages.success(request, text)
        except NotUnfinished:
            messages.warning(request, "The process had already ended.")
        return HttpResponseRedirect(reverse("admin:processes_vbaprocess_watch", args=[pk]))

    def _may_cancel(self, request: HttpRequest) -> bool:
        return bool(self.has_change_permission(request))  # type: ignore[attr-defined]

    def _process(self, request: HttpRequest, pk: int) -> VBAProcess:
        process: VBAProcess | None = VBAProcess.objects.filter(pk=pk).first()
        if not self.has_view_permission(request, process):  # type: ignore[attr-defined]
            raise PermissionDenied
        if process is None:
            raise Http404
        return process

    def _context(self, request: HttpRequest, process: VBAProcess) -> dict[str, object]:
        run = run_of(*process.key_values())
        if run is None:
            raise Http404
        may = request.user.has_perm
        ended = run.state == ENDED
        log = process.logs.order_by("vbaprocesslog_key")
        log = log if may("processes.view_vbaprocesslog") else log.none()
        lines = log.count()
        return {
            "process": process,
            "run": run,
            "percent": min(100, 100 * run.done // run.total) if run.total else None,
            "problems": log.filter(log_type__in=("WARNING", "ERROR"))[:_PROBLEMS_SHOWN],
            "lines": log[max(0, lines - _LINES_SHOWN) :],
            "lines_before": max(0, lines - _LINES_SHOWN),
            "links": links_of(process, request.user) if ended else [],
            "parts": parts_of(process, request.user) if ended else [],
            "parameters": process.parameters.all() if may("processes.view_vbaprocessparameter") else (),
            "may_cancel": not ended and self._may_cancel(request),
        }
