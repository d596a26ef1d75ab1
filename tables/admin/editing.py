"""Editing columns of selected rows in steps: choose columns, enter values, check the preview, save.

Each step posts back to the list, with the values typed so far. The list finds the selected rows again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tables.admin.base import Context, TableModelAdmin
from tables.admin.editing_forms import ValuesForm, carried, chosen_columns, label, shown, typed_before
from tables.admin.labels import labels_of, with_labels
from tables.admin.links import list_links_of
from tables.admin.pages import RETIRED
from tables.admin.related import admin_url
from tables.admin.selecting import counted, is_right_count, names_of, posted_selection
from tables.context.requests import note
from tables.rest.envelope import why_unavailable
from tables.schema.column import Column
from tables.schema.models import Table
from tables.write.bulk_editing import Edited, edit_rows, editable
from tables.write.selecting import Row

_SAMPLE, _REFUSED_SHOWN = 20, 100


class Step(StrEnum):
    """The current step, as a button posts it."""

    COLUMNS = "columns"
    VALUES = "values"
    PREVIEW = "preview"
    WRITE = "write"


@dataclass(frozen=True)
class Choice:
    """A section of columns to choose from. Each column comes with whether it is chosen."""

    title: str
    columns: list[tuple[Column, bool]]

    @property
    def folded(self) -> bool:
        """Whether the section starts collapsed."""
        return self.title == RETIRED and not any(chosen for _, chosen in self.columns)


class EditingMixin(TableModelAdmin):
    """Gives the list of a TableAdmin the action "Edit columns…"."""

    @admin.action(permissions=["change"], description="Edit columns…")
    def edit_columns(self, request: HttpRequest, queryset: "QuerySet[Table]") -> HttpResponse | None:
        """Set the chosen columns of the selected rows to new values after the user confirms the preview."""
        count = queryset.order_by().count()
        if not is_right_count(request, self.opts, count, done="edited", way=self._way_of_files(request)):
            return None
        note(rows=count)
        columns, unknown = chosen_columns(self.model, request.POST.getlist("column"))
        step = request.POST.get("step", "")
        wrong = ""
        if unknown:
            wrong = f"These columns cannot be edited here: {', '.join(unknown)}."
        elif step in (Step.VALUES, Step.PREVIEW, Step.WRITE) and not columns:
            wrong = "Choose at least one column."
        if wrong or step not in (Step.VALUES, Step.PREVIEW, Step.WRITE):
            return self._edit_page(request, Step.COLUMNS, count, columns, wrong=wrong)
        if step == Step.VALUES:
            form = ValuesForm(columns, queryset, initial=typed_before(columns, request))
            return self._edit_page(request, Step.VALUES, count, columns, form=form)
        form = ValuesForm(columns, queryset, request.POST)
        if not form.is_valid():
            return self._edit_page(request, Step.VALUES, count, columns, form=form)
        return self._preview_or_write(request, queryset, count, form, writing=step == Step.WRITE)

    def _preview_or_write(
        self,
        request: HttpRequest,
        queryset: "QuerySet[Table]",
        count: int,
        form: ValuesForm,
        *,
        writing: bool,
    ) -> HttpResponse | None:
        """Save what was previewed, or show a new preview."""
        previewed = request.POST.get("previewed", "") if writing else ""
        try:
            edited = edit_rows(queryset, form.columns, form.values, previewed=previewed)
        except DatabaseError as error:
            if not (why := why_unavailable(error)):
                raise
            wrong = f"Nothing was changed. {why[1]}"
            return self._edit_page(request, Step.VALUES, count, form.columns, form=form, wrong=wrong)
        if edited.kept:
            self._report(request, form.columns, edited)
            return None
        context = _preview(self.model, form, edited) | {"changed_since": writing, "edited": edited}
        return self._edit_page(request, Step.PREVIEW, edited.count, form.columns, **context)

    def _edit_page(
        self, request: HttpRequest, step: Step, count: int, columns: Sequence[Column], **more: object
    ) -> HttpResponse:
        chosen = {column.db for column in columns}
        typed = dict.fromkeys(request.POST.getlist("typed"))
        hidden = {Step.VALUES: typed.keys() - chosen, Step.PREVIEW: typed.keys() | chosen}.get(
            step, typed.keys()
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Edit columns",
            "opts": self.opts,
            "step": step.value,
            "count": count,
            "choices": [
                Choice(title, [(each, each.db in chosen) for each in group])
                for title, group in editable(self.model).items()
            ],
            "columns": columns,
            "carried": carried(request, sorted(hidden)),
            **posted_selection(request),
            **more,
        }
        return TemplateResponse(request, "tables/edit_selected.html", context)

    def _way_of_files(self, request: HttpRequest) -> SafeString:
        """Return advice on how to edit more rows than the list allows."""
        links = format_html_join(", ", '<a href="{1}"><u>{0}</u></a>', list_links_of(self, request))
        where = format_html(" ({})", links) if links else ""
        return format_html(", or export it, edit the file and upload it{}", where)

    def _report(self, request: HttpRequest, columns: Sequence[Column], edited: Edited) -> None:
        """Tell the user what was changed."""
        named = ", ".join(label(column) for column in columns)
        text = f"Changed {counted(self.opts, len(edited.updated))}: {named}."
        if edited.unchanged:
            text += f" {edited.unchanged:,} already had these values."
        messages.success(request, text)
        if edited.refused:
            count, names = len(edited.refused), names_of([row for row, _ in edited.refused])
            messages.warning(request, f"{counted(self.opts, count)} rejected and left unchanged: {names}.")


def _preview(model: type[Table], form: ValuesForm, edited: Edited) -> Context:
    """Return what the preview shows: the new values, rows before and after, and why rows are rejected."""
    labels = labels_of(model)
    new = [shown(column, value) for column, value in zip(form.columns, form.values, strict=True)]
    return {
        "wanted": list(zip(map(label, form.columns), new, strict=True)),
        "sample": [
            (row, admin_url(model, "change", row.pk), _cells(form.columns, row, new))
            for row in edited.updated[:_SAMPLE]
        ],
        "refused": [
            (
                row,
                admin_url(model, "change", row.pk),
                labels.get(problem.column or "", ""),
                with_labels(problem.text, labels),
            )
            for row, problems in edited.refused[:_REFUSED_SHOWN]
            for problem in problems
        ],
        "changes": len(edited.updated),
        "refused_rows": len(edited.refused),
        "refused_shown": min(len(edited.refused), _REFUSED_SHOWN),
    }


def _cells(columns: Sequence[Column], row: Row, new: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return the label, old value and new value of a row's columns."""
    before = [shown(column, value) for column, value in zip(columns, row.before, strict=True)]
    return list(zip(map(label, columns), before, new, strict=True))
