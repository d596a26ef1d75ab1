"""The access log in the back office: a list to be searched and filtered, for superusers, and only read."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from access.access_log import AccessEntry
from access.admin_base import SuperusersOnly
from tables.admin.read_only import ReadOnlyList, parts_of_key
from tables.context import databases


class DatabaseFilter(admin.SimpleListFilter):
    """Entries of one target database."""

    title, parameter_name = "database", "database"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, name) for name in databases.names()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[AccessEntry]") -> "QuerySet[AccessEntry]":
        return queryset.filter(database=self.value()) if self.value() else queryset


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyList, SuperusersOnly, ModelAdmin):
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
    list_filter = ("kind", "source", DatabaseFilter, ("at", RangeDateTimeFilter))
    search_fields = ("username",)
    search_help_text = (
        "Search a user, an API key, an address, a record's whole key (parts with / between), or an activity"
    )

    def found_by(self, term: str) -> Q:
        named = Q(username=term) | Q(api_key=term) | Q(address=term) | Q(activity=term)
        return named | Q(row_key=parts_of_key(term))

    @display(description="Request")  # type: ignore[untyped-decorator]
    def request_line(self, entry: AccessEntry) -> str:
        """The method and the route, in which names stand for keys."""
        return f"{entry.method} {entry.route}".strip()

    @display(description="Key")  # type: ignore[untyped-decorator]
    def key(self, entry: AccessEntry) -> str:
        """The key of the record, if it was one."""
        return " / ".join(entry.row_key)
