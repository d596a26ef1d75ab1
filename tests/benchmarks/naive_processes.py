"""Disenroll, undo and summary with the ORM, row by row: what the engine is measured against."""

import datetime
import time
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from enrollment.models import DisenrollLog, EnrollmentChange, SubEnrollment, SubEnrollmentPlan
from members.models import Member, Subscriber

PROCESS, UNDO = 1, 2


def rates_by_row(database: str, families: int, day: datetime.date) -> dict[str, float]:
    """End the cover of some families one by one, bring it back, count them; enrollments a second of each.
    All of it is rolled back."""
    with transaction.atomic(using=database):
        rates = {
            "summary": _rate(families, lambda: _count(families, day)),
            "disenroll": _rate(families, lambda: _disenroll(families, day)),
            "undo": _rate(families, _undo),
        }
        transaction.set_rollback(True, using=database)
    return rates


def _rate(families: int, work: Any) -> float:
    started = time.perf_counter()
    work()
    return families / (time.perf_counter() - started)


def _some(families: int) -> Any:
    return SubEnrollment.objects.order_by("subscriber_id")[:families]


def _disenroll(families: int, day: datetime.date) -> None:
    for enrollment in _some(families):
        subscriber = Subscriber.objects.select_for_update().get(subscriber_id=enrollment.subscriber_id)
        family = {"subscriber_id": subscriber.subscriber_id}
        plans = list(SubEnrollmentPlan.objects.filter(**family))
        _end(enrollment, "end_date", day, family)
        _end(subscriber, "disenroll_date", day, family)
        for plan in plans:
            _end(plan, "plan_end", day, family)
        for member in Member.objects.filter(**family):
            _end(member, "disenroll_date", day, family)
            for plan in plans:
                logged = {"plan_id": plan.plan_id, "disenroll_date": day, "member_seq": member.member_seq}
                now = timezone.now()
                DisenrollLog.objects.create(**family, **logged, entry_date=now, update_date=now)


def _end(row: Any, column: str, day: datetime.date, family: dict[str, str]) -> None:
    change = {"table_name": row._meta.db_table, "row_key": str(row.pk), **family}
    before, after = {column: None}, {column: day.isoformat()}
    setattr(row, column, day)
    row.save()
    EnrollmentChange.objects.create(process_key=PROCESS, before=before, after=after, **change)


def _undo() -> None:
    models = {model._meta.db_table: model for model in apps.get_models()}
    for change in EnrollmentChange.objects.filter(process_key=PROCESS).order_by("-pk"):
        row = models[change.table_name]._default_manager.get(pk=change.row_key)
        named = {"table_name": change.table_name, "row_key": change.row_key}
        # A value that somebody has changed since is left alone.
        if any(str(getattr(row, column)) != value for column, value in change.after.items()):
            continue
        for column, value in change.before.items():
            setattr(row, column, value)
        row.save()
        EnrollmentChange.objects.create(
            process_key=UNDO, reverses=change.pk, before=change.after, after=change.before, **named
        )


def _count(families: int, day: datetime.date) -> int:
    covered = 0
    for enrollment in _some(families):
        is_current = enrollment.end_date is None or enrollment.end_date >= day
        for member in Member.objects.filter(subscriber_id=enrollment.subscriber_id):
            covered += is_current and (member.disenroll_date is None or member.disenroll_date >= day)
    return covered
