"""The back office of access: users with their roles in databases, and the roles."""

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
    """One role of a user: in which database, and which. One that is configured no more stays readable."""

    class Meta:
        model = RoleAssignment
        fields = ["database", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys(["", *databases.names(), self.instance.database])
        self.fields["database"] = forms.ChoiceField(
            choices=[(name, name or "---------") for name in names], widget=UnfoldAdminSelectWidget
        )
        # The heading of a column does not name the inputs below it.
        for name, field in self.fields.items():
            widget: Any = field.widget
            getattr(widget, "widget", widget).attrs["aria-label"] = name.capitalize()


class RoleAssignmentInline(SuperusersOnly, TabularInline):
    """The user's roles on his page, one row a database."""

    model = RoleAssignment
    form = RoleAssignmentForm
    verbose_name = "role in a database"
    verbose_name_plural = "Roles: what the user may do in which database (a superuser needs none)"
    extra = 1
    hide_title = True


@admin.register(User)
class UserAdmin(SuperusersOnly, Logged, DjangoUserAdmin, ModelAdmin):
    """Users, with their roles. Rights come by roles alone, so Django's own are not offered."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [RoleAssignmentInline]
    fieldsets = (
        (None, {"fields": ["username", "password"]}),
        ("Personal info", {"fields": ["first_name", "last_name", "email"]}),
        ("Standing", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Important dates", {"fields": ["last_login", "date_joined"]}),
    )
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
        """Save the account; who becomes a superuser gets into the back office."""
        if obj.is_superuser and "is_superuser" in form.changed_data and not obj.is_staff:
            obj.is_staff = True
            self._tell_staff(request, obj)
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: object, change: bool
    ) -> None:
        """Save the roles; say so if the first one lets the user into the back office."""
        was_staff = form.instance.is_staff
        super().save_related(request, form, formsets, change)
        if form.instance.is_staff and not was_staff:
            self._tell_staff(request, form.instance)

    def _tell_staff(self, request: HttpRequest, user: User) -> None:
        text = f"{user} may sign in here now: Staff status is on. Clear it for who comes by the API alone."
        self.message_user(request, text, messages.INFO)

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        """The user's role in each of his databases."""
        if user.is_superuser:
            return "all rights everywhere"
        return ", ".join(str(each) for each in user.role_assignments.all()) or "none"


class RightsField(forms.ModelMultipleChoiceField):
    """Checkboxes of the rights to mirrored tables: no others come by a role."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        labels = [app.label for app in apps.get_app_configs() if databases.is_target_app(app.label)]
        mirrored = Permission.objects.filter(content_type__app_label__in=labels)
        super().__init__(queryset=mirrored.select_related("content_type"), required=False, **kwargs)

    def label_from_instance(self, right: Permission) -> str:
        """Name the table and what may be done with it."""
        return ": ".join(_words_of(right))


def _words_of(right: Permission) -> tuple[str, str]:
    """Return the name of a right's table, and what may be done with it."""
    kind = right.content_type
    model = kind.model_class()
    table = str(model._meta.verbose_name_plural) if model else kind.model
    return capfirst(table), right.codename.removesuffix(f"_{kind.model}").replace("_", " ")


class RoleForm(forms.ModelForm):
    """A role of one's own: its name and its rights."""

    permissions = RightsField(label="Rights")

    class Meta:
        model = Role
        fields = ["name", "permissions"]


@admin.register(Role)
class RoleAdmin(SuperusersOnly, Logged, ModelAdmin):
    """Roles: those of the product can be looked at, others can be added, changed and deleted."""

    form = RoleForm
    list_display = ["name", "purpose"]
    search_fields = ["name"]
    readonly_fields = ["purpose", "rights"]

    @admin.display(description="Purpose")
    def purpose(self, role: Role) -> str:
        """What a role of the product is for."""
        kept = role_named(role.name)
        return kept.purpose if kept else ""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self._permitted(request) and not (isinstance(obj, Role) and role_named(obj.name))

    has_delete_permission = has_change_permission

    def get_fields(self, request: HttpRequest, obj: Role | None = None) -> list[str]:
        return ["name", "purpose", "rights"] if obj and role_named(obj.name) else ["name", "permissions"]

    @admin.display(description="Rights")
    def rights(self, role: Role) -> str:
        """The role's rights, a line a table."""
        by_table: dict[str, list[str]] = {}
        for right in role.permissions.select_related("content_type"):
            table, may = _words_of(right)
            by_table.setdefault(table, []).append(may)
        lines = ((table, ", ".join(may)) for table, may in sorted(by_table.items()))
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "none"
