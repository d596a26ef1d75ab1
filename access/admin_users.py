"""The back office of access: users with their roles in databases, and the roles."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from access.admin_base import Logged, SuperusersOnly
from access.models import RoleAssignment
from access.roles import role_named
from vbaadmin import databases

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


class RoleAssignmentInline(SuperusersOnly, TabularInline):
    """The user's roles on his page, one row a database."""

    model = RoleAssignment
    form = RoleAssignmentForm
    verbose_name = "role in a database"
    verbose_name_plural = "Roles: what the user may do in which database (a superuser needs none)"
    extra = 1


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

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        """The user's role in each of his databases."""
        if user.is_superuser:
            return "all rights everywhere"
        return ", ".join(str(each) for each in user.role_assignments.all()) or "none"


@admin.register(Group)
class RoleAdmin(SuperusersOnly, Logged, DjangoGroupAdmin, ModelAdmin):
    """Roles: those of the product can be looked at, others can be added, changed and deleted."""

    list_display = ["name", "purpose"]

    @admin.display(description="Purpose")
    def purpose(self, group: Group) -> str:
        """What a role of the product is for."""
        role = role_named(group.name)
        return role.purpose if role else ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permitted(request) and not (obj and role_named(obj.name))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["name", "purpose", "rights"] if obj and role_named(obj.name) else ["name", "permissions"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["purpose", "rights"]

    @admin.display(description="Rights")
    def rights(self, group: Group) -> Any:
        """The role's rights, a line a table."""
        by_table: dict[str, list[str]] = {}
        for right in group.permissions.select_related("content_type").order_by("content_type__model", "pk"):
            meta = getattr(right.content_type.model_class(), "_meta", None)
            table = str(meta.verbose_name_plural) if meta else right.content_type.model
            by_table.setdefault(table, []).append(right.codename.removesuffix(f"_{right.content_type.model}"))
        lines = sorted((table, ", ".join(rights)) for table, rights in by_table.items())
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "none"

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """Offer the rights to mirrored tables alone: no others come by a role."""
        if db_field.name == "permissions":
            labels = [app.label for app in apps.get_app_configs() if databases.is_target_app(app.label)]
            mirrored = Permission.objects.filter(content_type__app_label__in=labels)
            kwargs["queryset"] = mirrored.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)
