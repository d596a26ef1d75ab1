"""The disenroll log: whose cover was ended, from when, by which reason."""

from django.db import models

from tables.schema.fields import NextVal, day, integer, key_integer, key_text, reference
from tables.schema.models import Section, Table


class DisenrollLog(Table):
    """One ended enrollment of one member in one plan. The processes only add to it."""

    key = ("disenrolllog_key",)
    assigned = "disenrolllog_key"
    tabs = ("Disenrollment",)

    _log = Section("Disenrollment")
    disenrolllog_key = key_integer(
        "DisenrollLog Key",
        "Number of the line; left empty, the next one is given.",
        primary_key=True,
        blank=True,
        db_default=NextVal("disenrolllog_key_seq"),
    )
    subscriber_id = key_text("Subscriber ID", 9, "Family whose cover ended.")
    member_seq = key_text("Member Seq", 2, "Person of the family whose cover ended.")
    group_id = reference("Group ID", 20, "Group of the ended enrollment.")
    division_id = reference("Division ID", 20, "Division of the ended enrollment.")
    plan_id = reference("Plan ID", 20, "Plan that ended with it; empty if there was none.")
    coverage_start = day("Coverage Start", "First day of the ended enrollment.")
    disenroll_date = day("Disenroll Date", "Last covered day, as it was asked for.", required=True)
    reason_id = integer("Reason ID", "Number of the reason for the end.")

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
