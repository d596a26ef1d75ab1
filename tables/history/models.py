"""HistoryEntry: a change of a row as the database recorded it, or who has seen or exported what."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class HistoryEntry(models.Model):
    """One row that was created, updated or deleted, or whose sensitive values were shown; or a whole table
    that was emptied, or rows of which were exported.

    ``changes`` has for each changed column its values before and after; of a deleted row all that it held;
    of a created one nothing, for the row itself is there; else the facts by name. Partitioned by month.
    """

    CREATED, UPDATED, DELETED, EMPTIED = "created", "updated", "deleted", "emptied"
    VIEWED, EXPORTED = "viewed", "exported"
    ACTIONS = (
        (CREATED, "Created"),
        (UPDATED, "Updated"),
        (DELETED, "Deleted"),
        (EMPTIED, "Table emptied"),
        (VIEWED, "Sensitive values shown"),
        (EXPORTED, "Exported"),
    )
    SOURCES = (
        ("admin", "Back office"),
        ("rest", "REST"),
        ("file", "File"),
        ("process", "Process"),
        ("shell", "Shell"),
        ("sql", "SQL"),
    )

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("When", db_default=Now())
    actor = models.CharField("Who", max_length=150)
    source = models.CharField("From", max_length=8, choices=SOURCES)
    activity = models.CharField("Activity", max_length=36, null=True)
    table_name = models.CharField("Table", max_length=32)
    row_key = ArrayField(models.TextField(), verbose_name="Key")
    action = models.CharField("What", max_length=8, choices=ACTIONS)
    changes: Any = models.JSONField(null=True)

    class Meta:
        db_table = "historyentry"
        verbose_name = "history entry"
        verbose_name_plural = "history"
        default_permissions = ("view",)
        ordering = ["-at", "-id"]

    @property
    def tells_facts(self) -> bool:
        """Whether ``changes`` are facts by name, since nothing was changed."""
        return self.action in (self.VIEWED, self.EXPORTED)

    def __str__(self) -> str:
        return f"{self.table_name} {' / '.join(self.row_key)} {self.action}"
