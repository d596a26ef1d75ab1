"""The access log in the back office: a list to be searched and filtered, for superusers, and only read."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from access.access_log import AccessEntry
from access.admin_base import SuperusersOnly
from tables.admin.history import BoundedPaginator
from tables.context import databases


class DatabaseFilter(admin.SimpleListFilter):
    """Entries of one target database."""

    title, parameter_name = "database", "database"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in databases.names()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(database=self.value()) if self.value() else queryset


@admin.register(AccessEntry)
class AccessEntryAdmin(SuperusersOnly, ModelAdmin):
    """Who has seen what, when and from where, in all databases."""

    list_display = (
        "at",
        "username",
        "api_key",
        "kind",
        "address",
        "request_line",
        "database",
        "table_name",
        "key",
        "values",
        "activity",
    )
    list_display_links = None
    list_filter = ("kind", "source", DatabaseFilter, ("at", RangeDateTimeFilter))
    list_filter_submit = True
    search_fields = ("username",)
    search_help_text = (
        "Search a user, an API key, an address, a record's whole key (parts with / between), or an activity"
    )
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    ordering = ("-at", "-id")
    sortable_by = ()
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Find by whole values alone."""
        term = search_term.strip()
        if not term:
            return queryset, False
        named = Q(username=term) | Q(api_key=term) | Q(address=term) | Q(activity=term)
        return queryset.filter(named | Q(row_key=[part.strip() for part in term.split("/")])), False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is no page of one entry: the list shows all of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:access_accessentry_changelist"))

    history_view = change_view

    @display(description="Request")  # type: ignore[untyped-decorator]
    def request_line(self, entry: AccessEntry) -> str:
        """The method and the route, in which names stand for keys."""
        return f"{entry.method} {entry.route}".strip()

    @display(description="Key")  # type: ignore[untyped-decorator]
    def key(self, entry: AccessEntry) -> str:
        """The key of the record, if it was one."""
        return " / ".join(entry.row_key)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
