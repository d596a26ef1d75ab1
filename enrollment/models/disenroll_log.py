"""The disenroll log: whose coverage ended, when, and for which reason."""

from django.db import models

from tables.schema.fields import NextVal, day, integer, key_integer, key_text, reference
from tables.schema.models import Section, Table


class DisenrollLog(Table):
    """One ended enrollment of one member in one plan. Processes only add lines."""

    key = ("disenrolllog_key",)
    assigned = "disenrolllog_key"
    tabs = ("Disenrollment",)

    _log = Section("Disenrollment")
    disenrolllog_key = key_integer(
        "DisenrollLog Key",
        "Number of the line. Leave it empty to get the next one.",
        primary_key=True,
        blank=True,
        db_default=NextVal("disenrolllog_key_seq"),
    )
    subscriber_id = key_text("Subscriber ID", 9, "Family whose coverage ended.")
    member_seq = key_text("Member Seq", 2, "Member of the family whose coverage ended.")
    group_id = reference("Group ID", 20, "Group of the ended enrollment.")
    division_id = reference("Division ID", 20, "Division of the ended enrollment.")
    plan_id = reference(
        "Plan ID", 20, "Plan that ended with the enrollment; empty if the enrollment had no plan."
    )
    coverage_start = day("Coverage Start", "First day of the ended enrollment.")
    disenroll_date = day("Disenroll Date", "Last day of coverage, as requested.", required=True)
    reason_id = integer("Reason ID", "Number of the reason why coverage ended.")

    class Meta(Table.Meta):
        db_table = "disenrolllog"
        verbose_name = "disenroll log line"
        verbose_name_plural = "disenroll logs"
        ordering = ["disenrolllog_key"]
        indexes = [
            models.Index(fields=["subscriber_id", "member_seq"], name="disenrolllog_member"),
            models.Index(fields=["group_id", "division_id"], name="disenrolllog_division"),
        ]

    def __str__(self) -> str:
        return str(self.disenrolllog_key)
