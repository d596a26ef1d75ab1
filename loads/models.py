"""FileLoad: a file uploaded for a table, and its result. FilePart: the file's content."""

from typing import Any

from django.db import models

SENT, CHECKING, CHECKED = "sent", "checking", "checked"
LOADING, LOADED, FAILED, CANCELLED = "loading", "loaded", "failed", "cancelled"
FILE, ERRORS, REJECTS = "file", "errors", "rejects"


class FileLoad(models.Model):
    """One file uploaded for a table. The counts are those of the validation, then those of the load.

    ``shown`` has the first errors, as in the errors file. ``notes`` has warnings about the whole file. Both
    are deleted with the parts, after VBA_UPLOAD_DAYS.
    """

    STATES = (
        (SENT, "Uploaded"),
        (CHECKING, "Validating"),
        (CHECKED, "Validated"),
        (LOADING, "Loading"),
        (LOADED, "Loaded"),
        (FAILED, "Failed"),
        (CANCELLED, "Canceled"),
    )

    table_name = models.CharField("Table", max_length=64)
    file_name = models.CharField("File", max_length=255)
    file_bytes = models.BigIntegerField("Bytes")
    format = models.CharField("Format", max_length=8, default="")
    encoding = models.CharField("Encoding", max_length=32, default="")
    delimiter = models.CharField("Delimiter", max_length=4, default="")
    sheet = models.CharField("Sheet", max_length=64, default="")
    state = models.CharField("Result", max_length=10, choices=STATES, default=SENT)
    process_key = models.IntegerField("Process", null=True)
    rows_read = models.BigIntegerField("Rows", null=True)
    rows_created = models.BigIntegerField("Created", null=True)
    rows_updated = models.BigIntegerField("Updated", null=True)
    rows_unchanged = models.BigIntegerField("Unchanged", null=True)
    rows_refused = models.BigIntegerField("Rejected", null=True)
    shown: Any = models.JSONField(default=list)
    notes: Any = models.JSONField(default=list)
    problem = models.TextField("Problem", default="")
    sent_by = models.CharField("Uploaded by", max_length=150)
    sent_at = models.DateTimeField("Uploaded", auto_now_add=True)
    asked_by = models.CharField("Loaded by", max_length=150, default="")
    ended_at = models.DateTimeField("Ended", null=True)
    forgotten = models.BooleanField("File deleted", default=False)

    class Meta:
        db_table = "fileload"
        verbose_name = "file load"
        verbose_name_plural = "file loads"
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["table_name", "-id"], name="fileload_table"),
            models.Index(fields=["sent_at"], name="fileload_kept", condition=models.Q(forgotten=False)),
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {self.table_name}"

    @property
    def is_running(self) -> bool:
        """Whether a process is working on the file."""
        return self.state in (CHECKING, LOADING)


class FilePart(models.Model):
    """A piece of a file, or of one of its two reports."""

    load = models.ForeignKey(FileLoad, on_delete=models.CASCADE, related_name="parts", db_index=False)
    kind = models.CharField(max_length=8)
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "filepart"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["load", "kind", "number"], name="filepart_place")]

    def __str__(self) -> str:
        return f"{self.load_id} {self.kind} {self.number}"
