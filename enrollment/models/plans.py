"""The plans of an enrollment: held by the family as a whole, or by each member."""

from django.db import models

from enrollment.models.enrollment import SubEnrollment, ends_well
from enrollment.sql.doubts import NOT_OFFERED, PAST_ENROLLMENT, PAST_FAMILY
from members.models import Member
from tables.schema.fields import day, flag, integer, key_day, key_text, number, text
from tables.schema.models import ParentKey, Section, Table


class _LongTermCare(Table):
    """What long-term care plans add, for families and for members."""

    _ltc = Section("Long-term care")
    ltc_daily_benefit_amount = number("LTC Daily Benefit Amount", "Benefit for each day of care, in dollars.")
    ltc_monthly_benefit_amount = number(
        "LTC Monthly Benefit Amount", "Benefit for each month of care, in dollars."
    )
    ltc_lifetime_max_amount = number("LTC Lifetime Max Amount", "Lifetime maximum, in dollars.")
    ltc_lifetime_max_days = integer("LTC Lifetime Max Days", "Lifetime maximum, in days.")
    ltc_lifetime_max_years = integer("LTC Lifetime Max Years", "Lifetime maximum, in years.")

    class Meta(Table.Meta):
        abstract = True


class SubEnrollmentPlan(_LongTermCare):
    """One plan that the family holds under an enrollment. Without an end date, it ends with that."""

    key = (
        "subscriber_id",
        "group_id",
        "division_id",
        "group_coverage_start",
        "start_date",
        "plan_id",
        "plan_start",
    )
    owner = "members.Subscriber"
    tabs = ("Plan", "Long-term care")
    doubts = (NOT_OFFERED, PAST_ENROLLMENT)

    _plan = Section("Plan")
    subscriber_id = key_text("Subscriber ID", 9, "Family that holds the plan.")
    group_id = key_text("Group ID", 20, "Group of the enrollment.")
    division_id = key_text("Division ID", 20, "Division of the enrollment.")
    group_coverage_start = key_day("Group Coverage Start", "First day of the enrollment's contract.")
    start_date = key_day("Start Date", "First day of the enrollment.")
    plan_id = key_text("Plan ID", 20, "Plan that the family holds; the contract should offer it.")
    plan_start = key_day("Plan Start", "First day on which the family holds the plan.")
    plan_end = day("Plan End", "Last day of the plan. Empty: the plan ends with the enrollment.")
    reason_id = integer("Reason ID", "Number of the reason why the plan ended.")
    tier = text("Tier", 2, "Code of the rate tier, which says who is covered.")
    dollar_amount = number("Dollar Amount", "Amount insured or elected, in dollars.")
    use_volume_scale = flag("Use Volume Scale", "The amount comes from the volume scale by age.")
    application_received_date = day("Application Received Date", "Day the application was received.")
    paid_through = day("Paid Through", "Last day for which the plan's premium has been paid.")
    writing_commissionagencyrep_key = integer(
        "Writing CommissionAgencyRep Key", "Number of the agent who wrote the plan."
    )

    enrollment = models.ForeignObject(
        SubEnrollment,
        on_delete=models.PROTECT,
        from_fields=["subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date"],
        to_fields=["subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date"],
        related_name="plans",
    )

    class Meta(Table.Meta):
        db_table = "subenrollmentplan"
        verbose_name = "enrollment plan"
        verbose_name_plural = "enrollment plans"
        ordering = [
            "subscriber_id",
            "group_id",
            "division_id",
            "group_coverage_start",
            "start_date",
            "plan_id",
            "plan_start",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "subscriber_id",
                    "group_id",
                    "division_id",
                    "group_coverage_start",
                    "start_date",
                    "plan_id",
                    "plan_start",
                ],
                name="subenrollmentplan_key",
            ),
            ParentKey(
                parent="enrollment.SubEnrollment",
                columns=["subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date"],
                name="subenrollmentplan_enrollment",
            ),
            ends_well(
                "plan_end",
                "plan_start",
                api="plan_End",
                start_api="plan_Start",
                name="subenrollmentplan_dates",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))


class MemEnrollmentPlan(_LongTermCare):
    """One plan that one member holds, under a contract that keeps benefits by member."""

    key = (
        "subscriber_id",
        "member_seq",
        "group_id",
        "division_id",
        "group_coverage_start",
        "sub_start_date",
        "plan_id",
        "plan_start",
    )
    owner = "members.Subscriber"
    tabs = ("Plan", "Long-term care")
    doubts = (NOT_OFFERED, PAST_FAMILY)

    _plan = Section("Plan")
    subscriber_id = key_text("Subscriber ID", 9, "Family of the member.")
    member_seq = key_text("Member Seq", 2, "Member who holds the plan.")
    group_id = key_text("Group ID", 20, "Group of the family's enrollment.")
    division_id = key_text("Division ID", 20, "Division of the family's enrollment.")
    group_coverage_start = key_day(
        "Group Coverage Start", "First day of the contract of the family's enrollment."
    )
    sub_start_date = key_day("Sub Start Date", "First day of the family's enrollment.")
    plan_id = key_text("Plan ID", 20, "Plan that the member holds.")
    plan_start = key_day("Plan Start", "First day on which the member holds the plan.")
    plan_end = day("Plan End", "Last day of the member's plan. Empty: the plan ends with the enrollment.")
    reason_id = integer("Reason ID", "Number of the reason why the member's plan ended.")
    tier = text("Tier", 2, "Code of the member's rate tier.")
    dollar_amount = number("Dollar Amount", "Amount insured for the member, in dollars.")
    use_volume_scale = flag("Use Volume Scale", "The member's amount comes from the volume scale by age.")

    enrollment = models.ForeignObject(
        SubEnrollment,
        on_delete=models.PROTECT,
        from_fields=["subscriber_id", "group_id", "division_id", "group_coverage_start", "sub_start_date"],
        to_fields=["subscriber_id", "group_id", "division_id", "group_coverage_start", "start_date"],
        related_name="member_plans",
    )
    member = models.ForeignObject(
        Member,
        on_delete=models.PROTECT,
        from_fields=["subscriber_id", "member_seq"],
        to_fields=["subscriber_id", "member_seq"],
        related_name="plans",
    )

    class Meta(Table.Meta):
        db_table = "memenrollmentplan"
        verbose_name = "member enrollment plan"
        verbose_name_plural = "member enrollment plans"
        ordering = [
            "subscriber_id",
            "member_seq",
            "group_id",
            "division_id",
            "group_coverage_start",
            "sub_start_date",
            "plan_id",
            "plan_start",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "subscriber_id",
                    "member_seq",
                    "group_id",
                    "division_id",
                    "group_coverage_start",
                    "sub_start_date",
                    "plan_id",
                    "plan_start",
                ],
                name="memenrollmentplan_key",
            ),
            ParentKey(
                parent="enrollment.SubEnrollment",
                columns=[
                    "subscriber_id",
                    "group_id",
                    "division_id",
                    "group_coverage_start",
                    "sub_start_date",
                ],
                parent_columns=[
                    "subscriber_id",
                    "group_id",
                    "division_id",
                    "group_coverage_start",
                    "start_date",
                ],
                name="memenrollmentplan_enrollment",
            ),
            ParentKey(
                parent="members.Member",
                columns=["subscriber_id", "member_seq"],
                name="memenrollmentplan_member",
            ),
            ends_well(
                "plan_end",
                "plan_start",
                api="plan_End",
                start_api="plan_Start",
                name="memenrollmentplan_dates",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))
