"""The member: one person of a family, the subscriber included."""

from django.db import models
from django.db.models.functions import Upper

from members.models.subscriber import Subscriber
from tables.schema.conditions import Doubt
from tables.schema.fields import KeyField, day, flag, integer, key_text, memo, number, sensitive_text, text
from tables.schema.models import ParentKey, Section, Table


class Member(Table):
    """One person. The member with the lowest sequence is the insured. The table has no stamps."""

    key = ("subscriber_id", "member_seq")
    assigned = "member_seq"
    owner = "members.Subscriber"
    tabs = ("Person", "Coverage", "Dependent", "Prior coverage", "Claims", "Notes")
    doubts = (Doubt("Disenroll Date is before Date Enrolled.", "t.disenroll_date < t.date_enrolled"),)
    entry_date = entry_user = update_date = update_user = None  # type: ignore[assignment]

    _person = Section("Person")
    subscriber_id = key_text("Subscriber ID", 9, "The family that the person belongs to.")
    member_seq = KeyField(
        "Member Seq",
        max_length=2,
        blank=True,
        help_text="Number within the family, 01 for the insured. Leave it empty to get the next number.",
    )
    salutation = text("Salutation", 16, "How the person is addressed, such as Mr. or Dr.")
    first_name = text("First Name", 25, "Person's first name.")
    middle_name = text("Middle Name", 25, "Person's middle name or initial.")
    last_name = text("Last Name", 25, "Person's last name.")
    name_suffix = text("Name Suffix", 16, "Suffix of the person's name, such as Jr. or III.")
    other_name = text("Other Name", 96, "Another name the person is known by.")
    birth_date = day("Birth Date", "Person's date of birth.")
    sex = text("Sex", 1, "Code for the person's sex, usually F, M or U.")
    ssn = sensitive_text("SSN", 32, "Social Security number; shown only to users who may see it.")
    relationship = text("Relationship", 12, "Your own code for the relationship to the insured.")
    marital_status = text("Marital Status", 1, "Code for the person's marital status, such as S or M.")
    ethnicity_code = text("Ethnicity Code", 1, "Code for the person's ethnicity, if you collect it.")
    date_of_death = day("Date Of Death", "Day of death, if the person has died.")
    alternate_id = text("Alternate ID", 32, "Person's ID in another system.")
    unique_id = text("Unique ID", 32, "One ID for a person who belongs to several families.")
    access_code = text("Access Code", 32, "Code that the person enters in web or phone services.")

    _coverage = Section("Coverage")
    date_enrolled = day("Date Enrolled", "First day of coverage. Empty: from the family's first day.")
    disenroll_date = day("Disenroll Date", "Last day of coverage of a person who leaves.")
    coverage_type = text("Coverage Type", 32, "Your own code for the type of coverage.")
    initial_volume = number("Initial Volume", "Amount insured when the person was first covered.")
    initial_volume_salary_pct = flag(
        "Initial Volume Salary Pct", "Initial Volume is a percentage of salary. Otherwise, it is in dollars."
    )
    use_member_plan_year = flag(
        "Use Member Plan Year", "The person has their own plan years instead of the division's."
    )
    plan_year_frequency = integer("Plan Year Frequency", "Length of the person's own plan year.")
    plan_year_frequency_type = text(
        "Plan Year Frequency Type", 1, "Unit of Plan Year Frequency, such as M for months."
    )
    continue_coverage = flag(
        "Continue Coverage", "Benefits continue after coverage ends, such as for a hospital stay."
    )
    continue_coverage_end_date = day(
        "Continue Coverage End Date", "Last day of continued benefits. Empty: no end."
    )
    continue_coverage_ex_code = text(
        "Continue Coverage Ex Code", 6, "Explanation code for claims during continued benefits."
    )

    _dependent = Section("Dependent")
    adult_child = text("Adult Child", 1, "Whether the person is covered as an adult child, usually Y or N.")
    adult_dependent = flag("Adult Dependent", "A dependent who is covered beyond the usual age.")
    adult_dependent_end = day("Adult Dependent End", "Last day of coverage beyond the usual age.")
    student = text("Student", 1, "Whether the person is a student, usually Y or N.")
    student_end = day("Student End", "Last day of the student status.")

    _prior = Section("Prior coverage")
    credible_coverage = integer("Credible Coverage", "Days of prior coverage that count for the person.")
    creditable_coverage_start = day("Creditable Coverage Start", "First day of the prior coverage.")
    creditable_coverage_end = day("Creditable Coverage End", "Last day of the prior coverage.")
    pre_exist = text("Pre Exist", 1, "Whether pre-existing conditions are excluded, usually Y or N.")
    pre_exist_end = day("Pre Exist End", "Last day on which pre-existing conditions are excluded.")
    pre_exist_ex_code = text(
        "Pre Exist Ex Code", 6, "Explanation code for claims for pre-existing conditions."
    )

    _claims = Section("Claims")
    other_insurance = flag(
        "Other Insurance", "The person has other coverage too, so claims are coordinated (COB)."
    )
    pend_flag = text("Pend Flag", 1, "Whether to hold the person's claims for review, usually Y or N.")
    pend_ex_code = text("Pend Ex Code", 6, "Explanation code for the claims that are held.")
    vip_flag = text("VIP Flag", 1, "Whether only some staff may open the person's records, usually Y or N.")
    smoker = flag("Smoker", "The person smokes, which may change rates.")
    height = integer("Height", "Height of the person, in inches.")
    weight = integer("Weight", "Weight of the person, in pounds.")

    _notes = Section("Notes")
    notes = memo("Notes", "Anything else about the person.")

    subscriber = models.ForeignObject(
        Subscriber,
        on_delete=models.PROTECT,
        from_fields=["subscriber_id"],
        to_fields=["subscriber_id"],
        related_name="members",
    )

    class Meta(Table.Meta):
        db_table = "members"
        verbose_name = "member"
        verbose_name_plural = "members"
        ordering = ["subscriber_id", "member_seq"]
        permissions = [("view_ssn", "Can see Social Security numbers")]
        indexes = [
            models.Index(Upper("last_name"), Upper("first_name"), name="members_name"),
            models.Index(fields=["ssn"], name="members_ssn"),
            models.Index(fields=["birth_date"], name="members_birth_date"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["subscriber_id", "member_seq"], name="members_key"),
            ParentKey(parent="members.Subscriber", columns=["subscriber_id"], name="members_subscriber"),
        ]

    def __str__(self) -> str:
        name = " ".join(filter(None, (self.first_name, self.last_name)))
        where = " / ".join(self.key_values())
        return f"{where} · {name}" if name else where
