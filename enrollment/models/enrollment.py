"""The enrollment: the span in which a family is covered by a contract."""

from typing import Any

from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from enrollment.sql.doubts import OUTSIDE_CONTRACT
from groups.models import GroupContract
from members.models import Subscriber
from tables.schema.fields import day, key_day, key_text, number, stamp_user, text
from tables.schema.models import ParentKey, Rule, Section, Table
from tables.write.overlaps import NoOverlap


def ends_well(column: str, start: str, *, api: str, start_api: str, name: str) -> Rule:
    """Return the rule that a span ends on its first day or later, or the day before, which makes it void."""
    day_before: Any = ExpressionWrapper(F(start) - 1, output_field=models.DateField())
    return Rule(
        column=column,
        condition=Q(**{f"{column}__gte": day_before}),
        message=f"{api} must not be more than one day before {start_api}.",
        name=name,
    )


class SubEnrollment(Table):
    """One span of coverage of a family. If it ends the day before it starts, it is void: it covers no one."""

    key = ("subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date")
    owner = "members.Subscriber"
    tabs = ("Enrollment", "Limits")
    doubts = (OUTSIDE_CONTRACT,)

    _enrollment = Section("Enrollment")
    subscriber_id = key_text("Subscriber ID", 9, "Family that is covered.")
    group_id = key_text("Group ID", 20, "Group whose contract covers the family.")
    division_id = key_text("Division ID", 20, "Division whose contract covers the family.")
    group_coverage_start = key_day(
        "Group Coverage Start", "First day of the contract that covers the family."
    )
    start_date = key_day("Start Date", "First day on which the family is covered.")
    end_date = day("End Date", "Last day of coverage; empty while coverage continues.")
    term_date = day("Term Date", "Day employment ended. For reports only; it does not end coverage.")
    original_enrollment_date = day(
        "Original Enrollment Date", "First day of coverage, before any interruption."
    )
    date_employed = day("Date Employed", "Day employment began.")
    eligibility_date = day("Eligibility Date", "First day on which the family is eligible for coverage.")
    policy_number = text("Policy Number", 25, "The family's own policy number.")
    paid_through = day("Paid Through", "Last day for which the family's premium has been paid.")

    _limits = Section("Limits")
    annual_max = number("Annual Max", "The family's own yearly maximum, in dollars.")
    lifetime_max = number("Lifetime Max", "The family's own lifetime maximum, in dollars.")

    _stamps50 = Section("Stamps")
    entry_user = stamp_user("Entry User", "Who first saved the enrollment.")
    update_user = stamp_user("Update User", "Who last changed the enrollment.")

    subscriber = models.ForeignObject(
        Subscriber,
        on_delete=models.PROTECT,
        from_fields=["subscriber_id"],
        to_fields=["subscriber_id"],
        related_name="enrollments",
    )
    contract = models.ForeignObject(
        GroupContract,
        on_delete=models.PROTECT,
        from_fields=["group_id", "division_id", "group_coverage_start"],
        to_fields=["group_id", "division_id", "coverage_start"],
        related_name="enrollments",
    )

    class Meta(Table.Meta):
        db_table = "subenrollment"
        verbose_name = "enrollment"
        verbose_name_plural = "enrollments"
        ordering = ["subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date"]
        # No index has end_date: a disenrollment writes it in every row, and each index would slow that down.
        indexes = [
            models.Index(fields=["group_id", "division_id", "subscriber_id"], name="subenrollment_division")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date"],
                name="subenrollment_key",
            ),
            ParentKey(
                parent="members.Subscriber", columns=["subscriber_id"], name="subenrollment_subscriber"
            ),
            ParentKey(
                parent="groups.GroupContract",
                columns=["group_id", "division_id", "group_coverage_start"],
                parent_columns=["group_id", "division_id", "coverage_start"],
                name="subenrollment_contract",
            ),
            ends_well(
                "end_date", "start_date", api="end_Date", start_api="start_Date", name="subenrollment_dates"
            ),
            NoOverlap(
                within=["subscriber_id", "group_id", "division_id"],
                start="start_date",
                end="end_date",
                owner="members.Subscriber",
                message="The enrollment overlaps another of the subscriber in this division.",
                name="subenrollment_no_overlap",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))
