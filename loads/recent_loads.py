"""Recent file loads: their counts for the start page, the filter of their list, and the list as CSV."""

import datetime
from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loads.links import loadable
from loads.models import FAILED, LOADED, FileLoad
from loads.running import settle
from tables.files.csv.formulas import csv_lines

DAYS = 7
TITLES = {
    "loaded": f"Files loaded in the last {DAYS} days",
    "wrong": f"Files with errors in the last {DAYS} days",
}
TEXTS = (
    "Files whose valid rows are saved, and who loaded them.",
    "Files with rejected rows, and files that could not be loaded.",
)
_COLUMNS = (
    "file_name",
    "table_name",
    "state",
    "sent_by",
    "sent_at",
    "asked_by",
    "ended_at",
    "rows_read",
    "rows_created",
    "rows_updated",
    "rows_unchanged",
    "rows_refused",
)


def _conditions() -> dict[str, Q]:
    since = timezone.now() - datetime.timedelta(days=DAYS)
    return {
        "loaded": Q(state=LOADED, ended_at__gte=since),
        "wrong": Q(sent_at__gte=since) & (Q(state=FAILED) | Q(rows_refused__gt=0)),
    }


class RecentLoadsFilter(admin.SimpleListFilter):
    """Filter for files loaded, or files with errors, in the last days."""

    title, parameter_name = "recent files", "lately"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(TITLES.items())

    def queryset(self, request: HttpRequest, queryset: "QuerySet[FileLoad]") -> "QuerySet[FileLoad]":
        if not self.value():
            return queryset
        try:
            return queryset.filter(_conditions()[str(self.value())])
        except KeyError:
            raise IncorrectLookupParameters from None


def count_recent_loads(request: HttpRequest) -> dict[str, int]:
    """Count the files for each of ``TITLES``, among tables that the user may load into."""
    settle()
    counts = {name: Count("pk", filter=condition) for name, condition in _conditions().items()}
    return FileLoad.objects.filter(table_name__in=loadable(request)).aggregate(**counts)


def as_csv(loads: "QuerySet[FileLoad]") -> Iterator[str]:
    """Return files as lines of CSV."""
    return csv_lines(_COLUMNS, loads.values_list(*_COLUMNS).iterator())
