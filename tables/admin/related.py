"""The relatives of a record in the admin: its parents, and the lists of its children."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field, quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst, slugify
from unfold.utils import display_for_field, display_for_label, display_for_value

from tables.admin.base import TableModelAdmin, registered_admin
from tables.schema.columns import parents
from tables.schema.models import Table

MOST_ROWS = 50


@dataclass(frozen=True)
class RelatedList:
    """A record's children in one table, as a page shows them: the first rows, and a link to all of them."""

    title: str
    singular: str
    slug: str
    count: int
    headers: list[str]
    rows: list[list[tuple[str, object]]]
    list_url: str
    add_url: str | None


def key_of(record: Table) -> dict[str, object]:
    """Return a record's natural key by column."""
    return {name: getattr(record, name) for name in record.key}


def admin_url(model: type[Table], page: str, *args: object, **query: Any) -> str:
    """Return the URL of an admin page of a table (``changelist``, ``add``) or of a record (``change``,
    ``delete``, ``history``).
    """
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    address = reverse(name, args=[quote(str(each)) for each in args])
    return f"{address}?{urlencode(query)}" if query else address


def record_url(record: Table) -> str:
    """Return the URL of a record's page in the admin."""
    return admin_url(type(record), "change", record.pk)


def list_slug(model: type[Table]) -> str:
    """Return the name of the tab that lists a table's rows on the page of their parent."""
    return slugify(str(model._meta.verbose_name_plural))


def key_under(record: Table, child: type[Table]) -> dict[str, object]:
    """Return the columns and values by which rows of ``child`` belong to ``record``."""
    relation: Any = next(each for each in record._meta.related_objects if each.related_model is child)
    pairs = zip(relation.field.from_fields, relation.field.to_fields, strict=True)
    return {ours: getattr(record, theirs) for ours, theirs in pairs}


def parent_columns(model: type[Table]) -> list[str]:
    """Return the columns that name a record's parents, in the order of the key."""
    named = {column for parent in parents(model) for column in parent.columns}
    return [*(name for name in model.key if name in named), *sorted(named - set(model.key))]


def children(model: type[Table]) -> list[type[Table]]:
    """Return the tables whose rows belong to rows of ``model``."""
    return [relation.related_model for relation in model._meta.related_objects]  # type: ignore[misc]


def lineage(model: type[Table], values: Mapping[str, object]) -> list[Table]:
    """Return the existing parents of a row with these values, the topmost first."""
    found: list[Table] = []
    for parent in parents(model):
        parent_model = parent.parent_model(model)
        key = parent.named_as_parent({name: values.get(name) for name in parent.columns})
        above = lineage(parent_model, {**values, **key})
        found += [record for record in above if record not in found]
        if not any(value in (None, "") for value in key.values()):
            found += [each for each in parent_model._default_manager.filter(**key) if each not in found]
    return found


def missing_parents(model: type[Table], above: list[Table]) -> list[dict[str, str]]:
    """Return the tables of direct parents that are missing from ``above``, with links to their lists."""
    kinds = [parent.parent_model(model) for parent in parents(model)]
    return [
        {"kind": str(kind._meta.verbose_name), "url": admin_url(kind, "changelist")}
        for kind in kinds
        if not any(isinstance(record, kind) for record in above)
    ]


def related_lists(record: Table, request: HttpRequest) -> list[RelatedList]:
    """Return the lists of a record's children, one for each table that the user may see."""
    lists = []
    for model in children(type(record)):
        child_admin = registered_admin(model)
        if child_admin and child_admin.has_view_permission(request):
            lists.append(_related_list(record, model, child_admin, request))
    return lists


def _related_list(record: Table, model: type[Table], child_admin: Any, request: HttpRequest) -> RelatedList:
    key = key_under(record, model)
    under = child_admin.get_queryset(request).filter(**key).order_by(*model.key)
    names = child_admin.columns_under_parent(type(record))
    headers = [capfirst(str(label_for_field(name, model, child_admin))) for name in names]
    rows = [list(zip(headers, _cells(child, names, child_admin), strict=True)) for child in under[:MOST_ROWS]]
    return RelatedList(
        title=capfirst(str(model._meta.verbose_name_plural)),
        singular=str(model._meta.verbose_name),
        slug=list_slug(model),
        count=len(rows) if len(rows) < MOST_ROWS else under.count(),
        headers=headers,
        rows=rows,
        list_url=admin_url(model, "changelist", **key),
        add_url=admin_url(model, "add", **key) if child_admin.has_add_permission(request) else None,
    )


def _cells(record: Table, names: list[str], model_admin: TableModelAdmin) -> list[object]:
    first, *others = (_shown(name, record, model_admin) for name in names)
    return [format_html('<a href="{}">{}</a>', record_url(record), first), *others]


def _shown(name: str, record: Table, model_admin: TableModelAdmin) -> object:
    """Return a value as the table's own list shows it."""
    field, attribute, value = lookup_field(name, record, model_admin)
    empty = model_admin.get_empty_value_display()
    if field is not None:
        return display_for_field(value, field, empty)
    if label := getattr(attribute, "label", None):
        return display_for_label(value, empty, label)
    return display_for_value(value, empty, getattr(attribute, "boolean", False))
