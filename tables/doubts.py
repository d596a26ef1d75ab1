"""What is stored but doubtful: no door refuses it, the record's page in the admin says it.

A model lists its ``doubts``; whoever counts them goes through all tables.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections

from vbaadmin import databases

if TYPE_CHECKING:
    from tables.models import Table


@dataclass(frozen=True)
class Doubt:
    """One kind of doubt: its text for a page, and its condition in SQL over a row ``t``."""

    text: str
    condition: str


def of_row(model: "type[Table]", doubt: Doubt) -> str:
    """Whether the row with a primary key is doubtful."""
    table = model._meta
    return f"""
        SELECT EXISTS (
            SELECT FROM "{table.db_table}" AS t WHERE t."{table.pk.column}" = %s AND ({doubt.condition}))"""


def doubts_about(record: Any) -> list[str]:
    """Return in words what is doubtful about a stored record of the chosen target database."""
    found = []
    with connections[databases.chosen()].cursor() as cursor:
        for doubt in record.doubts:
            cursor.execute(of_row(type(record), doubt), [record.pk])
            if cursor.fetchone()[0]:
                found.append(doubt.text)
    return found
