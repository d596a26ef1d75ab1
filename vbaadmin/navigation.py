"""The admin's sidebar: the mirrored tables that the user may see, then users, roles and keys."""

from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from access.models import AccessEntry, ApiKey, Role
from loads.links import loadable
from tables.admin.base import registered_admin
from tables.admin.table_admin import TableAdmin
from tables.history.models import HistoryEntry
from tables.schema.registry import all_tables

_ACCESS: tuple[tuple[type[Model], str, str], ...] = (
    (User, "Users", "person"),
    (Role, "Roles", "badge"),
    (ApiKey, "API keys", "key"),
    (AccessEntry, "Access log", "policy"),
)


def sidebar(request: HttpRequest) -> list[dict[str, object]]:
    """Return the sidebar's sections for django-unfold (``UNFOLD["SIDEBAR"]["navigation"]``)."""
    tables = [
        _item(
            model,
            capfirst(str(model._meta.verbose_name_plural)),
            model_admin.icon,
            may_add=model_admin.has_add_permission(request),
        )
        for model, model_admin in ((model, registered_admin(model)) for model in all_tables())
        if isinstance(model_admin, TableAdmin) and model_admin.has_view_permission(request)
    ]
    history = (
        [{"title": "History", "icon": "history", "link": reverse("admin:history_historyentry_changelist")}]
        if (history_admin := registered_admin(HistoryEntry)) and history_admin.has_view_permission(request)
        else []
    )
    loads = (
        [{"title": "File loads", "icon": "upload_file", "link": reverse("admin:loads_fileload_changelist")}]
        if loadable(request)
        else []
    )
    access = [
        _item(model, title, icon, may_add=found.has_add_permission(request))
        for model, title, icon in _ACCESS
        if (found := registered_admin(model)) and found.has_module_permission(request)
    ]
    start = {"title": "Start", "icon": "home", "link": reverse("admin:index")}
    return [
        {"items": [start, *tables, *loads, *history]},
        {"title": "Access", "separator": True, "items": access},
    ]


def _item(model: type[Model], title: str, icon: str, *, may_add: bool) -> dict[str, str]:
    link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    add_link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    return {"title": title, "icon": icon, "link": link, "add_link": add_link if may_add else ""}
