"""How the admin's lists find and count their rows."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from tables.admin.export import WHOLE
from tables.rest.reading import count
from tables.schema.columns import by_any_name
from tables.schema.models import Table


class TablePaginator(Paginator):
    """Pages of a list. As in REST, a high number of rows is counted once and reused for a few seconds."""

    object_list: "QuerySet[Table]"

    @cached_property
    def count(self) -> int:
        """The number of all rows. A high number may be a few seconds old."""
        return count(self.object_list)


class TableChangeList(ChangeList):
    """A list that says which columns it searches, and counts all rows only if it has no filter."""

    def __init__(self, request: HttpRequest, model: type[Table], *args: object, **kwargs: object) -> None:
        super().__init__(request, model, *args, **kwargs)
        columns = by_any_name(model)
        searched = [str(columns[name].field.verbose_name) for name in self.search_fields if name in columns]
        self.search_help_text = f"Search {', '.join(searched)}"

    def get_results(self, request: HttpRequest) -> None:
        if request.__dict__.get(WHOLE):
            return
        super().get_results(request)
        if not self.result_count:
            self.result_list = self.queryset.none()  # The count says there are none, so do not query again.
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count
