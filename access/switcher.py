"""The switcher chooses the target database of the admin's pages. The session keeps the choice.

Each form has a hidden field with the database that it was made for. If the user has since chosen another
database in another browser tab, the form is refused, so that nothing is written to the wrong database.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from access.authentication import DATABASE_REFUSED
from access.models import databases_open_to
from tables.context import databases
from tables.context.actor import set_acting_user
from tables.context.requests import note

# A view function, and the keyword arguments that it is called with.
View = Callable[..., HttpResponse]
Keywords = dict[str, Any]

SESSION_KEY = "target_database"
FORM_FIELD = "_database"
_CSRF_FIELD = re.compile(rb'<input type="hidden" name="csrfmiddlewaretoken" value="[^"]*">')

NONE_OPEN = (
    "You don't have access to a database yet, so there are no records to show. "
    "Ask your administrator for a role in a database."
)


class ChosenDatabaseMiddleware:
    """For every admin page of a signed-in user: set the database, the acting user and the time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_staff_in_admin(request):
            return self.get_response(request)
        open_to_user = databases_open_to(request.user)
        request.open_databases = open_to_user  # type: ignore[attr-defined]
        kept = request.session.get(SESSION_KEY)
        databases.choose(kept if kept in open_to_user else next(iter(open_to_user), None))
        set_acting_user(request.user.get_username(), source="admin", may=request.user.has_perm)
        note(user=request.user.get_username(), database=databases.chosen_or_none() or "-")
        with timezone.override(settings.BUSINESS_ZONE):
            return _mark_forms(self.get_response(request))

    def process_view(
        self, request: HttpRequest, view: View, args: object, kwargs: Keywords
    ) -> HttpResponse | None:
        """Refuse the page of a target table if the user has no database, or the form is for another one."""
        if not hasattr(request, "open_databases") or not _may_touch_records(view, kwargs):
            return None
        chosen = databases.chosen_or_none()
        posted = request.POST.get(FORM_FIELD) if request.method == "POST" else None
        if posted is not None and posted != chosen:
            return _other_database_page(request, posted)
        if chosen is None and _target_admin(view, kwargs):
            return _none_open_page(request)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask for a database if a page needs one and none is chosen."""
        if isinstance(error, databases.NoDatabaseChosen) and hasattr(request, "open_databases"):
            return _none_open_page(request)
        return None


def _is_staff_in_admin(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index")) and admin.site.has_permission(request)


def _model_admin(view: View, kwargs: Keywords) -> ModelAdmin | None:
    """Return the ModelAdmin of a view, None for pages of the site itself."""
    return getattr(view, "model_admin", None) or kwargs.get("model_admin")


def _target_admin(view: View, kwargs: Keywords) -> ModelAdmin | None:
    """Return the view's ModelAdmin if its table is in the target databases, else None."""
    model_admin = _model_admin(view, kwargs)
    is_target = model_admin and databases.is_target_app(model_admin.model._meta.app_label)
    return model_admin if is_target else None


def _may_touch_records(view: View, kwargs: Keywords) -> bool:
    """Return whether a view might use a target database: all views but the few that never do."""
    if _model_admin(view, kwargs):
        return _target_admin(view, kwargs) is not None
    return getattr(view, "__name__", "") not in {"choose_database", "login", "logout", "password_change"}


def _mark_forms(response: HttpResponse) -> HttpResponse:
    """Add the chosen database to every form of a page.

    Doing this here, and not in the templates, makes sure that no form lacks it.
    """
    chosen = databases.chosen_or_none()
    if chosen is None or response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return response
    field = format_html('<input type="hidden" name="{}" value="{}">', FORM_FIELD, chosen).encode()
    response.content = _CSRF_FIELD.sub(lambda found: found[0] + field, response.content)
    return response


def databases_for_templates(request: HttpRequest) -> dict[str, object]:
    """Give the admin's templates the chosen database (None: none) and those the user may choose."""
    if not hasattr(request, "open_databases"):
        return {}
    chosen = databases.chosen_or_none()
    return {
        "chosen_database": chosen,
        "open_databases": request.open_databases,
        "no_database_notice": None if chosen else NONE_OPEN,
    }


@require_POST
def choose_database(request: HttpRequest) -> HttpResponse:
    """Keep the posted ``database`` in the session and redirect to ``next``, a page of the admin."""
    if not _is_staff_in_admin(request):
        return redirect("admin:login")
    wanted = request.POST.get("database")
    if wanted not in databases_open_to(request.user):
        return _page(request, 403, title="No access", message=DATABASE_REFUSED)
    request.session[SESSION_KEY] = wanted
    return HttpResponseRedirect(_page_after_choice(request.POST.get("next", "")))


def _page_after_choice(wanted: str) -> str:
    """Return the admin page to show after another database was chosen.

    A record, or a filtered list, may not exist there, so its place is taken by the table's whole list.
    """
    index = reverse("admin:index")
    path = urlsplit(wanted).path
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) or not path.startswith(index):
        return index
    try:
        match = resolve(path)
    except Resolver404:
        return index
    if "admin" not in match.app_names or not match.url_name:
        return index
    model_admin = _target_admin(match.func, match.kwargs)
    if model_admin is None:
        return path
    meta = model_admin.model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    return render(request, "access/refused.html", context, status=status)


def _none_open_page(request: HttpRequest) -> HttpResponse:
    return _page(request, 403, title="No database", message=NONE_OPEN)


def _other_database_page(request: HttpRequest, posted: str) -> HttpResponse:
    """Say that the form belongs to another database, and that nothing was saved."""
    chosen = databases.chosen_or_none() or "none"
    known = posted in getattr(request, "open_databases", ())
    return _page(
        request,
        409,
        title="You switched to another database",
        message=f"You opened this form in {posted if known else 'another database'}, "
        f"but you are working in {chosen} now. Nothing was saved.",
        return_to=posted if known else None,
        next_page=request.path,
    )
