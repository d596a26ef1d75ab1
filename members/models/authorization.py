"""The authorization: which care was requested and approved before it is given."""

from django.db import models

from tables.schema.fields import (
    KeyField,
    NextVal,
    day,
    flag,
    integer,
    memo,
    number,
    reference,
    required_text,
    text,
)
from tables.schema.models import Section, Table


class Authorization(Table):
    """One authorization. It names its member and plan by codes that no constraint checks."""

    key = ("auth_number",)
    assigned = "auth_number"
    owner = "members.Subscriber"
    tabs = (
        "Authorization",
        "Requested",
        "Approved",
        "Denied",
        "Actual",
        "Providers",
        "Circumstances",
        "Treatment plan",
        "Notes",
    )

    _authorization = Section("Authorization")
    auth_number = KeyField(
        "Auth Number",
        max_length=20,
        primary_key=True,
        blank=True,
        db_default=NextVal("auth_number_seq", as_text=True),
        help_text="The authorization's number; it never changes. Leave it empty to get the next one.",
    )
    subscriber_id = reference("Subscriber ID", 9, "Family of the member who gets the care.")
    member_seq = reference("Member Seq", 2, "Member of the family who gets the care.")
    plan_id = reference("Plan ID", 20, "Plan that pays for the care. Empty: any plan.")
    auth_type = text("Auth Type", 8, "Your own code for the type of authorization.")
    auth_code = text(
        "Auth Code", 8, "Code of the decision. A disenrollment that cancels the authorization sets CANC."
    )
    status = text("Status", 8, "Your own code for the status of the request.")
    closed = flag("Closed", "The authorization is closed.")
    urgent = flag("Urgent", "The request is urgent.")
    new_or_extended = flag("New Or Extended", "This authorization extends an earlier one.")
    case_number = text("Case Number", 64, "Case that the authorization belongs to.")
    previous_auth = text("Previous Auth", 20, "Number of the authorization that came before.")
    prior_auth = text("Prior Auth", 20, "Authorization number from another administrator.")
    assigned_user = text("Assigned User", 20, "Who works on the request.")
    caremanager_key = integer("CareManager Key", "Number of the care manager.")
    received_date = day("Received Date", "Day the request was received.")
    service_type = text("Service Type", 10, "Your own code for the type of service.")
    service_code = text("Service Code", 5, "Code of the requested service.")
    type_of_service = text("Type Of Service", 5, "Type of service, as coded on claims.")
    treatment_type = text("Treatment Type", 8, "Your own code for the type of treatment.")
    unit_type = text("Unit Type", 16, "Unit of the care: a day, an hour or a visit.")
    total_unit_type = text("Total Unit Type", 16, "Unit of the totals, such as days or hours.")
    audit_flag = text("Audit Flag", 1, "Whether to audit the authorization, usually Y or N.")
    region = text("Region", 1, "Code of the region.")
    citycode_id = text("CityCode ID", 8, "Code of the city.")
    ivr_flag = text(
        "IVR Flag", 1, "Whether the phone service (IVR) may report the authorization, usually Y or N."
    )

    _requested = Section("Requested")
    requested_from = day("Requested From", "First requested day.")
    requested_thru = day("Requested Thru", "Last requested day.")
    requested_frequency = text("Requested Frequency", 16, "How often care was requested.")
    requested_location = text("Requested Location", 4, "Code of the requested place of care.")
    units_requested = number("Units Requested", "How many units were requested.")
    visits_requested = number("Visits Requested", "How many visits were requested.")
    total_requested = number("Total Requested", "Total quantity requested.")
    amount_requested = number("Amount Requested", "Requested amount, in dollars.")
    case_index_requested = text("Case Index Requested", 2, "Case index as requested.")

    _approved = Section("Approved")
    approved_by = text("Approved By", 50, "Who approved the authorization.")
    approved_date = day("Approved Date", "Day of the approval.")
    approved_from = day("Approved From", "First approved day.")
    approved_thru = day("Approved Thru", "Last approved day. Empty: no end.")
    approved_frequency = text("Approved Frequency", 16, "How often care is approved.")
    approved_location = text("Approved Location", 4, "Code of the approved place of care.")
    units_approved = number("Units Approved", "How many units are approved.")
    visits_approved = number("Visits Approved", "How many visits are approved.")
    additional_visits = number("Additional Visits", "Visits approved in addition to the first ones.")
    total_approved = number("Total Approved", "Total quantity approved.")
    amount_approved = number("Amount Approved", "Approved amount, in dollars.")
    monthly_amount = number("Monthly Amount", "Approved amount for each month, in dollars.")
    case_index_approved = text("Case Index Approved", 2, "Case index as approved.")

    _denied = Section("Denied")
    denied_from = day("Denied From", "First denied day.")
    denied_thru = day("Denied Thru", "Last denied day.")
    units_denied = number("Units Denied", "How many units are denied.")
    amount_denied = number("Amount Denied", "Denied amount, in dollars.")
    case_index_denied = text("Case Index Denied", 2, "Case index as denied.")

    _actual = Section("Actual")
    actual_from = day("Actual From", "First day of care that was given.")
    actual_thru = day("Actual Thru", "Last day of care that was given.")
    actual_location = text("Actual Location", 4, "Code of the place where care was given.")
    discharge_date = day("Discharge Date", "Day the person left the hospital.")
    units_actual = number("Units Actual", "How many units were used.")
    visits_actual = number("Visits Actual", "How many visits took place.")
    visits_to_date = number("Visits To Date", "How many visits have taken place so far.")
    total_actual = number("Total Actual", "Total quantity used.")
    amount_actual = number("Amount Actual", "Amount used, in dollars.")
    case_index_actual = text("Case Index Actual", 2, "Case index of the actual care.")
    drg_code = text("DRG Code", 8, "Diagnosis related group of the stay.")
    drg_category = text("DRG Category", 8, "Category of the diagnosis related group.")

    _providers = Section("Providers")
    provider_id = text("Provider ID", 20, "Provider who gives the care.")
    federal_id = text("Federal ID", 20, "Federal tax ID of the provider.")
    payee_id = text("Payee ID", 20, "Who is paid for the care.")
    ordered_by_id = text("Ordered By ID", 20, "Provider who ordered the care.")
    ordered_by_name = text("Ordered By Name", 512, "Name of the provider who ordered the care.")
    referred_by_id = text("Referred By ID", 20, "Provider who referred the person.")
    referred_by_name = text("Referred By Name", 512, "Name of the provider who referred the person.")
    reinsnotification_date = day("ReinsNotification Date", "Day the reinsurer was notified.")

    _circumstances = Section("Circumstances")
    injury_date = day("Injury Date", "Day of the injury, if there was one.")
    work_related = text("Work Related", 1, "Whether the condition is related to work, usually Y or N.")
    auto_accident = text(
        "Auto Accident", 1, "Whether the condition comes from a car accident, usually Y or N."
    )
    other_insurance = text("Other Insurance", 2, "Code for other coverage that the person has.")
    other_coverage_primary = text(
        "Other Coverage Primary", 1, "Whether the other coverage pays first, usually Y or N."
    )
    previous_treatment = flag("Previous Treatment", "The person was treated for the condition before.")
    bodycode_id = text("BodyCode ID", 8, "Code of the part of the body.")
    daily_living = integer("Daily Living", "Score for activities of daily living.")
    range_of_motion = integer("Range Of Motion", "Score for range of motion.")
    radiating_pain = integer("Radiating Pain", "Score for radiating pain.")

    _treatment = Section("Treatment plan")
    tplan_downloaded = flag("TPlan DownLoaded", "The treatment plan has been downloaded.")
    tplan_downloaded_date = day("TPlan DownLoaded Date", "Day the treatment plan was downloaded.")
    tplan_downloaded_user = text("TPlan DownLoaded User", 20, "Who downloaded the treatment plan.")
    tplan_printed = required_text(
        "TPlan Printed", 1, "Whether the treatment plan has been printed, usually Y or N."
    )
    tplan_printed_date = day("TPlan Printed Date", "Day the treatment plan was printed.")

    _notes = Section("Notes")
    narrative = memo("Narrative", "The reasons for the decision, in words.")
    notes = memo("Notes", "Anything else about the authorization.")

    class Meta(Table.Meta):
        db_table = "auth"
        verbose_name = "authorization"
        verbose_name_plural = "authorizations"
        ordering = ["auth_number"]
        indexes = [models.Index(fields=["subscriber_id", "member_seq"], name="auth_member")]

    def __str__(self) -> str:
        return str(self.auth_number)
