"""The admin page of the access log: superusers search and filter it, and no one edits it."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from access.access_log import AccessEntry
from access.admin_base import SuperusersOnly
from tables.admin.moment_filter import MomentFilter
from tables.admin.read_only import ReadOnlyList, parts_of_key
from tables.context import databases


class DatabaseFilter(admin.SimpleListFilter):
    """Narrow the list to one target database."""

    title, parameter_name = "database", "database"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, name) for name in databases.names()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[AccessEntry]") -> "QuerySet[AccessEntry]":
        return queryset.filter(database=self.value()) if self.value() else queryset


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyList, SuperusersOnly, ModelAdmin):
    """Show who saw what, when and from where, in all databases."""

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
    list_filter = ("kind", "source", DatabaseFilter, ("at", MomentFilter))
    search_fields = ("username",)
    search_help_text = (
        "Search by user, API key, address, full record key (parts separated by /) or activity ID"
    )

    def found_by(self, term: str) -> Q:
        named = Q(username=term) | Q(api_key=term) | Q(address=term) | Q(activity=term)
        return named | Q(row_key=parts_of_key(term))

    @display(description="Request")  # type: ignore[untyped-decorator]
    def request_line(self, entry: AccessEntry) -> str:
        """Return the method and the route, which has names in place of keys."""
        return f"{entry.method} {entry.route}".strip()

    @display(description="Key")  # type: ignore[untyped-decorator]
    def key(self, entry: AccessEntry) -> str:
        """Return the key of the record, if the entry is about a single one."""
        return " / ".join(entry.row_key)
