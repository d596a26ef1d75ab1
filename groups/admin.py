"""The admin of groups, divisions, contracts and their plans."""

from django.contrib import admin

from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from tables.admin.table_admin import TableAdmin


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


@admin.register(GroupContract)
class GroupContractAdmin(TableAdmin):
    """Contracts of divisions, with their plans and enrollments."""

    icon = "contract"
    list_display = (
        "group_id",
        "division_id",
        "coverage_start",
        "coverage_end",
        "policy_number",
        "benefit_at_member",
    )


@admin.register(GroupContractPlan)
class GroupContractPlanAdmin(TableAdmin):
    """Plans that contracts offer."""

    icon = "medical_services"
    list_display = ("group_id", "division_id", "coverage_start", "plan_id", "paid_through")
