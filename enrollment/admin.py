"""The admin of enrollments, their plans, reasons, and the disenrollment log."""

from django.contrib import admin

from enrollment.models import DisenrollLog, MemEnrollmentPlan, Reason, SubEnrollment, SubEnrollmentPlan
from tables.admin.table_admin import TableAdmin


@admin.register(SubEnrollment)
class SubEnrollmentAdmin(TableAdmin):
    """Enrollments of families, with their plans."""

    icon = "how_to_reg"
    list_display = (
        "subscriber_id",
        "group_id",
        "division_id",
        "group_coverage_start",
        "start_date",
        "end_date",
    )


@admin.register(SubEnrollmentPlan)
class SubEnrollmentPlanAdmin(TableAdmin):
    """Plans that families hold."""

    icon = "health_and_safety"
    list_display = (
        "subscriber_id",
        "group_id",
        "division_id",
        "start_date",
        "plan_id",
        "plan_start",
        "plan_end",
        "tier",
    )


@admin.register(MemEnrollmentPlan)
class MemEnrollmentPlanAdmin(TableAdmin):
    """Plans that members hold."""

    icon = "medical_information"
    list_display = (
        "subscriber_id",
        "member_seq",
        "group_id",
        "division_id",
        "plan_id",
        "plan_start",
        "plan_end",
    )


@admin.register(Reason)
class ReasonAdmin(TableAdmin):
    """Reasons why coverage ends."""

    icon = "rule"
    list_display = ("reason_id", "description", "reason_type", "cobra_length", "cobra_length_type")


@admin.register(DisenrollLog)
class DisenrollLogAdmin(TableAdmin):
    """Coverage that ended, for whom, and why."""

    icon = "person_off"
    list_display = (
        "disenrolllog_key",
        "subscriber_id",
        "member_seq",
        "group_id",
        "division_id",
        "plan_id",
        "coverage_start",
        "disenroll_date",
    )
