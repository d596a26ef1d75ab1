"""Sensitive columns in the admin: masked until a user asks to see them, which is recorded."""

import copy
from collections.abc import Sequence

from django.contrib.admin.utils import unquote
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tables.admin.base import Context, Listed, TableModelAdmin
from tables.context import databases
from tables.history.recording import record_shown
from tables.schema import sensitive
from tables.schema.column import Column
from tables.schema.columns import by_any_name, columns
from tables.schema.models import Table

# What a form posts: the button that asks for the values, and a signed proof that showing them was recorded.
# Without the proof no page shows the stored values, not even beside an error.
SHOW, SHOWN = "_show_sensitive", "_sensitive_shown"
_PROOF_SECONDS = 12 * 3600


def as_get(request: HttpRequest) -> HttpRequest:
    """Return a copy of the request as a GET, which only reads."""
    asked = copy.copy(request)
    asked.method = "GET"
    return asked


class SensitiveMixin(TableModelAdmin):
    """Gives a TableAdmin masked columns, and the button that shows their values."""

    def columns_to_show(self, request: HttpRequest) -> list[Column]:
        """Return the sensitive columns whose values this user may ask for."""
        user = request.user
        return [each for each in columns(self.model) if each.permission and user.has_perm(each.permission)]

    def hidden_columns(self, request: HttpRequest, record: Table | None = None) -> list[str]:
        """Return the sensitive columns that are masked, in lists or on the page of a record.

        A column without a value is not masked for users who may see it, so that they can enter one.
        """
        masked = {each.db for each in columns(self.model) if each.sensitive}
        if record is not None:
            shown = request.__dict__.get(SHOWN, False)
            masked -= {
                each.db
                for each in self.columns_to_show(request)
                if shown or getattr(record, each.db) in (None, "")
            }
        return sorted(masked)

    def get_list_display(self, request: HttpRequest) -> list[Listed]:
        hidden = self.hidden_columns(request)
        return [name for name in super().get_list_display(request) if name not in hidden]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Forbid filters on sensitive columns: they would reveal values piece by piece."""
        column = by_any_name(self.model).get(lookup.partition("__")[0])
        if column is not None and column.sensitive:
            return False
        return super().lookup_allowed(lookup, value, request)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        """Show sensitive values if the user asked for them, else mask what was not shown before."""
        if object_id is not None and request.method == "POST":
            if SHOW in request.POST:
                return self._changeform_shown(request, object_id, form_url, extra_context)
            request.__dict__[SHOWN] = self._is_proof(request, object_id, request.POST.get(SHOWN, ""))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _changeform_shown(
        self, request: HttpRequest, object_id: str, form_url: str, extra_context: Context | None
    ) -> HttpResponse:
        # Answer the POST with the page of a GET. If a URL showed the values, any link could.
        asked = as_get(request)
        if (record := self.get_object(asked, unquote(object_id))) is not None:
            self.record_shown(request, record)
            asked.__dict__[SHOWN] = True
        return super().changeform_view(asked, object_id, form_url, extra_context)

    def _what_is_proved(self, request: HttpRequest, record_id: object) -> list[str]:
        return [str(request.user.pk), databases.chosen(), self.model._meta.label, str(record_id)]

    def _is_proof(self, request: HttpRequest, object_id: str, text: str) -> bool:
        try:
            proved = signing.loads(text, salt=SHOWN, max_age=_PROOF_SECONDS)
        except signing.BadSignature:
            return False
        return bool(proved == self._what_is_proved(request, unquote(object_id)))

    def record_shown(self, request: HttpRequest, record: Table, *, where: str = "") -> Sequence[Column]:
        """Record that the user sees the sensitive columns, and return these. Raises PermissionDenied."""
        shown = self.columns_to_show(request)
        if not shown or not self.has_view_permission(request, record):
            raise PermissionDenied
        record_shown(record, shown, where=where)
        values = sum(getattr(record, each.db) not in (None, "") for each in shown)
        # The history may hold earlier values of a record that has none now.
        if values or where:
            key = tuple(map(str, record.key_values()))
            sensitive.record(sensitive.ShownValues(self.model, 1, None if where else values, key))
        return shown

    def sensitive_context(self, request: HttpRequest, record: Table) -> Context:
        """Return the context of a record's page: which masked columns the user may show, and the proof."""
        hidden = self.hidden_columns(request, record)
        to_show = self.columns_to_show(request)
        return {
            "can_show": [each.db for each in to_show if each.db in hidden],
            "show_name": SHOW,
            "shown_name": SHOWN,
            "shown_proof": signing.dumps(self._what_is_proved(request, record.pk), salt=SHOWN)
            if request.__dict__.get(SHOWN, False)
            else "",
        }
