"""The admin of groups and divisions."""

from django.contrib import admin

from groups.models import Group, GroupDivision
from tables.admin import TableAdmin


@admin.register(Group)
class GroupAdmin(TableAdmin):
    """Employer groups, with their divisions."""

    icon = "domain"
    list_display = (
        "group_id",
        "name",
        "city",
        "state",
        "original_date",
        "renewal_date",
        "disenroll_date",
        "status",
    )


@admin.register(GroupDivision)
class GroupDivisionAdmin(TableAdmin):
    """Divisions of groups, with their plan years."""

    icon = "account_tree"
    list_display = (
        "group_id",
        "division_id",
        "name",
        "city",
        "state",
        "original_date",
        "disenroll_date",
        "status",
    )
