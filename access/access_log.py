"""AccessEntry: one entry of the access log, which says who saw what, when and from where."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tables.history.models import HistoryEntry


class AccessEntry(models.Model):
    """What one request or one operator's command did. Entries can only be added: the database refuses to
    change or delete one. An entry names the user and the API key as text, so it stays true when they are
    renamed or deleted. It never holds the values of a record."""

    SSN_SHOWN = "ssn_shown"
    KINDS = ((SSN_SHOWN, "Social Security numbers shown"),)

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("When", db_default=Now())
    kind = models.CharField("Action", max_length=32, choices=KINDS)
    username = models.CharField("User", max_length=150)
    api_key = models.CharField("API key", max_length=100, blank=True, default="")
    source = models.CharField("Source", max_length=8, choices=HistoryEntry.SOURCES)
    address = models.CharField(
        "Address", max_length=100, blank=True, default="", help_text="The address the request came from."
    )
    method = models.CharField("Method", max_length=16, blank=True, default="")
    route = models.CharField(
        "Route", max_length=300, blank=True, default="", help_text="The path, with names in place of keys."
    )
    database = models.CharField("Database", max_length=100, blank=True, default="")
    table_name = models.CharField("Table", max_length=32, blank=True, default="")
    row_key = ArrayField(
        models.TextField(),
        verbose_name="Key",
        default=list,
        help_text="The record's key, if only one record was shown.",
    )
    rows = models.BigIntegerField("Rows", null=True)
    values = models.BigIntegerField(
        "Values", null=True, help_text="How many values were shown. Empty: unknown."
    )
    activity = models.CharField("Activity", max_length=36, blank=True, default="")

    class Meta:
        verbose_name = "access log entry"
        verbose_name_plural = "access log entries"
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["at", "id"], name="access_entry_at"),
            models.Index(fields=["username", "at"], name="access_entry_user"),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.get_kind_display()}"
