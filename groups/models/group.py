"""The group: an employer, or another sponsor, whose people are covered."""

from django.db import models

from groups import sql
from groups.models.shared import Address, Billing, Claims, Contact, Disability, Enrollment, Retired
from tables.schema.fields import day, flag, integer, key_text, number, optional_flag, text
from tables.schema.models import Section, Table


class Group(Address, Contact, Enrollment, Billing, Claims, Disability, Retired):
    """One employer group, with its divisions; ``disenroll_date`` ends its coverage."""

    key = ("group_id",)
    findings = (sql.ACTIVE, sql.ENDING, sql.WITHOUT_CONTRACT)
    tabs = (
        "Identity",
        "Address",
        "Contact",
        "Enrollment and COBRA",
        "Billing",
        "Invoicing",
        "Claims",
        "Disability",
        "Pharmacy",
        "Reporting",
        "Retired",
    )

    _group_identity = Section("Identity")
    group_id = key_text("Group ID", 20, "The group's own number or code; it never changes.", primary_key=True)
    name = text("Name", 50, "Employer's name, as it appears in lists and on letters.")
    federal_id = text("Federal ID", 20, "Employer's federal tax ID (EIN), such as 12-3456789.")
    original_date = day("Original Date", "First day the group was covered.")
    renewal_date = day("Renewal Date", "Day of the latest renewal. For reports only.")
    disenroll_date = day(
        "Disenroll Date", "Last day of coverage of a group that leaves; empty while the group is active."
    )
    paid_through = day("Paid Through", "Last day for which the group's premium has been paid.")
    paperless = flag("Paperless", "Send nothing on paper to the group's members, even if they chose paper.")

    _group_enrollment = Section("Enrollment and COBRA")
    subscriber_id_prefix = text(
        "Subscriber ID Prefix", 3, "Prefix of subscriber IDs that are generated automatically."
    )
    subscriber_id_suffix = text(
        "Subscriber ID Suffix", 3, "Suffix of subscriber IDs that are generated automatically."
    )
    election_range = integer(
        "Election Range",
        "Length of a flexible spending election, in units of Election Range Type.",
    )
    election_range_type = text(
        "Election Range Type", 16, "Unit of Election Range, usually Days, Months or Years."
    )
    admin_cobra = flag("Admin COBRA", "The group administers COBRA itself.")
    disable_cobra_auto_select = flag(
        "Disable COBRA Auto Select", "When a member leaves, do not select the COBRA premium automatically."
    )

    _group_billing = Section("Billing")
    billing_cycle_id = text(
        "Billing Cycle ID", 2, "Code of the billing cycle: how often, and for which period, bills are made."
    )
    self_admin = flag("Self Admin", "The group calculates its own bill and pays from its own list.")
    addon_rate_option = text(
        "AddOn Rate Option",
        8,
        "How add-on rates combine: added up (Additive), or each on top of the one before.",
    )
    billing_retro_limit = integer(
        "Billing Retro Limit",
        "How many billing cycles back to look for corrections.",
    )
    commission_lookback = integer(
        "Commission Lookback", "How many billing cycles back to recalculate commissions."
    )
    group_account = integer("Group Account", "Number of the employer's own account. For reference only.")

    _group_invoicing = Section("Invoicing")
    billing_invoice_create = integer(
        "Billing Invoice Create", "Whether invoice runs include the group, usually 1 for yes and 0 for no."
    )
    use_employer_state = optional_flag(
        "Use Employer State",
        "Rate invoices by the employer's state instead of each subscriber's. Off by default.",
        default=False,
    )
    invoice_enrolled_by = integer(
        "Invoice Enrolled By", "Day by which a member must be enrolled to be on the period's invoice."
    )
    invoice_enrolled_thru = integer(
        "Invoice Enrolled Thru",
        "Day through which a member must stay enrolled to be on the period's invoice.",
    )
    inv_grace_period = integer(
        "Inv Grace Period",
        "How long after the end of coverage invoices may be processed, in units of Inv Grace Period Type.",
    )
    inv_grace_period_type = text(
        "Inv Grace Period Type",
        1,
        "Unit of Inv Grace Period, usually D (days), W (weeks), M (months) or Y (years).",
    )
    set_billing_due_date = flag(
        "Set Billing Due Date",
        "Use the Billing Due Date columns for due dates. Otherwise a bill is due on its last billed day.",
    )
    billing_due_date_type = text(
        "Billing Due Date Type", 32, "Date that the due date is counted from; needs Set Billing Due Date."
    )
    billing_due_date_range = integer(
        "Billing Due Date Range",
        "Time from that date to the due date, in units of Billing Due Date Range Type.",
    )
    billing_due_date_range_type = text(
        "Billing Due Date Range Type", 16, "Unit of Billing Due Date Range, usually Days, Weeks or Months."
    )

    _group_claims = Section("Claims")
    apply_ex_code = flag("Apply Ex Code", "Put Ex Code on the group's claims when they are processed.")
    ex_code = text("Ex Code", 6, "Explanation code for the group's claims; needs Apply Ex Code.")
    advice_to_pay = flag("Advice To Pay", "Claims are processed as advice only and stay marked unpaid.")
    check_birthday = text(
        "Check Birthday", 1, "Whether to compare birth dates when claims are processed, usually Y or N."
    )
    uc_percent = text("UC Percent", 8, "Percent of usual and customary charges that is allowed, such as 80.")
    copay_max_per_date_provider = flag(
        "CoPay Max Per Date Provider",
        "Count the copay limit for each provider separately, not for the whole plan.",
    )
    default_eob_report = integer(
        "Default EOB Report",
        "Number of the report object that prints explanations of benefits; set by technical staff.",
    )

    _group_disability = Section("Disability")
    default_process_by_disability_date = flag(
        "Default Process by Disability Date",
        "By default, process new disability claims by the date of disability.",
    )
    default_roll_up_waiting_period = flag(
        "Default Roll Up Waiting Period", "By default, roll up the waiting period of new disability claims."
    )

    _group_pharmacy = Section("Pharmacy")
    rx_name = text("RX Name", 512, "Name of the pharmacy benefit manager; for reports.")
    rx_bin = text("RX BIN", 64, "BIN on the drug card, which pharmacies use to route claims; for reports.")
    rx_pcn = text("RX PCN", 64, "Processor control number on the drug card; for reports.")
    rx_grp = text("RX GRP", 64, "Group number on the drug card; for reports.")
    rx_cs_contact = text(
        "RX CS Contact", 128, "Customer service of the pharmacy benefit manager; for reports."
    )
    rx_cs_phone = text(
        "RX CS Phone", 32, "Phone number of the pharmacy benefit manager's customer service; for reports."
    )

    _group_reporting = Section("Reporting")
    account_manager = text("Account Manager", 128, "Staff member who looks after the group; for reports.")
    producer = text("Producer", 128, "Broker or agent who brought the group; for reports.")
    employer_size = text("Employer Size", 8, "Size class of the employer, in your own words; for reports.")
    total_employees = integer(
        "Total Employees", "How many employees the employer has, covered or not; for reports."
    )
    renewal_completion_date = day(
        "Renewal Completion Date", "Day the latest renewal was completed; for reports."
    )
    open_closed_enrollment = flag(
        "Open Closed Enrollment", "On while enrollment is open, off while it is closed; for reports."
    )
    prepaid_group = flag("Prepaid Group", "The group pays before the billed period starts; for reports.")

    _group_retired = Section("Retired")
    billing_age_calc = text(
        "Billing Age Calc", 1, "No longer used: premium billing decides how ages are calculated."
    )
    caserate = number("CaseRate", "No longer used: amount paid for a case as a whole.")
    generate_adjustments = text(
        "Generate Adjustments",
        1,
        "No longer used: premium billing decides whether corrections are billed.",
    )
    generate_invoices = text(
        "Generate Invoices", 1, "No longer used: premium billing decides whether invoices are made."
    )
    individual_billing = flag(
        "Individual Billing", "No longer used: each subscriber was billed alone. Leave off."
    )
    individual_cycle = flag(
        "Individual Cycle", "No longer used: each subscriber had a billing cycle. Leave off."
    )
    individual_dates = flag(
        "Individual Dates", "No longer used: each subscriber had billing dates. Leave off."
    )
    reason_id = integer(
        "Reason ID", "No longer used: reason why the group left. Enrollments have the reason now."
    )

    class Meta(Table.Meta):
        db_table = "groups"
        verbose_name = "group"
        verbose_name_plural = "groups"
        ordering = ["group_id"]
        indexes = [
            models.Index(fields=["name"], name="groups_name"),
            models.Index(fields=["state"], name="groups_state"),
            models.Index(fields=["disenroll_date"], name="groups_disenroll_date"),
            models.Index(fields=["original_date"], name="groups_original_date"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} · {self.name}" if self.name else self.group_id
