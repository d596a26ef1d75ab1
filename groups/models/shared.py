"""The columns that groups and divisions have in common, section by section."""

from tables.schema.fields import flag, integer, memo, text
from tables.schema.models import Section, Table


class Address(Table):
    """Where a group or division is, and which state's rules apply."""

    _address = Section("Address")
    address = text("Address", 255, "Street and number, or post office box.")
    address2 = text("Address2", 128, "Second line: suite, floor, building, or 'attention of'.")
    city = text("City", 25, "City or town of the address.")
    state = text("State", 2, "Two letters, such as NY; lists can be filtered by it.")
    zip_code = text("Zip Code", 32, "Postal code; for the United States five digits, or nine with a hyphen.")
    county_code = text("County Code", 8, "County of the address, from your own list of codes.")
    country_id = text("Country ID", 8, "Country of the address, such as USA.")
    region_code = text("Region Code", 32, "Your own code for a sales or service region.")
    issue_state = text(
        "Issue State",
        2,
        "State where the coverage was issued, two letters; its tax and reporting rules apply.",
    )

    class Meta(Table.Meta):
        abstract = True


class Contact(Table):
    """Whom to call or write to."""

    _contact = Section("Contact")
    primary_contact = text("Primary Contact", 25, "Person to speak to about enrollment and bills.")
    contact_title = text("Contact Title", 20, "That person's job title, such as HR Manager.")
    contact_email_address = text("Contact Email Address", 128, "That person's e-mail address.")
    contact_country_code = text(
        "Contact Country Code", 8, "Dialing code before that person's phone number; 1 for the US."
    )
    contact_phone = text(
        "Contact Phone", 20, "That person's direct line, without dialing code and extension."
    )
    contact_extension = text("Contact Extension", 6, "Extension to ask for on that line.")
    phone_country_code = text(
        "Phone Country Code", 8, "Dialing code before the main phone number; 1 for the US."
    )
    phone = text("Phone", 20, "Main number of the switchboard or office.")
    fax_country_code = text("Fax Country Code", 8, "Dialing code before the fax number; 1 for the US.")
    fax = text("Fax", 20, "Fax number for enrollment forms and bills.")

    class Meta(Table.Meta):
        abstract = True


class Enrollment(Table):
    """How long children stay covered."""

    _enrollment = Section("Enrollment and COBRA")
    adult_age = integer(
        "Adult Age",
        "Age in years from which a child counts as an adult: claims then need student status on file.",
    )
    cutoff_age = integer(
        "Cutoff Age",
        "Age in years at which a child loses coverage unless enrolled as an adult dependent; often 26.",
    )

    class Meta(Table.Meta):
        abstract = True


class Billing(Table):
    """The accounts that money moves through."""

    _billing = Section("Billing")
    payor_id = text("Payor ID", 20, "Code of the payor that stands behind the coverage.")
    account_key = integer("Account Key", "Number of the account to use, among those of the payor.")
    pay_to_account = integer(
        "Pay To Account", "Number of the funding account for payments to outside parties."
    )
    distribution_payor_id = text(
        "Distribution Payor ID", 20, "Payor from whose account collected premium is distributed."
    )
    distribution_account_key = integer(
        "Distribution Account Key", "Number of that payor's account, from which premium is distributed."
    )
    default_invoice_reportdefinition_key = integer(
        "Default Invoice ReportDefinition Key",
        "Number of the report layout that automatic invoices are printed with.",
    )

    class Meta(Table.Meta):
        abstract = True


class Claims(Table):
    """Which claim edits are skipped."""

    _claims = Section("Claims")
    auth_not_reqd_override = flag(
        "Auth Not Reqd Override",
        "Pay claims that need an authorization even if none is on file.",
    )
    duplicate_claim_override = flag(
        "Duplicate Claim Override", "Pay claims even if they look like duplicates of earlier ones."
    )

    class Meta(Table.Meta):
        abstract = True


class Disability(Table):
    """How disability benefits are calculated."""

    _disability = Section("Disability")
    disability_pay_through_day = integer(
        "Disability Pay Through Day", "Number of the weekday on which Paid Through is set for disability."
    )
    prorate_deduction = flag(
        "Prorate Deduction",
        "Reduce deductions in proportion when a benefit is for only part of a pay period.",
    )
    prorate_deduction_type = text(
        "Prorate Deduction Type",
        10,
        "Which deductions are reduced: F flat amounts, P percentages, B both.",
    )

    class Meta(Table.Meta):
        abstract = True


class Retired(Table):
    """Columns that nothing reads anymore. They stay so that old data survives."""

    _retired = Section("Retired")
    claim_days_allowed = integer(
        "Claim Days Allowed", "No longer used: number of days allowed for submitting a claim."
    )
    notes = memo("Notes", "No longer used: free-form remarks from before notes had their own records.")

    class Meta(Table.Meta):
        abstract = True
