"""Adding an enrollment to a family, and bringing back the members it covers."""

from collections.abc import Sequence

from django.db import connections, transaction

from enrollment.models import SubEnrollment
from enrollment.sql import people as sql
from tables.context import databases
from tables.context.actor import acting_as, acting_user
from tables.schema.column import Value
from tables.schema.problems import Problem
from tables.write.engine import Mode, write
from tables.write.records import Values


def add_enrollment(enrollment: Values, *, user: str, with_members: bool) -> Sequence[Problem]:
    """Add an enrollment (values as ``tables.write.records`` has them) in the name of ``user``.

    If their coverage ended before the enrollment starts, the subscriber and the insured, or all members,
    are covered again: their disenroll_Date is cleared. Returns the problems; with any, nothing changes.
    """
    key = dict(zip(SubEnrollment.key, enrollment, strict=False))
    with acting_as(user), transaction.atomic(using=databases.chosen()):
        outcome = write(SubEnrollment, [(0, enrollment)], mode=Mode.CREATE)
        if outcome.refused:
            return outcome.refused[0]
        params: dict[str, Value] = {
            "subscriber": key["subscriber_id"],
            "start": key["start_date"],
            "all": with_members,
            "user": acting_user(),
        }
        with connections[databases.chosen()].cursor() as cursor:
            cursor.execute(sql.BRING_BACK_MEMBERS, params)
            cursor.execute(sql.BRING_BACK_SUBSCRIBER, params)
    return ()
