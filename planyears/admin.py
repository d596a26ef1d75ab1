"""The admin of plan years."""

from django.contrib import admin

from planyears.models import GroupPlanYear
from tables.admin.table_admin import TableAdmin


@admin.register(GroupPlanYear)
class GroupPlanYearAdmin(TableAdmin):
    """Plan years of divisions."""

    icon = "calendar_month"
    list_display = ("group_id", "division_id", "plan_year", "from_date", "thru_date", "plan_type")
