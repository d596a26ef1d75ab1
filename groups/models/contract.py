"""The contract: when a division buys coverage, and how that coverage is administered."""

from django.db import models

from groups.models.division import GroupDivision
from tables.schema.fields import day, flag, integer, key_day, key_text, number, required_text, text
from tables.schema.models import ParentKey, Section, Table


class GroupContract(Table):
    """One contract of a division, with its plans and the enrollments that it covers."""

    key = ("group_id", "division_id", "coverage_start")
    tabs = ("Contract", "Accumulators", "Billing", "Reinsurance")

    _contract = Section("Contract")
    group_id = key_text("Group ID", 20, "Group of the division.")
    division_id = key_text("Division ID", 20, "Division that has the contract.")
    coverage_start = key_day("Coverage Start", "First day of coverage under the contract.")
    coverage_end = day("Coverage End", "Last day of coverage; empty while the contract continues.")
    orig_coverage_end = day("Orig Coverage End", "Original coverage end date.")
    policy_number = text("Policy Number", 32, "Policy number, as printed on the contract.")
    payor_id = text("Payor ID", 20, "Code of the payor who pays the claims.")
    adult_age = integer(
        "Adult Age", "Age at which a child counts as an adult and needs student status on file."
    )
    cutoff_age = integer("Cutoff Age", "Age at which a child's coverage ends, student or not.")
    allow_multi_plan = text(
        "Allow Multi Plan", 1, "Whether a family may hold several plans of one type, usually Y or N."
    )
    salaried_benefit = flag("Salaried Benefit", "Benefits are calculated from the subscriber's salary.")
    advice_to_pay = flag("Advice To Pay", "Claims are calculated and reported, but not paid by this system.")

    _levels = Section("Accumulators")
    benefit_at_member = required_text(
        "Benefit At Member", 1, "Y: each member is enrolled in plans. N: the family is enrolled as a whole."
    )
    rider_at_member = required_text(
        "Rider At Member", 1, "Y: each member holds riders. N: the family holds riders as a whole."
    )
    max_at_subscriber = required_text(
        "Max At Subscriber", 1, "Y: maximums are counted for the family as a whole. Otherwise N."
    )
    total_at_member = required_text(
        "Total At Member", 1, "Y: totals are counted for each member separately. Otherwise N."
    )

    _billing = Section("Billing")
    billing_cycle_id = text("Billing Cycle ID", 2, "Code of the billing cycle that the contract follows.")
    billing_basis = text("Billing Basis", 1, "Code for how the premium is calculated.")
    last_billed = day("Last Billed", "Last day billed so far.")
    paid_through = day("Paid Through", "Last day for which the contract's premium has been paid.")
    commission = number("Commission", "Commission on the contract, a percentage or an amount.")
    comm_pct_flag = flag("Comm Pct Flag", "Commission is a percentage. Otherwise, it is an amount.")
    comm_per = text("Comm Per", 1, "How a commission amount is paid: per bill, per employee, and so on.")

    _reinsurance = Section("Reinsurance")
    reinsurer_id = text("Reinsurer Id", 8, "Code of the reinsurer of the contract.")
    stop_loss_amt = number("Stop Loss Amt", "Amount above which the reinsurer pays, in dollars.")

    division = models.ForeignObject(
        GroupDivision,
        on_delete=models.PROTECT,
        from_fields=["group_id", "division_id"],
        to_fields=["group_id", "division_id"],
        related_name="contracts",
    )

    class Meta(Table.Meta):
        db_table = "groupcontract"
        verbose_name = "contract"
        verbose_name_plural = "contracts"
        ordering = ["group_id", "division_id", "coverage_start"]
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "division_id", "coverage_start"], name="groupcontract_key"
            ),
            ParentKey(
                parent="groups.GroupDivision",
                columns=["group_id", "division_id"],
                name="groupcontract_division",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))
