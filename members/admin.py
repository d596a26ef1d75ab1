"""The admin of subscribers, members and authorizations."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from members.finding import find_members
from members.models import Authorization, Member, Subscriber
from tables.admin.table_admin import TableAdmin
from tables.schema.models import Table


class PeopleAdmin(TableAdmin):
    """Tables of people, in which one box finds a person by ID, name, birth date or SSN."""

    # ``find_members`` does the search; the search box lists these columns.
    search_fields = ("subscriber_id", "last_name", "first_name", "birth_date", "ssn")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Table]", search_term: str
    ) -> tuple["QuerySet[Table]", bool]:
        """Return the people who match the search term."""
        if not search_term.strip():
            return queryset, False
        column = "pk" if self.model is Member else "subscriber_id"
        found = find_members(search_term, request.user, column)
        return queryset.filter(**{f"{column}__in": found}), False


@admin.register(Subscriber)
class SubscriberAdmin(PeopleAdmin):
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
class MemberAdmin(PeopleAdmin):
    """The members of families."""

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
