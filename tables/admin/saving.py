"""Saving a record in the admin: only what was changed is written, nothing into the log of Django's admin."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from tables.admin.base import TableModelAdmin
from tables.admin.forms import TableForm
from tables.schema.columns import stamps
from tables.schema.models import Table

_HREF = re.compile(r'href="[^"]*"')


class SavingMixin(TableModelAdmin):
    """How a TableAdmin writes what its form has read, and what it says and does not say about it."""

    def save_model(self, request: HttpRequest, obj: Table, form: TableForm, change: bool) -> None:
        """Insert a new record; of an old one write what was changed: others' work on the rest stays."""
        if not change:
            obj.save(force_insert=True)
        elif form.changed_data:
            changed = [column.db for column in stamps(self.model) if column.db.startswith("update")]
            obj.save(update_fields=[*form.changed_data, *changed])
        if form.merged and form.merged.kept:
            kept = ", ".join(form.merged.kept)
            messages.info(request, f"Somebody else has changed {kept} meanwhile; that was kept.")

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        # Django 5.2 quotes the link to a new record twice; keys with accents would lead nowhere.
        if hasattr(message, "__html__"):
            message = mark_safe(_HREF.sub(lambda href: href[0].replace("%25", "%"), message))  # noqa: S308
        super().message_user(request, message, *args, **kwargs)

    # The admin's log would mix databases, and its texts would hold what the history has to guard.
    def log_addition(self, request: HttpRequest, obj: object, message: object) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: object, message: object) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: object) -> Any:
        return None
