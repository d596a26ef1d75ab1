"""The admin of subscribers, members and authorizations."""

from django.contrib import admin

from members.models import Authorization, Member, Subscriber
from tables.admin import TableAdmin


@admin.register(Subscriber)
class SubscriberAdmin(TableAdmin):
    """Families, with their members and enrollments."""

    icon = "family_restroom"
    list_display = (
        "subscriber_id",
        "last_name",
        "first_name",
        "city",
        "state",
        "date_enrolled",
        "disenroll_date",
    )


@admin.register(Member)
class MemberAdmin(TableAdmin):
    """The persons of families."""

    icon = "person"
    list_display = (
        "subscriber_id",
        "member_seq",
        "last_name",
        "first_name",
        "birth_date",
        "relationship",
        "disenroll_date",
    )


@admin.register(Authorization)
class AuthorizationAdmin(TableAdmin):
    """Authorizations of care."""

    icon = "fact_check"
    list_display = (
        "auth_number",
        "subscriber_id",
        "member_seq",
        "plan_id",
        "auth_code",
        "requested_from",
        "approved_from",
        "approved_thru",
    )
