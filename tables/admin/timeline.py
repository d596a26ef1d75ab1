"""The history of one record in the admin: who changed what, when and from where."""

from collections.abc import Sequence

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from tables.admin.base import Context
from tables.admin.django_private import redirect_as_missing
from tables.admin.sensitive import SensitiveMixin, as_get
from tables.history.reading import entries_of, line_of, more_lines
from tables.schema.column import Column

_A_PAGE, _MORE = 50, 100


class TimelineMixin(SensitiveMixin):
    """Gives a TableAdmin the page ``…/history/``."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        """Show the changes of a record, newest first, one page at a time."""
        # Read the record without locking it.
        record = self.get_object(as_get(request), unquote(object_id))
        if record is None:
            return redirect_as_missing(self, request, object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        shown: Sequence[Column] = ()
        if request.method == "POST":
            shown = self.record_shown(request, record, where="in the history")
        page = Paginator(entries_of(record), _A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {self.opts.verbose_name} {record}",
            "opts": self.opts,
            "original": record,
            "object": record,
            "page": page,
            "lines": [line_of(entry, {each.db for each in shown}) for entry in page],
            "can_show": () if shown else self.columns_to_show(request),
            "by_processes": more_lines(record, request.user, _MORE) if page.number == 1 else [],
            "media": self.media,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "tables/history.html", context)
