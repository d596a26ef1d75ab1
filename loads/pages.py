"""The pages of file loads: upload a file, preview it, validate it, load it, and see the result."""

from collections.abc import Mapping
from typing import IO, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from loads import running
from loads.file_preview import preview_for_page
from loads.files import download, notes_shown, problems_shown, template
from loads.forms import ReadingForm
from loads.links import may_load, may_see_sent
from loads.models import ERRORS, FILE, LOADED, REJECTS, SENT, FileLoad
from loads.running import KIND, NotReady, settle
from loads.storing import forget, forget_findings, forget_some_old, keep
from loads.uploads import TOO_LARGE
from processes.cancelling import NotUnfinished, cancel, run_of
from processes.starting import Unfinished
from tables.context import databases
from tables.schema.models import Table
from tables.schema.registry import UnknownTable, table_named

_LATEST = 10
_NOT_READY = "Nothing was started. The file is in progress, is already loaded, or must be validated first."


def urls() -> list[URLPattern]:
    """Return the URLs of these pages, below ``/admin/``."""
    wrap = admin.site.admin_view
    return [
        path("load/<slug:table>/", wrap(load_page), name="load_file"),
        path("load/<slug:table>/template.<slug:form>", wrap(template_file), name="load_template"),
        path("load/<slug:table>/<int:pk>/", wrap(one_page), name="load_one"),
        path("load/<slug:table>/<int:pk>/state/", wrap(state_part), name="load_state"),
        path("load/<slug:table>/<int:pk>/<slug:kind>", wrap(report_file), name="load_report"),
    ]


def load_page(request: HttpRequest, table: str) -> HttpResponse:
    """Take a file, and list earlier ones."""
    model = _model(request, table)
    if request.method == "POST":
        return _take(request, table, model)
    return _send_page(request, table, model)


def _send_page(request: HttpRequest, table: str, model: type[Table], wrong: str = "") -> HttpResponse:
    settle()
    context = {
        "latest": FileLoad.objects.filter(table_name=table).defer("shown", "notes")[:_LATEST],
        "most_bytes": settings.MAX_UPLOAD_BYTES,
        "days": settings.UPLOAD_DAYS,
        "wrong": wrong,
    }
    title = f"Load a file into {model._meta.verbose_name_plural}"
    return _render(request, "loads/send.html", title, table, model, context, 400 if wrong else 200)


def _take(request: HttpRequest, table: str, model: type[Table]) -> HttpResponse:
    """Store the uploaded file, and redirect to its page."""
    sent = request.FILES.get("file")
    if request.__dict__.get(TOO_LARGE):
        most = f"The file is larger than {settings.MAX_UPLOAD_BYTES:,} bytes."
        return _send_page(request, table, model, f"{most} Compress it with gzip, or upload it in parts.")
    if sent is None or not sent.size:
        text = "The file is empty." if sent is not None else "Choose a file first."
        return _send_page(request, table, model, text)
    with transaction.atomic(using=databases.chosen()):
        file = FileLoad.objects.create(
            table_name=table,
            file_name=(sent.name or "file").replace("\0", "")[-255:],
            file_bytes=sent.size,
            sent_by=request.user.get_username(),
        )
        keep(file, FILE, cast(IO[bytes], sent.file))
    forget_some_old()
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        # The page's script follows this header. After a redirect, it would load a page that no one sees.
        return HttpResponse(status=201, headers={"Location": _to(file).url})
    return _to(file)


def one_page(request: HttpRequest, table: str, pk: int) -> HttpResponse:
    """Show a file with its preview, errors and result, and do the next step."""
    model, file = _file(request, table, pk)
    if request.method == "POST":
        return _step(request, file)
    return _one_page(request, table, model, file, ReadingForm(instance=file))


def _one_page(
    request: HttpRequest, table: str, model: type[Table], file: FileLoad, form: ReadingForm
) -> HttpResponse:
    sees_all = may_see_sent(request.user, model, file)
    problems = problems_shown(file, sees_all=sees_all)
    notes = notes_shown(file, sees_all=sees_all)
    context = {**_state(request, file), "form": form, "problems": problems, "notes": notes}
    if not (file.is_running or file.forgotten or file.state == LOADED):
        context["preview"] = preview_for_page(model, file, sees_all=sees_all)
    title = f"{file.file_name} for {model._meta.verbose_name_plural}"
    return _render(request, "loads/one.html", title, table, model, context)


def _step(request: HttpRequest, file: FileLoad) -> HttpResponse:
    step = request.POST.get("step")
    if step in ("check", "load"):
        _begin(request, file, dry_run=step == "check")
    elif step == "cancel" and file.process_key is not None:
        try:
            cancel(file.process_key, KIND)
            messages.success(request, "Cancellation requested. No rows from this file will be saved.")
        except NotUnfinished:
            messages.warning(request, "The process has already ended.")
    elif step in ("read", "forget"):
        with transaction.atomic(using=databases.chosen()):
            # Read again and locked: another user may have started to validate or load it.
            _change(request, FileLoad.objects.select_for_update().get(pk=file.pk), step)
    return _to(file)


def _change(request: HttpRequest, file: FileLoad, step: str) -> None:
    if file.is_running:
        messages.warning(request, _NOT_READY)
    elif step == "read":
        _store_options(request, file)
    else:
        forget(file)
        messages.success(request, "Deleted the file and its reports. The rows it loaded stay.")


def _begin(request: HttpRequest, file: FileLoad, *, dry_run: bool) -> None:
    try:
        running.begin(file.pk, dry_run=dry_run, user=request.user.get_username())
    except NotReady:
        messages.warning(request, _NOT_READY)
    except Unfinished as error:
        messages.warning(
            request,
            f"Another file is being validated or loaded for {file.table_name} (process {error.process_key})."
            " Your file is saved. Try again when that process has ended.",
        )


def _store_options(request: HttpRequest, file: FileLoad) -> None:
    """Store the import options. Results found with other options no longer count."""
    if file.state == LOADED or file.forgotten:
        messages.warning(request, _NOT_READY)
        return
    form = ReadingForm(request.POST, instance=file)
    if form.is_valid():
        file.state, file.problem = SENT, ""
        forget_findings(file)
        form.save()
    else:
        messages.error(request, "Choose the import options from the lists.")


def state_part(request: HttpRequest, table: str, pk: int) -> HttpResponse:
    """Return the part of the page that changes while a process works on the file."""
    file = _file(request, table, pk)[1]
    return TemplateResponse(request, "loads/state.html", _state(request, file))


def _state(request: HttpRequest, file: FileLoad) -> dict[str, object]:
    run = run_of(file.process_key, KIND) if file.is_running and file.process_key is not None else None
    return {
        "file": file,
        "run": run,
        "percent": min(100, 100 * run.done // run.total) if run and run.total else None,
        "sees_processes": request.user.has_perm("processes.view_vbaprocess"),
    }


def report_file(request: HttpRequest, table: str, pk: int, kind: str) -> HttpResponseBase:
    """Send the errors, or the rejected rows as they were read."""
    model, file = _file(request, table, pk)
    if kind not in (ERRORS, REJECTS) or file.forgotten or not file.rows_refused:
        raise Http404
    return download(request, model, file, kind)


def template_file(request: HttpRequest, table: str, form: str) -> HttpResponse:
    """Send a file with the names of all columns, and no rows."""
    return template(_model(request, table), form)


def _model(request: HttpRequest, table: str) -> type[Table]:
    try:
        model = table_named(table)
    except UnknownTable:
        raise Http404 from None
    if not may_load(request, model):
        raise PermissionDenied
    return model


def _file(request: HttpRequest, table: str, pk: int) -> tuple[type[Table], FileLoad]:
    model = _model(request, table)
    settle()
    file = FileLoad.objects.filter(pk=pk, table_name=table).first()
    if file is None:
        raise Http404
    return model, file


def _to(file: FileLoad) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("load_one", args=[file.table_name, file.pk]))


def _render(
    request: HttpRequest,
    page: str,
    title: str,
    table: str,
    model: type[Table],
    context: Mapping[str, object],
    status: int = 200,
) -> TemplateResponse:
    meta = model._meta
    common = {
        **admin.site.each_context(request),
        "title": title,
        "opts": meta,
        "table": table,
        "rows": meta.verbose_name_plural,
        "list_url": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
        "database": databases.chosen(),
    }
    return TemplateResponse(request, page, {**common, **context}, status=status)
