"""The list of all file loads of the chosen database, for users who may load into their tables."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display

from loads.links import loadable
from loads.models import CANCELLED, FAILED, LOADED, FileLoad
from loads.recent_loads import RecentLoadsFilter, as_csv
from loads.running import settle
from loads.storing import forget_some_old
from tables.context import databases

_COLORS = {LOADED: "success", FAILED: "danger", CANCELLED: "warning"}


class LoadedTableFilter(admin.SimpleListFilter):
    """Filter by table, among the tables that the user may load into."""

    title, parameter_name = "table", "table"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(name, name.replace("-", " ").capitalize()) for name in loadable(request)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[FileLoad]") -> "QuerySet[FileLoad]":
        return queryset.filter(table_name=self.value()) if self.value() else queryset


@admin.register(FileLoad)
class FileLoadAdmin(ModelAdmin):
    """Who loaded what, when, and with which result; read-only."""

    icon = "upload_file"
    list_display = (
        "file",
        "table_name",
        "sent_by",
        "sent_at",
        "result",
        "rows_read",
        "rows_refused",
        "asked_by",
        "ended_at",
    )
    list_display_links = None
    list_filter = (RecentLoadsFilter, LoadedTableFilter, "state")
    list_before_template = "loads/list_tools.html"
    search_fields = ("file_name__icontains", "sent_by__exact")
    search_help_text = "Search by file name or user name"
    list_per_page = 50
    # The page of a file shows its errors, as far as the user may see them.
    exclude = ("shown",)
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FileLoad]":
        """Return the files of tables that the user may load into."""
        loads: QuerySet[FileLoad] = super().get_queryset(request)
        return loads.filter(table_name__in=loadable(request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the list with up-to-date results."""
        if self.has_view_permission(request):
            settle()
            forget_some_old()
        page: HttpResponse = super().changelist_view(request, extra_context)
        return page

    def get_urls(self) -> list[URLPattern]:
        """Add the URL of the list as CSV."""
        view = self.admin_site.admin_view(self.csv_view)
        return [path("export/csv/", view, name="loads_fileload_export"), *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the list, with its filters and search, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            listed = self.get_changelist_instance(request).queryset.using(databases.chosen())
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../../?e=1")
        response = StreamingHttpResponse(as_csv(listed), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="file-loads.csv"'
        return response

    @display(description="File", ordering="-id")  # type: ignore[untyped-decorator]
    def file(self, load: FileLoad) -> str:
        """Return the file name with a link to its page."""
        url = reverse("load_one", args=[load.table_name, load.pk])
        return format_html('<a class="vba-link" href="{}">{}</a>', url, load.file_name)

    @display(description="Result", ordering="state", label=_COLORS)  # type: ignore[untyped-decorator]
    def result(self, load: FileLoad) -> tuple[str, str]:
        """Return the state and its label."""
        return load.state, load.get_state_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FileLoad | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FileLoad | None = None) -> bool:
        return False
