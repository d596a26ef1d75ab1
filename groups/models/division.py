"""The division: a part of a group with its own bills, contracts and taxes."""

from django.db import models

from groups.models.group import Group
from groups.models.shared import Address, Billing, Claims, Contact, Disability, Enrollment, Retired
from tables.schema.fields import day, flag, integer, key_text, number, text
from tables.schema.models import ParentKey, Section, Table


class GroupDivision(Address, Contact, Enrollment, Billing, Claims, Disability, Retired):
    """One division of a group, with its contracts, plan years and enrollments."""

    key = ("group_id", "division_id")
    tabs = (
        "Identity",
        "Address",
        "Contact",
        "Enrollment and COBRA",
        "Billing",
        "Invoicing",
        "Claims",
        "Disability",
        "Taxes",
        "Reporting",
        "Retired",
    )

    _division_identity = Section("Identity")
    group_id = key_text("Group ID", 20, "Group that the division is part of.")
    division_id = key_text("Division ID", 20, "The division's code within its group; it never changes.")
    name = text("Name", 50, "Name of the division, such as a plant, a region or a class of employees.")
    federal_id = text("Federal ID", 20, "The division's own federal tax ID (EIN), such as 12-3456789.")
    original_date = day(
        "Original Date", "First day the division was covered; its first contract starts then or later."
    )
    disenroll_date = day(
        "Disenroll Date", "Last day of coverage of a division that leaves; empty while it is active."
    )
    paid_through = day(
        "Paid Through", "Last day for which the division's own invoices are paid; set by hand or by billing."
    )

    _division_enrollment = Section("Enrollment and COBRA")
    cobra_division = flag(
        "COBRA Division", "People in this group who continue under COBRA are enrolled in this division."
    )
    default_cobra_reason = integer(
        "Default COBRA Reason",
        "Number of the reason for an enrollment that ends because COBRA takes over.",
    )
    cobra_auto_term_reason = integer(
        "COBRA Auto Term Reason", "Number of the reason that automatic termination uses when COBRA follows."
    )
    cobra_auto_term_adj_reason = integer(
        "COBRA Auto Term Adj Reason",
        "Number of the adjustment reason for premium that automatic termination takes back.",
    )

    _division_billing = Section("Billing")
    ach_account_key = integer(
        "ACH Account Key", "Number of the funding account with the bank details for ACH."
    )
    set_paid_through = flag(
        "Set Paid Through", "Move Paid Through forward automatically when a bill is paid."
    )

    _division_invoicing = Section("Invoicing")
    invoice_level = text(
        "Invoice Level", 1, "One invoice for each subscriber (S), each division (D) or the whole group (G)."
    )
    invoice_grace_period = integer(
        "Invoice Grace Period", "How long an invoice may stay unpaid, in units of Invoice Grace Period Type."
    )
    invoice_grace_period_type = text(
        "Invoice Grace Period Type", 16, "Unit of Invoice Grace Period, usually Days, Weeks, Months or Years."
    )
    invoice_grace_period_ex_code = text(
        "Invoice Grace Period Ex Code", 6, "Explanation code for claims in the grace period."
    )
    invoice_remit_name = text(
        "Invoice Remit Name", 128, "Whom to pay, as printed on the division's invoices."
    )
    invoice_remit_address1 = text(
        "Invoice Remit Address1", 128, "Where to send payment: street address or P.O. box."
    )
    invoice_remit_address2 = text(
        "Invoice Remit Address2", 128, "Where to send payment: second address line."
    )
    invoice_remit_city = text("Invoice Remit City", 32, "Where to send payment: city.")
    invoice_remit_state = text("Invoice Remit State", 2, "Where to send payment: state, two letters.")
    invoice_remit_zip_code = text(
        "Invoice Remit Zip Code", 32, "Where to send payment: ZIP code or postal code."
    )
    invoice_remit_country_id = text(
        "Invoice Remit Country ID", 8, "Where to send payment: country, such as USA."
    )
    invoice_remit_country_code = text(
        "Invoice Remit Country Code", 8, "Country calling code of the phone on the invoice, 1 for the US."
    )
    invoice_remit_phone_number = text(
        "Invoice Remit Phone Number", 32, "Phone number on the invoice for questions about payment."
    )

    _division_claims = Section("Claims")
    pend_flag = text("Pend Flag", 1, "Whether to hold the division's claims for review, usually Y or N.")
    pend_ex_code = text("Pend Ex Code", 6, "Explanation code for the claims that Pend Flag holds.")
    other_insurance_excode = text(
        "Other Insurance ExCode",
        6,
        "Explanation code when another insurer's payment is taken into account (COB).",
    )

    _division_disability = Section("Disability")
    mail_to_default = flag("Mail To Default", "Default mail-to setting of new life and disability claims.")
    use_restricted_deductions = flag(
        "Use Restricted Deductions",
        "Disability claims offer only the deduction types listed for this division.",
    )

    _division_taxes = Section("Taxes")
    exempt_federal = flag("Exempt Federal", "Do not withhold federal income tax from disability payments.")
    exempt_state = flag("Exempt State", "Do not withhold state income tax from disability payments.")
    exempt_socsec = flag("Exempt SocSec", "Do not withhold Social Security tax from disability payments.")
    exempt_medicare = flag("Exempt Medicare", "Do not withhold Medicare tax from disability payments.")
    fica_employer_match = flag(
        "FICA Employer Match", "The employer pays FICA, so FICA is not deducted from claims."
    )
    generate_w2 = flag("Generate W2", "Include the division's payments on year-end W-2 forms.")
    tax_day_limit_type = integer(
        "Tax Day Limit Type",
        "Whether the tax day limits count days or calendar months; 1 is usual.",
        required=True,
    )
    federal_tax_day_limit = integer(
        "Federal Tax Day Limit", "Length of the federal tax exemption, in units of Tax Day Limit Type."
    )
    federal_wage_limit = number("Federal Wage Limit", "Wage limit of the federal tax exemption, in dollars.")
    state_tax_day_limit = integer(
        "State Tax Day Limit", "Length of the state tax exemption, in units of Tax Day Limit Type."
    )
    state_wage_limit = number("State Wage Limit", "Wage limit of the state tax exemption, in dollars.")
    socsec_tax_day_limit = integer(
        "SocSec Tax Day Limit", "Length of the Social Security tax exemption, in units of Tax Day Limit Type."
    )
    socsec_wage_limit = number(
        "SocSec Wage Limit", "Wage limit of the Social Security tax exemption, in dollars."
    )
    medicare_tax_day_limit = integer(
        "Medicare Tax Day Limit", "Length of the Medicare tax exemption, in units of Tax Day Limit Type."
    )
    medicare_wage_limit = number(
        "Medicare Wage Limit", "Wage limit of the Medicare tax exemption, in dollars."
    )

    _division_reporting = Section("Reporting")
    brokerage = text("Brokerage", 256, "Brokerage firm that serves the division; for reports.")
    numberlives = integer(
        "NumberLives", "How many people the division covers, counted or estimated; for reports."
    )
    groupdivisioncaptive = text(
        "GroupDivisionCaptive", 256, "Captive insurer that the division belongs to; for reports."
    )
    coe_network = flag("COE Network", "The division uses a network of centers of excellence; for reports.")
    reference_based_pricing = text(
        "Reference Based Pricing",
        1,
        "Prices follow a reference such as Medicare, usually Y or N; for reports.",
    )
    caserate = number("CaseRate", "Amount paid for a case as a whole, in dollars; for reports.")
    participationincentive_id = text(
        "ParticipationIncentive ID", 32, "Code of the wellness or participation incentive; for reports."
    )
    transplantelite = text(
        "TransplantElite", 256, "Transplant program that the division takes part in; for reports."
    )
    seerdata = integer("SeerData", "Number that refers to the division in SEER data; for reports.")
    agri_tax_return = text(
        "Agri Tax Return", 3, "Whether an agricultural tax return is filed, usually Yes or No; for reports."
    )

    _division_retired = Section("Retired")
    class_id = text(
        "Class ID", 20, "No longer used: code of the employee class. Classes have their own records now."
    )
    class_description = text("Class Description", 128, "No longer used: description of the employee class.")
    premium_location = text("Premium Location", 50, "No longer used: place where premium was booked.")
    reinsurance_option = text(
        "Reinsurance Option", 256, "No longer used: stop-loss option; reinsurance has its own records."
    )
    spec_deductible = text(
        "Spec Deductible", 256, "No longer used: specific deductible of the stop-loss coverage."
    )

    group = models.ForeignObject(
        Group,
        on_delete=models.PROTECT,
        from_fields=["group_id"],
        to_fields=["group_id"],
        related_name="divisions",
    )

    class Meta(Table.Meta):
        db_table = "groupdivision"
        verbose_name = "division"
        verbose_name_plural = "divisions"
        ordering = ["group_id", "division_id"]
        constraints = [
            models.UniqueConstraint(fields=["group_id", "division_id"], name="groupdivision_key"),
            ParentKey(parent="groups.Group", columns=["group_id"], name="groupdivision_group"),
        ]

    def __str__(self) -> str:
        where = " / ".join(self.key_values())
        return f"{where} · {self.name}" if self.name else where
