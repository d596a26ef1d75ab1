"""What the admin pages of access share: only superusers open them, and the log says what was done.

Anyone who may change rights could give themselves all rights.
"""

import logging
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

log = logging.getLogger("vbaadmin.access")


class SuperusersOnly:
    """Open the pages of a ModelAdmin to superusers only."""

    def _permitted(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _permitted

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._permitted(request)


class Logged:
    """Log in the server's log which account did what to which record, in place of Django's admin log."""

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> Any:
        self._log(request, "added", obj)

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> Any:
        self._log(request, "changed", obj)

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Model]") -> Any:
        for obj in queryset:
            self._log(request, "deleted", obj)

    def _log(self, request: HttpRequest, done: str, obj: Model) -> None:
        log.info("account %s %s %s %s", request.user.pk, done, obj._meta.verbose_name, obj.pk)
