"""Deleting in the admin: a record with children stays, and the page says what belongs to it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, router, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from tables.admin_related import admin_url, children, key_under, record_url
from tables.deleting import HasChildren, delete_record, why_not_deletable
from tables.models import Table

_NAMES_SHOWN = 20


def _with_children(queryset: "QuerySet[Any]") -> Q:
    """Return the condition that a row of ``queryset`` has children of any kind."""
    condition = Q()
    for relation in queryset.model._meta.related_objects:
        foreign: Any = relation.field
        pairs = zip(foreign.from_fields, foreign.to_fields, strict=True)
        same_key = {ours: OuterRef(theirs) for ours, theirs in pairs}
        condition |= Q(Exists(relation.related_model._default_manager.filter(**same_key)))
    return condition


def split_by_children(queryset: "QuerySet[Any]") -> tuple["QuerySet[Any]", "QuerySet[Any]"]:
    """Return the rows that may be deleted, and those that may not because they have children."""
    condition = _with_children(queryset)
    if not condition:
        return queryset, queryset.none()
    return queryset.exclude(condition), queryset.filter(condition)


class DeletingMixin:
    """The delete page and the bulk action of TableAdmin."""

    model: type[Table]
    opts: Any
    admin_site: Any
    delete_confirmation_template = "tables/delete.html"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Tell the delete page about one record: nothing below it is ever deleted with it, nor read."""
        reasons = [reason for reason in map(why_not_deletable, objs) if reason]
        return [str(record) for record in objs], {}, set(), reasons

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
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
        return super().render_delete_form(request, context)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
        except HasChildren as error:  # a child came in between
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)

    def delete_model(self, request: HttpRequest, obj: Table) -> None:
        delete_record(obj)

    @admin.action(permissions=["delete"], description="Delete the selected rows")
    def delete_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Ask, then delete the selected rows that have no children, and name those that stay."""
        queryset = queryset.order_by()
        deletable, staying = split_by_children(queryset)
        if request.POST.get("post"):
            self._delete_and_report(request, deletable, staying)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete several",
            "opts": self.opts,
            "deletable": _sample(deletable),
            "staying": _sample(staying),
            "deletable_count": deletable.count(),
            "staying_count": staying.count(),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "tables/delete_selected.html", context)

    def _delete_and_report(
        self, request: HttpRequest, deletable: "QuerySet[Any]", staying: "QuerySet[Any]"
    ) -> None:
        try:
            with transaction.atomic(using=router.db_for_write(self.model)):
                deleted, _ = deletable.delete()
        except IntegrityError:
            messages.error(
                request, "Nothing was deleted: meanwhile records were added to some of the rows. Try again."
            )
            return
        if deleted:
            messages.success(request, f"Deleted {_counted(self.opts, deleted)}.")
        if count := staying.count():
            names = ", ".join(map(str, _sample(staying)))
            more = f" and {count - _NAMES_SHOWN:,} more" if count > _NAMES_SHOWN else ""
            messages.error(
                request,
                f"{_counted(self.opts, count)} not deleted, for other records belong to them: {names}{more}.",
            )


def _sample(queryset: "QuerySet[Any]") -> list[Table]:
    return list(queryset.order_by(*queryset.model.key)[:_NAMES_SHOWN])


def _counted(opts: Any, count: int) -> str:
    return f"{count:,} {opts.verbose_name if count == 1 else opts.verbose_name_plural}"
