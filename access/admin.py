"""The admin pages of API keys. Those of users and roles are in ``access.admin_users``."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from access import admin_access_log as admin_access_log  # registers its page
from access import admin_users as admin_users  # registers its pages
from access.admin_base import Logged, SuperusersOnly
from access.models import ApiKey
from tables.admin.base import Context
from tables.context import databases


class DatabasesField(forms.MultipleChoiceField):
    """Checkboxes of the configured target databases."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, *, required: bool, help_text: str) -> None:
        super().__init__(
            choices=lambda: [(name, name) for name in databases.names()],
            required=required,
            help_text=help_text,
        )


class ApiKeyForm(forms.ModelForm):
    """The fields of a key that the user fills in."""

    databases = DatabasesField(required=True, help_text=str(ApiKey._meta.get_field("databases").help_text))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_at"].help_text += f" The time zone is {settings.BUSINESS_ZONE}."


class KeyStatusFilter(admin.SimpleListFilter):
    """Narrow the list to active, expired or revoked keys."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in ("active", "expired", "revoked")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[ApiKey]") -> "QuerySet[ApiKey]":
        unrevoked, over = Q(revoked_at=None), Q(expires_at__lte=timezone.now())
        wanted = {"active": unrevoked & ~over, "expired": unrevoked & over, "revoked": ~unrevoked}
        return queryset.filter(wanted[value]) if (value := self.value()) in wanted else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(SuperusersOnly, Logged, ModelAdmin):
    """API keys. A new key is shown once. Keys are revoked but never deleted, so the log stays readable."""

    form = ApiKeyForm
    list_display = ["name", "prefix", "status", "shown_databases", "expires_at", "created_at", "created_by"]
    list_filter = [KeyStatusFilter]
    list_select_related = ["created_by"]
    search_fields = ["name", "prefix"]
    readonly_fields = ["prefix", "status", "created_at", "created_by", "revoked_at"]
    actions = ["revoke"]
    actions_detail = ["revoke_this"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        typed = ["name", "databases", "expires_at"]
        return [*typed, *self.readonly_fields] if obj else typed

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Context | None = None
    ) -> HttpResponse:
        """Show a form with one button: the next page is always the one that shows the new key."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        response: HttpResponse = super().add_view(request, form_url, {**(extra_context or {}), **one_button})
        return response

    @display(  # type: ignore[untyped-decorator]
        description="Status",
        label={"active": "success", "expired": "warning", "revoked": "danger"},
    )
    def status(self, key: ApiKey) -> str:
        """Show whether the key works now, as a badge."""
        return key.status

    @admin.display(description="Databases")
    def shown_databases(self, key: ApiKey) -> str:
        """Return the names of the key's databases."""
        return ", ".join(key.databases)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ApiKeyForm, change: bool) -> None:
        """Store the key. A new key gets its secret, which is kept for this request only."""
        if not change:
            obj.created_by_id = request.user.pk
            request.new_secret = obj.set_new_secret()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: object = None
    ) -> HttpResponse:
        """Show the new key in this answer, so that no session, cookie or message keeps it."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy the new key now",
            "opts": self.opts,
            "key": obj,
            "secret": request.new_secret,  # type: ignore[attr-defined]
        }
        return render(request, "access/new_key.html", context)

    @action(description="Revoke …", url_path="revoke", permissions=["change"])  # type: ignore[untyped-decorator]
    def revoke_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to revoke the key of this page."""
        key = self.get_object(request, object_id)
        if key is None:
            raise Http404
        return self._ask(request, ApiKey.objects.filter(pk=key.pk, revoked_at=None))

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiKey]") -> HttpResponse | None:
        """Ask for confirmation, then revoke the keys for good."""
        active = queryset.filter(revoked_at=None)
        if "confirmed" not in request.POST:
            return self._ask(request, active)
        keys = list(active)
        active.update(revoked_at=timezone.now())
        for key in keys:
            self._log(request, "revoked", key)
        names = ", ".join(key.name for key in keys)
        self.message_user(request, f"Revoked: {names or 'none'}.", messages.SUCCESS)
        return None

    def _ask(self, request: HttpRequest, keys: "QuerySet[ApiKey]") -> HttpResponse:
        changelist = reverse("admin:access_apikey_changelist")
        if not keys:
            self.message_user(request, "These keys are already revoked.", messages.INFO)
            return redirect(changelist)
        context = {
            **self.admin_site.each_context(request),
            "title": "Revoke API keys?",
            "opts": self.opts,
            "keys": keys,
            "changelist": changelist,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return render(request, "access/revoke_keys.html", context)
