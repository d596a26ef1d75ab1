"""What processes had to see: rows of a family that were stored before a process took the family.

A writer notes when it was answered. What was answered before a process had written everything was stored
before the process locked the family, for none is answered while a process holds it: so if the process has
ended anything of the family, it has ended this as well, and its journal says so.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from enrollment.models import (
    EnrollmentChange,
    EnrollmentRun,
    MemEnrollmentPlan,
    SubEnrollment,
    SubEnrollmentPlan,
)
from members.models import Authorization, Member

# What tells that a row is ended.
ENDS = {
    SubEnrollment: "end_date",
    SubEnrollmentPlan: "plan_end",
    MemEnrollmentPlan: "plan_end",
    Member: "disenroll_date",
    Authorization: "approved_thru",
}
_PLANS = (SubEnrollmentPlan, MemEnrollmentPlan)
Key = tuple[type[Model], tuple[Any, ...]]


@dataclass
class Answered:
    """When the writing of each row was answered, by its table and key. Rows are written once, without end."""

    at: dict[Key, datetime.datetime] = field(default_factory=dict)

    def note(self, model: type[Model], *keys: tuple[Any, ...]) -> None:
        """Note rows that have just been answered."""
        now = datetime.datetime.now(datetime.UTC)
        self.at.update({(model, key): now for key in keys})


class Journal:
    """The journal by rows and by processes."""

    def __init__(self) -> None:
        self.of_row: dict[tuple[str, str], list[EnrollmentChange]] = defaultdict(list)
        self.of_process: dict[int, list[EnrollmentChange]] = defaultdict(list)
        for entry in EnrollmentChange.objects.order_by("pk"):
            self.of_row[entry.table_name, entry.row_key].append(entry)
            self.of_process[entry.process_key].append(entry)

    def ended_before(self, row: Any, process_key: int) -> bool:
        """Return whether a row that was written without an end was ended when the process came to it."""
        earlier = [each for each in self.of(row) if each.process_key < process_key]
        return bool(earlier) and earlier[-1].after.get(ENDS[type(row)]) is not None

    def of(self, row: Any) -> list[EnrollmentChange]:
        """Return the changes of a row."""
        return self.of_row[row._meta.db_table, str(row.pk)]


def _all_of(model: Any) -> Any:
    rows = model._default_manager.all()
    return rows.select_related("enrollment") if model in _PLANS else rows


def missed(answered: Answered) -> list[str]:
    """Return what disenrolls of whole families have not seen although they had to, each as a text."""
    journal = Journal()
    rows = {(model, row.key_values()): row for model in ENDS for row in _all_of(model)}
    found = []
    for run in EnrollmentRun.objects.filter(is_disenroll=True):
        changed = journal.of_process[run.process_key]
        enrollments = {int(each.row_key) for each in changed if each.table_name == "subenrollment"}
        families = {each.subscriber_id for each in changed if each.table_name == "subenrollment"}
        people = {(each.subscriber_id, each.member_seq) for each in changed if each.table_name == "members"}
        seen = {(each.table_name, each.row_key) for each in changed}
        for key, at in answered.at.items():
            row: Any = rows.get(key)
            if row is None or at >= run.written_at or row.subscriber_id not in families:
                continue
            if isinstance(row, _PLANS) and row.enrollment.pk not in enrollments:
                continue
            if isinstance(row, Authorization) and (row.subscriber_id, row.member_seq) not in people:
                continue
            if (row._meta.db_table, str(row.pk)) in seen or journal.ended_before(row, run.process_key):
                continue
            found.append(f"process {run.process_key}: {row._meta.db_table} {row}")
    return found
