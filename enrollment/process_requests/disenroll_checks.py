"""Why a disenrollment is refused before it starts, whether REST, a form or the shell asks for it."""

import datetime

from enrollment.engine.parameters import Disenroll, DisenrollFamily, DisenrollFuture
from enrollment.models import Reason
from enrollment.process_requests.fields import Body, not_valid
from enrollment.process_requests.refusals import (
    check_unfinished,
    conflict,
    existing_group,
    find_division,
    refuse,
    wrong_choice,
    wrong_place,
    wrong_user,
)
from groups.models import Group, GroupDivision
from tables.schema.problems import Problem

_DAY = datetime.timedelta(days=1)


def check_disenroll(group_id: str, body: Body, *, user_is_valid: bool) -> Disenroll:
    """Return the disenrollment that a body requests for a group of the chosen database.

    ``user_is_valid``: user_ID is an active user who may run processes there. Raises Refused.
    """
    group = existing_group(group_id)
    division = find_division(group_id, body["division_ID"])
    wrong = [*body.problems, *wrong_user(body, user_is_valid), *wrong_place(body, group_id, division)]
    if body["reason_ID"] is not None and not Reason.objects.filter(reason_id=body["reason_ID"]).exists():
        wrong.append(not_valid("reason_ID", body["reason_ID"]))
    wrong += wrong_choice("disenrollFamily", body, DisenrollFamily)
    wrong += wrong_choice("disenrollFuture", body, DisenrollFuture)
    day, original = body["disenroll_Date"], group.original_date
    if day and original and original - day > _DAY:
        wrong.append(Problem("disenroll_Date", "disenroll_Date is before the group's original date."))
    if body["disenrollFamily"] in (2, 3) and body["groupDisenroll"]:
        text = f"disenrollFamily {body['disenrollFamily']} needs groupDisenroll=false."
        wrong.append(Problem("disenrollFamily", text))
    refuse(wrong)
    check_unfinished(group_id)
    _check_not_postponed(body, group, division)
    return Disenroll(
        user=body["user_ID"],
        group_id=group_id,
        day=day,
        reason_id=body["reason_ID"],
        division_id=body["division_ID"],
        term_date=body["term_Date"],
        family=DisenrollFamily(body["disenrollFamily"]),
        future=DisenrollFuture(body["disenrollFuture"]),
        group_disenroll=body["groupDisenroll"],
        terminate_auth=body["terminateAuth"],
    )


def _check_not_postponed(body: Body, group: Group, division: GroupDivision | None) -> None:
    """Raise Refused if the disenroll date would move to a later day. It may only move to an earlier one."""
    if body["groupDisenroll"]:
        ended, name = group.disenroll_date, f"Group '{group.group_id}'"
    elif division is not None:
        ended, name = division.disenroll_date, f"Division '{division.division_id}'"
    else:
        return
    if ended and ended < body["disenroll_Date"]:
        raise conflict(f"{name} is already disenrolled as of {ended.isoformat()}.")
