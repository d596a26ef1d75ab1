"""A read-only list of entries in the admin with search and filters, newest first."""

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property

_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Stops counting after a few thousand rows. Users filter or search such lists."""

    object_list: "QuerySet[Model]"

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk")[: _COUNTED + 1])


class ReadOnlyList(ModelAdmin):
    """Gives an admin a list, but no page for one entry: the list shows everything."""

    list_display_links = None
    list_filter_submit = True
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    ordering = ("-at", "-id")
    sortable_by = ()
    actions = None

    def found_by(self, term: str) -> Q:
        """Return which entries a search finds: whole values only, so that an index can find them."""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Model]", search_term: str
    ) -> tuple["QuerySet[Model]", bool]:
        term = search_term.strip()
        return (queryset.filter(self.found_by(term)) if term else queryset), False

    def change_view(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Redirect from an entry's URL to the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    history_view = change_view

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def parts_of_key(term: str) -> list[str]:
    """Return the parts of a record's full key as users type it: separated by /."""
    return [part.strip() for part in term.split("/")]
