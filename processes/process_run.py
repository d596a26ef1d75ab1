"""ProcessRun: what the worker keeps about a process: its arguments, its state and its lease."""

from django.db import models

from tables.schema.fields import KeyField
from tables.schema.models import ParentKey

QUEUED, RUNNING, ENDED = "queued", "running", "ended"

COMPLETED = "COMPLETED"
COMPLETED_WITH_WARNINGS = "COMPLETED WITH WARNINGS"
FAILED = "FAILED"
CANCELLED = "CANCELLED"


class ProcessRun(models.Model):
    """One process that the worker will run, or has run. Its arguments hold only keys, dates and choices.

    ``attempts`` counts how often the process was started, and identifies its worker. A worker that takes
    the process over has a higher number, and the earlier worker can no longer write.
    """

    vbaprocess_key = models.IntegerField()
    vbaprocess_type = KeyField(max_length=32)
    group_id = KeyField(
        max_length=20, help_text="The group of the process. A group has at most one unfinished run."
    )
    user_name = models.CharField(
        max_length=150,
        default="",
        help_text="Full name of the user for whom the process runs. VBAProcess has 20 characters of it.",
    )
    arguments = models.JSONField()
    state = models.CharField(max_length=8, default=QUEUED)
    result = models.CharField(max_length=32, null=True)
    attempts = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    progress_text = models.CharField(max_length=200, default="")
    queued_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "processrun"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["vbaprocess_key", "vbaprocess_type"],
                name="processrun_process_unique",
            ),
            models.UniqueConstraint(
                fields=["group_id"],
                condition=~models.Q(state=ENDED),
                name="processrun_one_unfinished",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[QUEUED, RUNNING, ENDED]),
                name="processrun_state",
            ),
            ParentKey(
                parent="processes.VBAProcess",
                columns=["vbaprocess_key", "vbaprocess_type"],
                name="processrun_process",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vbaprocess_key} · {self.vbaprocess_type}"
