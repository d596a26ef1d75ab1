"""TableAdmin: the admin pages of a mirrored table, derived from its model.

The admin of one table is a few attributes: ``list_display``, and optionally ``list_under_parent``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db import DatabaseError, DataError
from django.db.models import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.utils import display_for_label

from tables.admin.base import Context, Listed
from tables.admin.column_field import ColumnField
from tables.admin.data_checks import doubts_about
from tables.admin.deleting import DeletingMixin
from tables.admin.editing import EditingMixin
from tables.admin.export import ExportMixin
from tables.admin.filters import ENDS_ON, cover_status, filters_for
from tables.admin.forms import TableForm
from tables.admin.links import actions_of, links_of, list_links_of, panels_of
from tables.admin.lists import TableChangeList, TablePaginator
from tables.admin.pages import STAMPS, cells_with_errors, panels
from tables.admin.parents import ParentsMixin, carried_key, links_to
from tables.admin.related import (
    lineage,
    missing_parents,
    related_lists,
)
from tables.admin.saving import SavingMixin
from tables.admin.sensitive import SensitiveMixin
from tables.admin.timeline import TimelineMixin
from tables.schema.column import Column, Kind
from tables.schema.columns import by_any_name, key_columns, sections, stamps
from tables.schema.models import Table
from tables.write.owners import hold_owners_of, owner_column

_BADGES = {"active": "success", "ends": "warning", "disenrolled": "danger"}


class TableAdmin(
    ExportMixin,
    TimelineMixin,
    SensitiveMixin,
    EditingMixin,
    DeletingMixin,
    ParentsMixin,
    SavingMixin,
    ModelAdmin,
):
    """List, change, add and delete pages of one table."""

    model: type[Table]
    list_display: tuple[str, ...]
    # The columns that a parent's page lists. The default is ``list_display`` without the parent's key.
    list_under_parent: ClassVar[Sequence[str]] = ()

    # A name of Google's Material Symbols, for the sidebar.
    icon: ClassVar[str] = "table_rows"
    # Whether the list offers to upload a file.
    takes_files: ClassVar[bool] = True

    form = TableForm
    actions = ["edit_columns", "delete_selected"]
    change_form_template = "tables/change_form.html"
    list_before_template = "tables/list_heading.html"
    list_per_page = 50
    paginator = TablePaginator
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    compressed_fields = False
    warn_unsaved_form = True

    # --- list ---

    @display(  # type: ignore[untyped-decorator]
        description="Status",
        ordering=ENDS_ON,
        label=_BADGES,
    )
    def status(self, record: Table) -> tuple[str, str]:
        """Show whether the record is active, ends on a future day, or has ended."""
        return cover_status(getattr(record, ENDS_ON))

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[TableChangeList]:
        return TableChangeList

    def get_list_display_links(self, request: HttpRequest, list_display: Sequence[Listed]) -> list[Listed]:
        return [self.model.key[-1]]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return self.list_filter or filters_for(self.model, self.columns_listed(request))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_actions(request), **actions_of(self.model, request.user)}

    def get_search_fields(self, request: HttpRequest) -> list[str] | tuple[str, ...]:
        if self.search_fields:
            return self.search_fields
        columns = by_any_name(self.model)
        named = dict.fromkeys([*self.model.key, *self.columns_listed(request)])
        return [name for name in named if name in columns and columns[name].kind is Kind.TEXT]

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        carried = carried_key(self.model, request.GET)
        context = {
            "lineage": links_to(lineage(self.model, carried)) if carried else [],
            "list_links": list_links_of(self, request),
            **(extra_context or {}),
        }
        try:
            return super().changelist_view(request, context)
        except DataError:  # Such as a NUL character, or a number too large for the column.
            if request.method != "GET" or "e" in request.GET:
                raise
            messages.warning(request, "The list cannot be filtered by this value. It shows all rows.")
            return HttpResponseRedirect(request.path)

    def columns_listed(self, request: HttpRequest) -> list[str]:
        """Return the names of the columns that the list shows this user."""
        return [name for name in self.get_list_display(request) if isinstance(name, str)]

    def columns_under_parent(self, parent: type[Table]) -> list[str]:
        """Return the columns of this table that the page of a ``parent`` record lists."""
        return list(self.list_under_parent) or [name for name in self.list_display if name not in parent.key]

    # --- change page ---

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return one fieldset (a tab) for each section, the key first. Only stored records have stamps."""
        fieldsets = []
        first: tuple[Column, ...] = key_columns(self.model)
        for title, columns in sections(self.model).items():
            names = [column.db for column in (*first, *(column for column in columns if not column.is_key))]
            first = ()
            if names and (obj is not None or title != STAMPS):
                fieldsets.append((title, {"fields": names, "classes": ["tab"]}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Table | None = None) -> list[str]:
        """Return the stamps, which the server fills, and a stored record's key, which never changes."""
        return [*(self.model.key if obj is not None else ()), *(column.db for column in stamps(self.model))]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: object) -> ColumnField:
        return ColumnField(by_any_name(self.model)[str(db_field.column)])

    def get_form(
        self, request: HttpRequest, obj: Table | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            for name, value in self.fixed_by_parents(request).items():
                form.base_fields[name].disabled = True
                form.base_fields[name].initial = value
            return form
        for name in form.base_fields.keys() & set(self.hidden_columns(request, obj)):
            field: Any = form.base_fields[name]
            field.masked = field.disabled = True
        return form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Table | None:
        record = None if "\0" in object_id else super().get_object(request, object_id, from_field)
        if record is None or request.method != "POST":
            return record
        found = self.get_queryset(request).filter(pk=record.pk)
        if self.model.owner:
            hold_owners_of(found, named=[request.POST.get(owner_column(self.model))])
        # Lock the row, so that no one changes it between the comparison with the form and the update.
        return found.select_for_update().first()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DatabaseError:
            if request.method != "POST":
                raise
        # Someone else wrote between checking and saving. The checks now see it and report it in the form.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Table | None = None,
    ) -> HttpResponse:
        self._add_panels(request, context, obj)
        above = self.lineage_of(request, obj)
        context["lineage"] = links_to(above)
        context["missing_parents"] = [] if obj else missing_parents(self.model, above)
        context["related_lists"] = related_lists(obj, request) if obj else []
        context["record_panels"] = panels_of(obj, request.user) if obj else []
        context["record_links"] = links_of(obj, request.user) if obj else []
        if obj and obj.doubts and request.method == "GET":
            for text in doubts_about(obj):
                messages.warning(request, text)
        if obj and hasattr(obj, ENDS_ON):
            # A refused form has put its values into the record, but the status must be the stored one.
            stored = context["adminform"].form.initial.get(ENDS_ON, getattr(obj, ENDS_ON))
            context["status"] = _badge(cover_status(stored))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _add_panels(self, request: HttpRequest, context: Context, record: Table | None) -> None:
        """Add the form's panels to a page's context, with masked columns and errors."""
        hidden = self.hidden_columns(request, record) if record else []
        context |= self.sensitive_context(request, record) if record else {}
        shown = panels(context["adminform"], hidden, context.get("can_show", ()))
        context["panels"] = [panel for panel in shown if panel.title != STAMPS]
        context["stamps"] = next((panel for panel in shown if panel.title == STAMPS), None)
        context["wrong_cells"] = cells_with_errors(shown)
        if context["wrong_cells"]:
            context["errors"] = None  # The list of wrong cells is clearer.


def _badge(status: tuple[str, str]) -> str:
    """Return a status as the badge that the list shows."""
    badge: str = display_for_label(status, "", _BADGES)
    return badge
