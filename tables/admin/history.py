"""The history of a database in the admin: a read-only list with search and filters."""

from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.decorators import display

from tables.admin.moment_filter import MomentFilter
from tables.admin.read_only import ReadOnlyList, parts_of_key
from tables.history.models import HistoryEntry
from tables.history.reading import line_of, may_view, models_by_table
from tables.schema.registry import table_name

_CHANGES_SHOWN = 8


class TableFilter(admin.SimpleListFilter):
    """Entries of one table. It offers only tables that the user may see."""

    title, parameter_name = "table", "table"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            (table, table_name(model).replace("-", " ").capitalize())
            for table, model in models_by_table().items()
            if may_view(request.user, model)
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[HistoryEntry]") -> "QuerySet[HistoryEntry]":
        return queryset.filter(table_name=self.value()) if self.value() else queryset


def _changes_of(entry: HistoryEntry) -> str:
    """Show the first changed columns with old and new values, nothing for deleted records."""
    changes = [] if entry.action == HistoryEntry.DELETED else line_of(entry).changes
    if not changes:
        return "–"
    first = ((change.label, change.text) for change in changes[:_CHANGES_SHOWN])
    shown = format_html_join("; ", "{}: {}", first)
    return format_html("{}{}", shown, "; …" if len(changes) > _CHANGES_SHOWN else "")


@admin.register(HistoryEntry)
class HistoryEntryAdmin(ReadOnlyList, ModelAdmin):
    """Who changed what, when and from where, in the chosen database."""

    icon = "history"
    list_display = ("at", "actor", "source", "action", "record", "what_changed", "activity")
    list_filter = (TableFilter, "action", "source", ("at", MomentFilter))
    search_fields = ("actor",)
    search_help_text = "Search by a record's full key (parts separated by /), a user, or an activity"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[HistoryEntry]":
        """Return only the history of tables that the user may see."""
        seen = [table for table, model in models_by_table().items() if may_view(request.user, model)]
        return super().get_queryset(request).filter(table_name__in=seen)

    def found_by(self, term: str) -> Q:
        return Q(row_key=parts_of_key(term)) | Q(actor=term) | Q(activity=term)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Forbid filters on changes: they would reveal sensitive values piece by piece."""
        return not lookup.startswith("changes") and super().lookup_allowed(lookup, value, request)

    @display(description="Changes")  # type: ignore[untyped-decorator]
    def what_changed(self, entry: HistoryEntry) -> str:
        """Show what changed. Sensitive values are masked for everyone."""
        return _changes_of(entry)

    @display(description="Record")  # type: ignore[untyped-decorator]
    def record(self, entry: HistoryEntry) -> str:
        """Name the record, with a link to it in the list of its table."""
        model = models_by_table().get(entry.table_name)
        if model is None:
            return entry.table_name
        name = str(model._meta.verbose_name)
        if not entry.row_key:
            return name
        try:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        except NoReverseMatch:
            return f"{name} {' / '.join(entry.row_key)}"
        query = urlencode({f"{c}__exact": v for c, v in zip(model.key, entry.row_key, strict=False)})
        return format_html('<a href="{}?{}">{} {}</a>', url, query, name, " / ".join(entry.row_key))
