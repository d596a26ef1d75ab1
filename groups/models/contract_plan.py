"""The contract plan: a plan that a contract offers, with its terms."""

from django.db import models

from groups.models.contract import GroupContract
from tables.schema.fields import day, flag, integer, key_day, key_text, number, text
from tables.schema.models import ParentKey, Section, Table


class GroupContractPlan(Table):
    """One plan of a contract, in which members of the division can enroll."""

    key = ("group_id", "division_id", "coverage_start", "plan_id")
    tabs = ("Plan", "Contributions", "Interest", "Interest on electronic payments", "Disability", "Pharmacy")

    _plan = Section("Plan")
    group_id = key_text("Group ID", 20, "Group of the contract.")
    division_id = key_text("Division ID", 20, "Division of the contract.")
    coverage_start = key_day("Coverage Start", "First day of the contract that offers the plan.")
    plan_id = key_text("Plan ID", 20, "Code of the plan, from your list of plans.")
    account_key = integer("Account Key", "Number of the account that pays the plan's claims.")
    payor_id = text("Payor ID", 20, "Code of the payor, if it is not the contract's payor.")
    bpl = text("BPL", 16, "Code of the benefit plan level, if your plans have levels.")
    locator = text("Locator", 16, "Where the plan is filed in another system.")
    paid_through = day("Paid Through", "Last day for which the plan's premium has been paid.")
    advice_to_pay = flag("Advice To Pay", "The plan's claims are reported but not paid by this system.")
    use_plan_options = flag(
        "Use Plan Options", "Use the plan's own options, not those of this contract plan."
    )
    end_coverage_age = integer("End Coverage Age", "Age at which a member's coverage under the plan ends.")
    end_coverage_age_type = text(
        "End Coverage Age Type",
        16,
        "When coverage ends at that age: on the birthday, at the end of the month, or similar.",
    )

    _contributions = Section("Contributions")
    billing_basis = text("Billing Basis", 1, "Code for how the plan's premium is calculated.")
    employee_contribution = number("Employee Contribution", "What employees pay for themselves.")
    employee_contribution_pct = flag(
        "Employee Contribution Pct", "Employee Contribution is a percentage. Otherwise, it is in dollars."
    )
    dependent_contribution = number("Dependent Contribution", "What employees pay for their dependents.")
    dependent_contribution_pct = flag(
        "Dependent Contribution Pct", "Dependent Contribution is a percentage. Otherwise, it is in dollars."
    )
    use_salary_pct = flag("Use Salary Pct", "The volume is a percentage of salary.")
    salary_pct = number("Salary Pct", "Percentage of salary that sets the volume.")
    volume = number("Volume", "Amount that the plan insures, if it is the same for everyone.")
    volume_min = number("Volume Min", "Minimum amount insured for any member.")
    volume_max = number("Volume Max", "Maximum amount insured for any member.")

    _interest = Section("Interest")
    calc_interest = flag("Calc Interest", "Pay interest on claims that are paid late.")
    calc_interest_option = text("Calc Interest Option", 16, "Day from which interest is calculated.")
    calc_interest_network_option = text(
        "Calc Interest Network Option",
        16,
        "Which providers get interest: in network, out of network, or all.",
    )
    calc_interest_on_adj = flag("Calc Interest On Adj", "Adjusted claims earn interest too.")
    calc_interest_pct = number("Calc Interest Pct", "Interest on late payments, in percent per year.")
    calc_interest_min = number("Calc Interest Min", "Minimum interest that is paid, in dollars.")
    calc_interest_prompt_pay_freq = integer(
        "Calc Interest Prompt Pay Freq", "How long payment may take before interest starts."
    )
    calc_interest_prompt_pay_type = text(
        "Calc Interest Prompt Pay Type", 1, "Unit of Calc Interest Prompt Pay Freq, such as D for days."
    )

    _ach = Section("Interest on electronic payments")
    calc_interest_ach = flag("Calc Interest ACH", "Also pay interest on late electronic payments.")
    calc_interest_ach_option = text(
        "Calc Interest ACH Option", 16, "Day from which interest on electronic payments is calculated."
    )
    calc_interest_ach_network_option = text(
        "Calc Interest ACH Network Option", 16, "Which providers get interest on electronic payments."
    )
    calc_interest_ach_on_adj = flag(
        "Calc Interest ACH On Adj", "Adjusted claims that are paid electronically earn interest."
    )
    calc_interest_ach_pct = number(
        "Calc Interest ACH Pct", "Interest on late electronic payments, in percent per year."
    )
    calc_interest_ach_min = number(
        "Calc Interest ACH Min", "Minimum interest on an electronic payment, in dollars."
    )
    calc_interest_ach_prompt_pay_freq = integer(
        "Calc Interest ACH Prompt Pay Freq", "How long electronic payment may take before interest starts."
    )
    calc_interest_ach_prompt_pay_type = text(
        "Calc Interest ACH Prompt Pay Type", 1, "Unit of the time allowed for electronic payment."
    )

    _disability = Section("Disability")
    disability_pay_through_day = integer(
        "Disability Pay Through Day", "Day of the month through which disability payments are made."
    )
    minimum_benefit = number("Minimum Benefit", "Minimum disability payment, in dollars.")
    retirement_plan = flag("Retirement Plan", "Members of the plan count as having a retirement plan (W-2).")
    prorate_fica = flag("Prorate FICA", "Calculate FICA only for the part of a period that is paid.")
    exempt_federal = flag("Exempt Federal", "Do not withhold federal income tax from the plan's payments.")
    exempt_state = flag("Exempt State", "Do not withhold state income tax from the plan's payments.")
    exempt_socsec = flag("Exempt SocSec", "Do not withhold Social Security tax from the plan's payments.")
    exempt_medicare = flag("Exempt Medicare", "Do not withhold Medicare tax from the plan's payments.")
    tax_day_limit_type = integer(
        "Tax Day Limit Type",
        "Whether tax day limits count days or calendar months; 1 is usual.",
        required=True,
    )
    federal_tax_day_limit = integer(
        "Federal Tax Day Limit", "How long payments are exempt from federal income tax."
    )
    federal_wage_limit = number("Federal Wage Limit", "Wages up to which federal income tax is withheld.")
    state_tax_day_limit = integer(
        "State Tax Day Limit", "How long payments are exempt from state income tax."
    )
    state_wage_limit = number("State Wage Limit", "Wages up to which state income tax is withheld.")
    socsec_tax_day_limit = integer(
        "SocSec Tax Day Limit", "How long payments are exempt from Social Security tax."
    )
    socsec_wage_limit = number("SocSec Wage Limit", "Wages up to which Social Security tax is withheld.")
    medicare_tax_day_limit = integer(
        "Medicare Tax Day Limit", "How long payments are exempt from Medicare tax."
    )
    medicare_wage_limit = number("Medicare Wage Limit", "Wages up to which Medicare tax is withheld.")

    _pharmacy = Section("Pharmacy")
    rx_name = text("RX Name", 512, "Pharmacy benefit manager, as printed on ID cards.")
    rx_bin = text("RX BIN", 64, "BIN that pharmacies send claims to.")
    rx_pcn = text("RX PCN", 64, "Processor control number (PCN) for pharmacies.")
    rx_grp = text("RX GRP", 64, "Group code that pharmacies enter (RxGrp).")
    rx_cs_contact = text("RX CS Contact", 128, "Contact for questions about prescriptions.")
    rx_cs_phone = text("RX CS Phone", 32, "Phone number for questions about prescriptions.")

    contract = models.ForeignObject(
        GroupContract,
        on_delete=models.PROTECT,
        from_fields=["group_id", "division_id", "coverage_start"],
        to_fields=["group_id", "division_id", "coverage_start"],
        related_name="plans",
    )

    class Meta(Table.Meta):
        db_table = "groupcontractplan"
        verbose_name = "contract plan"
        verbose_name_plural = "contract plans"
        ordering = ["group_id", "division_id", "coverage_start", "plan_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "division_id", "coverage_start", "plan_id"], name="groupcontractplan_key"
            ),
            ParentKey(
                parent="groups.GroupContract",
                columns=["group_id", "division_id", "coverage_start"],
                name="groupcontractplan_contract",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))
