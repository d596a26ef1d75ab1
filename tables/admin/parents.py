"""The parents of a record on its pages: the breadcrumb above it, and the key columns that they determine."""

import contextlib
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, QueryDict

from tables.admin.base import TableModelAdmin
from tables.admin.related import key_of, lineage, list_slug, parent_columns, record_url
from tables.schema.columns import by_any_name, parents
from tables.schema.models import Table
from tables.write.records import WrongValue, parse_text


class ParentsMixin(TableModelAdmin):
    """Gives a TableAdmin the parents of a record. For a new record, the URL carries their key."""

    def lineage_of(self, request: HttpRequest, record: Table | None) -> list[Table]:
        """Return the parents of the record. For a new record, the URL carries their key."""
        kept: dict[int | None, list[Table]] = request.__dict__.setdefault("_table_lineage", {})
        pk = record.pk if record else None
        if pk not in kept:
            values = key_of(record) if record else carried_key(self.model, request.GET)
            kept[pk] = lineage(self.model, values)
        return kept[pk]

    def fixed_by_parents(self, request: HttpRequest) -> dict[str, object]:
        """Return the key columns of a new record that the parents in the URL determine."""
        carried = carried_key(self.model, request.GET)
        above = [type(record) for record in self.lineage_of(request, None)]
        fixed: set[str] = set()
        for parent in parents(self.model):
            if parent.parent_model(self.model) in above:
                fixed |= set(parent.columns)
        for record in self.lineage_of(request, None):
            fixed |= {name for name in record.key if name in carried}
        return {name: value for name, value in carried.items() if name in fixed}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_changeform_initial_data(request), **carried_key(self.model, request.GET)}

    def response_post_save_add(self, request: HttpRequest, obj: Table) -> HttpResponseRedirect:
        """After adding a record from its parent's page, go back there."""
        above = self.lineage_of(request, None)
        if not above or "_changelist_filters" in request.GET:
            return super().response_post_save_add(request, obj)
        return HttpResponseRedirect(f"{record_url(above[-1])}#{list_slug(self.model)}")


def carried_key(model: type[Table], query: QueryDict) -> dict[str, object]:
    """Return the parents' key from a URL: its own parameters, or the filters of the list to return to."""
    filters = QueryDict(query.get("_changelist_filters", ""))
    values = {name: query.get(name) or filters.get(name) for name in parent_columns(model)}
    known = by_any_name(model)
    carried: dict[str, object] = {}
    for name, value in values.items():
        if value and "\0" not in value:
            with contextlib.suppress(WrongValue):
                carried[name] = parse_text(known[name], value)
    return carried


def links_to(records: list[Table]) -> list[dict[str, str]]:
    """Return the parents as links of the breadcrumb."""
    return [
        {"kind": str(record._meta.verbose_name), "text": str(record), "url": record_url(record)}
        for record in records
    ]
