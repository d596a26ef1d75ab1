"""The columns that groups and divisions have in common, section by section."""

from tables.schema.fields import flag, integer, memo, text
from tables.schema.models import Section, Table


class Address(Table):
    """Where a group or division is, and which state's rules apply."""

    _address = Section("Address")
    address = text("Address", 255, "Street address or P.O. box.")
    address2 = text("Address2", 128, "Second line: suite, floor, building, or 'attention of'.")
    city = text("City", 25, "City or town of the address.")
    state = text("State", 2, "State of the address, two letters, such as NY.")
    zip_code = text(
        "Zip Code",
        32,
        "ZIP code of five digits, or nine with a hyphen, or the postal code of another country.",
    )
    county_code = text("County Code", 8, "Your own code for the county of the address.")
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
    primary_contact = text("Primary Contact", 25, "Contact person for enrollment and billing.")
    contact_title = text("Contact Title", 20, "Primary contact's job title, such as HR Manager.")
    contact_email_address = text("Contact Email Address", 128, "Primary contact's email address.")
    contact_country_code = text(
        "Contact Country Code", 8, "Country calling code of the primary contact's phone, 1 for the US."
    )
    contact_phone = text(
        "Contact Phone", 20, "Primary contact's direct line, without country code or extension."
    )
    contact_extension = text("Contact Extension", 6, "Primary contact's extension.")
    phone_country_code = text(
        "Phone Country Code", 8, "Country calling code of the main phone, 1 for the US."
    )
    phone = text("Phone", 20, "Main phone number of the office.")
    fax_country_code = text("Fax Country Code", 8, "Country calling code of the fax, 1 for the US.")
    fax = text("Fax", 20, "Fax number for enrollment forms and bills.")

    class Meta(Table.Meta):
        abstract = True


class Enrollment(Table):
    """How long children stay covered."""

    _enrollment = Section("Enrollment and COBRA")
    adult_age = integer(
        "Adult Age",
        "Age at which a child counts as an adult. Claims then need student status on file.",
    )
    cutoff_age = integer(
        "Cutoff Age",
        "Age at which a child loses coverage unless enrolled as an adult dependent, often 26.",
    )

    class Meta(Table.Meta):
        abstract = True


class Billing(Table):
    """The accounts that money moves through."""

    _billing = Section("Billing")
    payor_id = text("Payor ID", 20, "Code of the payor that is responsible for the coverage.")
    account_key = integer("Account Key", "Number of the payor's account to use.")
    pay_to_account = integer(
        "Pay To Account", "Number of the funding account for payments to outside parties."
    )
    distribution_payor_id = text(
        "Distribution Payor ID", 20, "Code of the payor whose account distributes collected premium."
    )
    distribution_account_key = integer(
        "Distribution Account Key", "Number of the account that distributes collected premium."
    )
    default_invoice_reportdefinition_key = integer(
        "Default Invoice ReportDefinition Key",
        "Number of the report layout for automatic invoices.",
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
        "Which deductions are reduced: F (flat amounts), P (percentages) or B (both).",
    )

    class Meta(Table.Meta):
        abstract = True


class Retired(Table):
    """Columns that no code reads anymore. They stay so that old data survives."""

    _retired = Section("Retired")
    claim_days_allowed = integer(
        "Claim Days Allowed", "No longer used: how many days there were to submit a claim."
    )
    notes = memo("Notes", "No longer used: notes from before notes had their own records.")

    class Meta(Table.Meta):
        abstract = True
