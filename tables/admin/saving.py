"""Saving a record in the admin. Only changed columns are written, and nothing goes to Django's admin log."""

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
    """How a TableAdmin saves a record and what it tells the user."""

    def save_model(self, request: HttpRequest, obj: Table, form: TableForm, change: bool) -> None:
        """Insert a new record, or update the changed columns of an existing one and keep others' changes."""
        if not change:
            obj.save(force_insert=True)
        elif form.changed_data:
            changed = [column.db for column in stamps(self.model) if column.db.startswith("update")]
            obj.save(update_fields=[*form.changed_data, *changed])
        if form.merged and form.merged.kept:
            kept = ", ".join(form.merged.kept)
            text = f"Someone else changed {kept} while you were editing. Their value was kept."
            messages.info(request, text)

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        # Django 5.2 quotes the link to a new record twice, which breaks links to keys with accents.
        if hasattr(message, "__html__"):
            message = mark_safe(_HREF.sub(lambda href: href[0].replace("%25", "%"), message))  # noqa: S308
        super().message_user(request, message, *args, **kwargs)

    # Django's admin log would mix databases, and its texts would hold sensitive values.
    def log_addition(self, request: HttpRequest, obj: object, message: object) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: object, message: object) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: object) -> Any:
        return None
