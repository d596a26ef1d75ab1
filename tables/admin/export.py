"""Exporting a list of the admin, with its filters, search and order, to csv, xlsx or JSON."""

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from tables.admin.base import TableModelAdmin
from tables.context import databases
from tables.context.requests import note
from tables.files.exporting import TYPES, ExportStream
from tables.files.file_problem import FileProblem
from tables.files.source import Format
from tables.files.xlsx.writer import MOST_ROWS
from tables.history.recording import begin_export
from tables.schema import sensitive
from tables.schema.column import Column
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.schema.registry import table_name

_FORMATS = {each.value: each for each in TYPES}
# Marks a request for the whole list: no page of it is read, and nothing is counted.
WHOLE = "_list_as_a_whole"


class ExportMixin(TableModelAdmin):
    """Gives the list of a TableAdmin the URL ``export/csv/``, and links to it."""

    def get_urls(self) -> list[URLPattern]:
        """Add the URL of exports."""
        view = self.admin_site.admin_view(self.export_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/<str:form>/", view, name=name), *super().get_urls()]

    def columns_to_export(self, request: HttpRequest) -> list[Column]:
        """Return the columns that this user may export. Sensitive columns that the user may not see are left
        out. Loading the file again does not change them, because a file changes only the columns it has."""
        user = request.user
        return [each for each in columns(self.model) if not each.permission or user.has_perm(each.permission)]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
        """Send the list as a file, row by row, and record who exported what."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        format = _FORMATS.get(form)
        if format is None or request.method != "GET":
            raise Http404
        request.__dict__[WHOLE] = True
        the_list = HttpResponseRedirect(f"../../?{request.GET.urlencode()}")
        try:
            queryset = self.get_changelist_instance(request).queryset
            if format is Format.XLSX and queryset.count() > MOST_ROWS:
                messages.error(
                    request,
                    f"A workbook holds at most {MOST_ROWS:,} rows. Filter the list, or export CSV or JSON.",
                )
                return the_list
            begun = self._begin(request, queryset, format)
        except (IncorrectLookupParameters, DataError):
            return the_list  # The list page says what is wrong with its filters.
        except FileProblem as problem:
            messages.error(request, f"The export failed: {problem.text}")
            return the_list
        response = StreamingHttpResponse(begun, content_type=TYPES[format])
        stamp = timezone.localtime().strftime("%Y-%m-%d-%H%M")
        name = f"{databases.chosen()}-{table_name(self.model)}-{stamp}.{format.value}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        note(export=format.value)
        return response

    def _begin(self, request: HttpRequest, queryset: "QuerySet[Table]", format: Format) -> "_Begun":
        listed = queryset.using(databases.chosen())
        chosen = self.columns_to_export(request)
        sensitive.record_queryset(listed, chosen)
        recorded = begin_export(self.model, self._facts(request, format))
        return _Begun(ExportStream(listed, chosen, format, recorded.end).pieces())

    def _facts(self, request: HttpRequest, format: Format) -> dict[str, str]:
        shown = "&".join(f"{name}={value}" for name, value in request.GET.items() if value)
        return {"Format": format.value, "List": shown.replace("\0", "") or "all"}


class _Begun:
    """The pieces of the file. The first is made at once, so that the page can report an early failure."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._first = next(pieces)

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._pieces

    def close(self) -> None:
        """End the export, even early: the reader may have gone away."""
        self._pieces.close()  # type: ignore[attr-defined]
