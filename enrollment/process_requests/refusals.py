"""How a process is refused, and the checks that disenrollments and reenrollments share."""

import datetime
from collections.abc import Sequence
from enum import IntEnum

from django.db.models import QuerySet

from enrollment.process_requests.fields import Body, not_valid
from groups.models import Group, GroupContract, GroupDivision
from processes.starting import unfinished_of
from tables.schema.problems import Problem, join, not_found


class Refused(Exception):
    """A process may not start: the problems, and the HTTP status for them."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(join(problems))
        self.status, self.problems = status, problems


def conflict(text: str) -> Refused:
    """Return a refusal: the request does not fit the state of the group."""
    return Refused(409, Problem(None, text))


def refuse(wrong: Sequence[Problem]) -> None:
    """Raise Refused if anything is wrong with a body."""
    if wrong:
        raise Refused(400, *wrong)


def existing_group(group_id: str) -> Group:
    """Return a group. Raises Refused if there is none."""
    group = Group.objects.filter(group_id=group_id).first()
    if group is None:
        raise Refused(404, Problem(None, not_found(Group, {"group_id": group_id})))
    return group


def find_division(group_id: str, division_id: str | None) -> GroupDivision | None:
    """Return a division of a group, or None."""
    if division_id is None:
        return None
    return GroupDivision.objects.filter(group_id=group_id, division_id=division_id).first()


def contracts_covering(group_id: str, day: datetime.date) -> "QuerySet[GroupContract]":
    """Return the contracts of a group that are in force on a day."""
    contracts = GroupContract.objects.filter(group_id=group_id, coverage_start__lte=day)
    return contracts.exclude(coverage_end__lt=day)


def no_contract(day: datetime.date) -> str:
    """Say that no contract covers the day."""
    return f"No contract covers {day.isoformat()}."


def check_unfinished(group_id: str) -> None:
    """Raise Refused if the group has an unfinished process."""
    key = unfinished_of(group_id)
    if key is not None:
        raise conflict(f"Process {key} of group '{group_id}' is unfinished.")


def wrong_place(body: Body, group_id: str, division: GroupDivision | None) -> list[Problem]:
    """Return what is wrong with the group and the division that a body names."""
    wrong: list[Problem] = []
    if body["group_ID"] not in (None, group_id):
        wrong.append(Problem("group_ID", "group_ID does not match the path."))
    if body["division_ID"] and division is None:
        wrong.append(not_valid("division_ID", body["division_ID"]))
    return wrong


def wrong_user(body: Body, user_is_valid: bool) -> list[Problem]:
    """Return the problem of a user who may not run processes."""
    return [] if user_is_valid or not body["user_ID"] else [not_valid("user_ID", body["user_ID"])]


def wrong_choice(name: str, body: Body, choices: type[IntEnum]) -> list[Problem]:
    """Return the problem of a number that is not one of the choices."""
    value = body[name]
    return [not_valid(name, value)] if value is not None and value not in set(choices) else []
