"""HistoryEntry: a change of a row as the database recorded it, or a view or export of data."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class HistoryEntry(models.Model):
    """A row that was created, updated or deleted or whose sensitive values were shown, or a table that was
    emptied or exported.

    ``changes`` has the old and new value of each changed column. For a deleted row it has all values. For a
    created row it is empty, because the row itself has them. For views and exports it has facts by name. The
    table is partitioned by month.
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
        ("admin", "Admin"),
        ("rest", "REST"),
        ("file", "File"),
        ("process", "Process"),
        ("shell", "Shell"),
        ("sql", "SQL"),
    )

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("When", db_default=Now())
    actor = models.CharField("User", max_length=150)
    source = models.CharField("Source", max_length=8, choices=SOURCES)
    activity = models.CharField("Activity", max_length=36, null=True)
    table_name = models.CharField("Table", max_length=32)
    row_key = ArrayField(models.TextField(), verbose_name="Key")
    action = models.CharField("Action", max_length=8, choices=ACTIONS)
    changes: Any = models.JSONField(null=True)

    class Meta:
        db_table = "historyentry"
        verbose_name = "history entry"
        verbose_name_plural = "history"
        default_permissions = ("view",)
        ordering = ["-at", "-id"]

    @property
    def tells_facts(self) -> bool:
        """Whether ``changes`` has facts by name instead of changed columns."""
        return self.action in (self.VIEWED, self.EXPORTED)

    def __str__(self) -> str:
        return f"{self.table_name} {' / '.join(self.row_key)} {self.action}"
