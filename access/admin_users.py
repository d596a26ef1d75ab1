"""The admin pages of users, with their roles in databases, and of roles."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from access.admin_base import Logged, SuperusersOnly
from access.models import Role, RoleAssignment
from access.roles import role_named
from tables.context import databases

admin.site.unregister([User, Group])


class RoleAssignmentForm(forms.ModelForm):
    """One role of a user in one database. A database that is no longer configured stays readable."""

    class Meta:
        model = RoleAssignment
        fields = ["database", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys(["", *databases.names(), self.instance.database])
        self.fields["database"] = forms.ChoiceField(
            choices=[(name, name or "---------") for name in names], widget=UnfoldAdminSelectWidget
        )
        # A screen reader does not link the heading of a column to the inputs below it.
        for name, field in self.fields.items():
            widget: Any = field.widget
            getattr(widget, "widget", widget).attrs["aria-label"] = name.capitalize()


class RoleAssignmentInline(SuperusersOnly, TabularInline):
    """The roles on the page of a user, one row for each database."""

    model = RoleAssignment
    form = RoleAssignmentForm
    verbose_name = "role in a database"
    verbose_name_plural = "Roles: what the user may do in each database (superusers need none)"
    extra = 1
    hide_title = True


@admin.register(User)
class UserAdmin(SuperusersOnly, Logged, DjangoUserAdmin, ModelAdmin):
    """Users with their roles. Only roles give rights, so the page does not offer Django's permissions."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [RoleAssignmentInline]
    fieldsets = (
        (None, {"fields": ["username", "password"]}),
        ("Personal info", {"fields": ["first_name", "last_name", "email"]}),
        ("Status", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Important dates", {"fields": ["last_login", "date_joined"]}),
    )
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ()
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_display = [
        "username",
        "first_name",
        "last_name",
        "roles",
        "is_staff",
        "is_superuser",
        "is_active",
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related("role_assignments__role")

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Save the user. A new superuser may sign in to the admin."""
        if obj.is_superuser and "is_superuser" in form.changed_data and not obj.is_staff:
            obj.is_staff = True
            self._tell_staff(request, obj)
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: object, change: bool
    ) -> None:
        """Save the roles. Tell the superuser if the first role lets the user sign in to the admin."""
        was_staff = form.instance.is_staff
        super().save_related(request, form, formsets, change)
        if form.instance.is_staff and not was_staff:
            self._tell_staff(request, form.instance)

    def _tell_staff(self, request: HttpRequest, user: User) -> None:
        text = f"{user} may now sign in here: Staff status is on. Turn it off if the user only uses the API."
        self.message_user(request, text, messages.INFO)

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        """Return the role of the user in each database."""
        if user.is_superuser:
            return "all rights in all databases"
        return ", ".join(str(each) for each in user.role_assignments.all()) or "none"


class RightsField(forms.ModelMultipleChoiceField):
    """Checkboxes of the rights to mirrored tables. A role gives no other rights."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        labels = [app.label for app in apps.get_app_configs() if databases.is_target_app(app.label)]
        mirrored = Permission.objects.filter(content_type__app_label__in=labels)
        super().__init__(queryset=mirrored.select_related("content_type"), required=False, **kwargs)

    def label_from_instance(self, right: Permission) -> str:
        """Return the table and what the right allows."""
        return ": ".join(_words_of(right))


def _words_of(right: Permission) -> tuple[str, str]:
    """Return the name of the table of a right, and what the right allows."""
    kind = right.content_type
    model = kind.model_class()
    table = str(model._meta.verbose_name_plural) if model else kind.model
    return capfirst(table), right.codename.removesuffix(f"_{kind.model}").replace("_", " ")


class RoleForm(forms.ModelForm):
    """The form of a custom role: its name and its rights."""

    permissions = RightsField(label="Rights")

    class Meta:
        model = Role
        fields = ["name", "permissions"]


@admin.register(Role)
class RoleAdmin(SuperusersOnly, Logged, ModelAdmin):
    """Roles. Built-in roles are read-only. Custom roles can be added, changed and deleted."""

    form = RoleForm
    list_display = ["name", "purpose"]
    search_fields = ["name"]
    readonly_fields = ["purpose", "rights"]

    @admin.display(description="Purpose")
    def purpose(self, role: Role) -> str:
        """Return what a built-in role is for."""
        kept = role_named(role.name)
        return kept.purpose if kept else ""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self._permitted(request) and not (isinstance(obj, Role) and role_named(obj.name))

    has_delete_permission = has_change_permission

    def get_fields(self, request: HttpRequest, obj: Role | None = None) -> list[str]:
        return ["name", "purpose", "rights"] if obj and role_named(obj.name) else ["name", "permissions"]

    @admin.display(description="Rights")
    def rights(self, role: Role) -> str:
        """Return the rights of the role, one line for each table."""
        by_table: dict[str, list[str]] = {}
        for right in role.permissions.select_related("content_type"):
            table, may = _words_of(right)
            by_table.setdefault(table, []).append(may)
        lines = ((table, ", ".join(may)) for table, may in sorted(by_table.items()))
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "none"
