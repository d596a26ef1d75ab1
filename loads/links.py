"""Who may load files into a table, and the links to those pages."""

from collections.abc import Iterable

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.urls import reverse

from loads.models import FileLoad
from loads.running import KIND
from processes.models import VBAProcess
from tables.admin.base import registered_admin
from tables.admin.table_admin import TableAdmin
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.schema.registry import all_tables, table_name, table_named


def admin_of(model: type[Table]) -> TableAdmin | None:
    """Return a table's admin; None if it has none or takes no files."""
    found = registered_admin(model)
    return found if isinstance(found, TableAdmin) and found.takes_files else None


def may_load(request: HttpRequest, model: type[Table]) -> bool:
    """Return whether the user may add and change records of the table in the chosen database."""
    found = admin_of(model)
    return bool(found and found.has_add_permission(request) and found.has_change_permission(request, None))


def may_see_sent(user: User | AnonymousUser, model: type[Table], file: FileLoad) -> bool:
    """Return whether the user may see everything in a file, sensitive values included.

    That is the user who uploaded it, and users who may see all columns of its table.
    """
    needed = [column.permission for column in columns(model) if column.permission]
    return user.get_username() == file.sent_by or all(map(user.has_perm, needed))


def loadable(request: HttpRequest) -> list[str]:
    """Return the names of the tables that the user may load files into."""
    return [table_name(model) for model in all_tables() if may_load(request, model)]


def list_links(model_admin: admin.ModelAdmin, request: HttpRequest) -> Iterable[tuple[str, str]]:
    """Yield the link above the list of a table."""
    if may_load(request, model_admin.model):
        yield "Load a file", reverse("load_file", args=[table_name(model_admin.model)])


def process_links(record: Table, user: User | AnonymousUser) -> Iterable[tuple[str, str]]:
    """Yield the link from a process to the file that it validated or loaded, for users who may load it."""
    if isinstance(record, VBAProcess) and record.vbaprocess_type == KIND:
        file = FileLoad.objects.filter(process_key=record.vbaprocess_key).first()
        if file is None:
            return
        meta = table_named(file.table_name)._meta
        if user.has_perms([f"{meta.app_label}.{each}_{meta.model_name}" for each in ("add", "change")]):
            yield "Show file", reverse("load_one", args=[file.table_name, file.pk])
