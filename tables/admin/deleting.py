"""Deleting in the admin. A record with children is kept, and the page lists what belongs to it."""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from tables.admin.base import Context, TableModelAdmin
from tables.admin.related import admin_url, children, key_under, record_url
from tables.admin.selecting import NAMES_SHOWN, counted, is_right_count, names_of, posted_selection
from tables.context.requests import note
from tables.rest.envelope import why_unavailable
from tables.schema.models import Table
from tables.write.deleting import Deletion, HasChildren, delete_record, delete_rows, why_not_deletable
from tables.write.selecting import Row


class DeletingMixin(TableModelAdmin):
    """The delete page and the bulk action of TableAdmin."""

    delete_confirmation_template = "tables/delete.html"

    def get_deleted_objects(
        self, objs: "QuerySet[Table] | Sequence[Table]", request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Tell the delete page why records cannot be deleted. Children are never deleted along."""
        reasons = [reason for reason in map(why_not_deletable, objs) if reason]
        return [str(record) for record in objs], {}, set(), reasons

    def render_delete_form(self, request: HttpRequest, context: Context) -> HttpResponse:
        record: Table = context["object"]
        context["record_url"] = record_url(record)
        if context["protected"]:
            context["child_lists"] = [
                (
                    capfirst(str(child._meta.verbose_name_plural)),
                    admin_url(child, "changelist", **key_under(record, child)),
                )
                for child in children(type(record))
            ]
        return super().render_delete_form(request, context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except HasChildren as error:  # A child was added after the check.
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)

    def delete_model(self, request: HttpRequest, obj: Table) -> None:
        delete_record(obj)

    @admin.action(permissions=["delete"], description="Delete the selected rows")
    def delete_selected(self, request: HttpRequest, queryset: "QuerySet[Table]") -> HttpResponse | None:
        """Ask, then delete the selected rows that have no children, and list those that are kept."""
        count = queryset.order_by().count()
        if not is_right_count(request, self.opts, count, done="deleted"):
            return None
        note(rows=count)
        wrong = ""
        try:
            deletion = delete_rows(queryset, previewed=request.POST.get("previewed", ""))
        except DatabaseError as error:
            if not (why := why_unavailable(error)):
                raise
            wrong = f"Nothing was deleted. {why[1]}"
            deletion = delete_rows(queryset)
        if deletion.kept:
            self._report_deletion(request, deletion)
            return None
        if "previewed" in request.POST and not wrong:
            wrong = "Something changed after the preview. Nothing was deleted. Check the new preview below."
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete selected rows",
            "opts": self.opts,
            "wrong": wrong,
            "deletion": deletion,
            "deletable": self._first_of(deletion.deletable),
            "staying": self._first_of(deletion.staying),
            "deletable_count": len(deletion.deletable),
            "staying_count": len(deletion.staying),
            **posted_selection(request),
        }
        return TemplateResponse(request, "tables/delete_selected.html", context)

    def _first_of(self, rows: Sequence[Row]) -> list[Table]:
        """Return the first records, which the page lists by name."""
        found = self.model._default_manager.in_bulk([row.pk for row in rows[:NAMES_SHOWN]])
        return [found[row.pk] for row in rows[:NAMES_SHOWN] if row.pk in found]

    def _report_deletion(self, request: HttpRequest, deletion: Deletion) -> None:
        """Tell the user what was deleted and what was kept."""
        if deletion.deletable:
            messages.success(request, f"Deleted {counted(self.opts, len(deletion.deletable))}.")
        if deletion.staying:
            count, names = counted(self.opts, len(deletion.staying)), names_of(deletion.staying)
            messages.error(request, f"Not deleted, because other records belong to them: {count} ({names}).")
