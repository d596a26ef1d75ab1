"""Changes that processes made to a record, for its history."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.urls import reverse

from enrollment.models import EnrollmentChange, EnrollmentRun
from groups.models import Group, GroupDivision
from processes.models import VBAProcess
from tables.history.reading import Line, changes_shown
from tables.schema.models import Table


def lines(record: Table, user: User | AnonymousUser, limit: int) -> Iterable[Line]:
    """Yield the changes that disenrollments and reenrollments made to a record, newest first."""
    changes = list(_changes(record).order_by("-id")[:limit])
    runs = EnrollmentRun.objects.in_bulk({change.process_key for change in changes})
    processes = {
        process.vbaprocess_key: process for process in VBAProcess.objects.filter(vbaprocess_key__in=runs)
    }
    for change in changes:
        run, process = runs[change.process_key], processes.get(change.process_key)
        before = change.before or {}
        yield Line(
            at=run.written_at,
            actor=run.user_name or (process and process.process_user) or "",
            source="Process",
            what=f"{'Disenrollment' if run.is_disenroll else 'Reenrollment'}, process {run.process_key}",
            changes=changes_shown(
                type(record), {name: (before.get(name), value) for name, value in change.after.items()}
            ),
            link=reverse("admin:processes_vbaprocess_change", args=[process.pk]) if process else "",
        )


def _changes(record: Table) -> "QuerySet[EnrollmentChange]":
    """Return the journal's entries of a record, by an index of the journal."""
    table = record._meta.db_table
    if hasattr(record, "subscriber_id") and record.subscriber_id:
        return EnrollmentChange.objects.filter(
            subscriber_id=record.subscriber_id, table_name=table, row_key=str(record.pk)
        )
    if not isinstance(record, Group | GroupDivision):
        return EnrollmentChange.objects.none()
    of_group = EnrollmentRun.objects.filter(group_id=record.group_id).values("process_key")
    row_key = record.division_id if isinstance(record, GroupDivision) else record.group_id
    return EnrollmentChange.objects.filter(Q(process_key__in=of_group), table_name=table, row_key=row_key)
