"""The plan year: the dates over which a division's deductibles and limits accumulate."""

from django.db import models
from django.db.models import F, Q

from groups.models import GroupDivision
from planyears import sql
from tables.schema.fields import day, flag, key_text, text
from tables.schema.models import ParentKey, Rule, Section, Table


class GroupPlanYear(Table):
    """One plan year of a division, with its fourth-quarter carry-over."""

    key = ("group_id", "division_id", "plan_year")
    findings = (sql.ENDING, sql.LAST, sql.OVERLAPPING)
    tabs = ("Plan year", "Carry-over")

    _year = Section("Plan year")
    group_id = key_text("Group ID", 20, "Group of the division.")
    division_id = key_text("Division ID", 20, "Division of the plan year.")
    plan_year = key_text(
        "Plan Year",
        8,
        "Your name for the plan year, such as CY2024 for calendar year 2024. It never changes.",
    )
    from_date = day("From Date", "First day that counts toward the plan year's deductibles and limits.")
    thru_date = day("Thru Date", "Last day that counts. It must not be before From Date.")
    plan_type = text(
        "Plan Type", 6, "Plan type that the plan year applies to. Usually empty: all plan types."
    )

    _carry_over = Section("Carry-over")
    qtr4_accum = flag("Qtr4 Accum", "Amounts from the end of the year also count toward the next plan year.")
    qtr4_from_date = day(
        "Qtr4 From Date",
        "First day whose amounts carry over, often October 1. It must be within the plan year.",
    )
    qtr4_thru_date = day(
        "Qtr4 Thru Date",
        "Last day whose amounts carry over, often December 31. It must be within the plan year.",
    )
    qtr4_planyear = text("Qtr4 PlanYear", 8, "Plan year that receives the amounts, usually the next one.")
    qtr4_benefit_code = text(
        "Qtr4 Benefit Code", 10, "Benefit code under which the carried amounts accumulate."
    )
    ex_code = text("Ex Code", 6, "Explanation code for claims whose amounts carry over, if any.")
    qtr4_deductible = flag("Qtr4 Deductible", "Carry over amounts paid toward the deductible.")
    qtr4_out_of_pocket = flag("Qtr4 Out Of Pocket", "Carry over amounts paid toward the out-of-pocket limit.")
    qtr4_out_of_pocket_type = text(
        "Qtr4 Out Of Pocket Type", 16, "What counts as out of pocket: deductible, coinsurance, copay."
    )
    qtr4_member = flag("Qtr4 Member", "Carry over the amounts of each member.")
    qtr4_subscriber = flag("Qtr4 Subscriber", "Carry over the amounts of the family as a whole.")

    division = models.ForeignObject(
        GroupDivision,
        on_delete=models.PROTECT,
        from_fields=["group_id", "division_id"],
        to_fields=["group_id", "division_id"],
        related_name="plan_years",
    )

    class Meta(Table.Meta):
        db_table = "groupplanyear"
        verbose_name = "plan year"
        verbose_name_plural = "plan years"
        ordering = ["group_id", "division_id", "plan_year"]
        indexes = [models.Index(fields=["thru_date"], name="groupplanyear_thru_date")]
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "division_id", "plan_year"], name="groupplanyear_key"
            ),
            ParentKey(
                parent="groups.GroupDivision",
                columns=["group_id", "division_id"],
                name="groupplanyear_division",
            ),
            Rule(
                column="thru_date",
                condition=Q(thru_date__gte=F("from_date")),
                message="thru_Date must not be before from_Date.",
                name="groupplanyear_dates",
            ),
            Rule(
                column="qtr4_thru_date",
                condition=Q(qtr4_thru_date__gte=F("qtr4_from_date")),
                message="qtr4_Thru_Date must not be before qtr4_From_Date.",
                name="groupplanyear_qtr4_dates",
            ),
            Rule(
                column="qtr4_from_date",
                condition=Q(qtr4_from_date__gte=F("from_date")),
                message="qtr4_From_Date must not be before from_Date.",
                name="groupplanyear_qtr4_from_after_from",
            ),
            Rule(
                column="qtr4_from_date",
                condition=Q(qtr4_from_date__lte=F("thru_date")),
                message="qtr4_From_Date must not be after thru_Date.",
                name="groupplanyear_qtr4_from_before_thru",
            ),
            Rule(
                column="qtr4_thru_date",
                condition=Q(qtr4_thru_date__gte=F("from_date")),
                message="qtr4_Thru_Date must not be before from_Date.",
                name="groupplanyear_qtr4_thru_after_from",
            ),
            Rule(
                column="qtr4_thru_date",
                condition=Q(qtr4_thru_date__lte=F("thru_date")),
                message="qtr4_Thru_Date must not be after thru_Date.",
                name="groupplanyear_qtr4_thru_before_thru",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(self.key_values())
