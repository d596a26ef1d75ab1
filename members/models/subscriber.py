"""The subscriber: a family, with the name and address of the employee who brings its coverage."""

from django.db import models
from django.db.models.functions import Upper

from tables.schema.fields import KeyField, NextVal, day, integer, memo, text
from tables.schema.models import Section, Table


class Subscriber(Table):
    """One family, with its members and enrollments."""

    key = ("subscriber_id",)
    assigned = "subscriber_id"
    tabs = ("Subscriber", "Address", "Billing", "Notes")

    _subscriber = Section("Subscriber")
    subscriber_id = KeyField(
        "Subscriber ID",
        max_length=9,
        primary_key=True,
        blank=True,
        db_default=NextVal("subscriber_id_seq", as_text=True),
        help_text="The family's number; it never changes. Leave it empty to get the next one.",
    )
    salutation = text("Salutation", 16, "How the subscriber is addressed, such as Ms. or Dr.")
    first_name = text("First Name", 25, "Subscriber's first name.")
    middle_name = text("Middle Name", 25, "Subscriber's middle name or initial.")
    last_name = text("Last Name", 25, "Subscriber's last name.")
    name_suffix = text("Name Suffix", 16, "Suffix of the subscriber's name, such as Jr. or III.")
    other_name = text("Other Name", 96, "Another name the subscriber is known by.")
    date_enrolled = day("Date Enrolled", "First day on which the family was covered.")
    disenroll_date = day(
        "Disenroll Date", "Last day of coverage of a family that leaves; empty while the family is active."
    )
    status = text("Status", 6, "Your own code for the employee's status.")
    sponsor_id = text(
        "Sponsor ID", 9, "ID of the sponsor, the subscriber through whom this subscriber is covered."
    )
    sponsor_relate_code = text(
        "Sponsor Relate Code", 8, "Code for this subscriber's relationship to the sponsor."
    )

    _address = Section("Address")
    address = text("Address", 128, "Family's street address or P.O. box.")
    address2 = text("Address2", 128, "Second address line: apartment, floor, or 'care of'.")
    city = text("City", 32, "City or town of the family's address.")
    state = text("State", 2, "State of the family's address, two letters.")
    zip_code = text("Zip Code", 32, "ZIP code of five or nine digits, or the postal code of another country.")
    county_code = text("County Code", 8, "Code of the county of the address.")
    country_id = text("Country ID", 8, "Country of the family's address, such as USA.")
    region_code = text("Region Code", 32, "Your own code for the region where the family lives.")
    issue_state = text("Issue State", 2, "State whose insurance rules apply to the family, two letters.")
    email = text("Email", 256, "Subscriber's email address.")
    home_country_code = text("Home Country Code", 8, "Country calling code of the home phone, 1 for the US.")
    home_phone = text("Home Phone", 20, "Phone number at home.")
    work_country_code = text("Work Country Code", 8, "Country calling code of the work phone, 1 for the US.")
    work_phone = text("Work Phone", 20, "Phone number at work.")

    _billing = Section("Billing")
    billing_cycle_id = text("Billing Cycle ID", 2, "Billing cycle, for a subscriber who is billed directly.")
    billing_invoice_create = integer(
        "Billing Invoice Create", "Whether invoice runs include the subscriber, usually 1 or 0."
    )
    pay_period = text("Pay Period", 2, "Code for how often the subscriber is paid.")
    pay_to_account = integer("Pay To Account", "Number of the account for payments to the subscriber.")
    pend_flag = text("Pend Flag", 1, "Whether to hold the family's claims for review, usually Y or N.")
    pend_ex_code = text("Pend Ex Code", 6, "Explanation code for the claims that are held.")

    _notes = Section("Notes")
    notes = memo("Notes", "Anything else about the family.")

    class Meta(Table.Meta):
        db_table = "subscribers"
        verbose_name = "subscriber"
        verbose_name_plural = "subscribers"
        ordering = ["subscriber_id"]
        indexes = [
            models.Index(Upper("last_name"), Upper("first_name"), name="subscribers_name"),
        ]

    def __str__(self) -> str:
        name = " ".join(filter(None, (self.first_name, self.last_name)))
        return f"{self.subscriber_id} · {name}" if name else str(self.subscriber_id)
