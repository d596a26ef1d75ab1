"""Why a process is refused before it begins: the checks of disenroll and reenroll, for every door."""

import datetime
from collections.abc import Sequence
from itertools import islice
from typing import Any

from enrollment.engine.cobra_length import last_day_of_cobra
from enrollment.engine.parameters import (
    Cobra,
    CobraPlan,
    Disenroll,
    DisenrollFamily,
    DisenrollFuture,
    Reenroll,
    ReenrollFamily,
)
from enrollment.models import Reason
from enrollment.process_requests.fields import Body, not_valid, required
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Member, Subscriber
from processes.starting import unfinished_of
from tables.context.days import day_after
from tables.rest.request_names import MOST_NAMED
from tables.schema.problems import Problem, join, not_found

_DAY = datetime.timedelta(days=1)


class Refused(Exception):
    """A process may not begin: the problems, and the HTTP status that says what sort they are."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(join(problems))
        self.status, self.problems = status, problems


def _conflict(text: str) -> Refused:
    return Refused(409, Problem(None, text))


def _group(group_id: str) -> Any:
    group = Group.objects.filter(group_id=group_id).first()
    if group is None:
        raise Refused(404, Problem(None, not_found(Group, {"group_id": group_id})))
    return group


def _division(group_id: str, division_id: str | None) -> Any:
    if division_id is None:
        return None
    return GroupDivision.objects.filter(group_id=group_id, division_id=division_id).first()


def _check_unfinished(group_id: str) -> None:
    key = unfinished_of(group_id)
    if key is not None:
        raise _conflict(f"Process {key} is unfinished for group '{group_id}'.")


def _raise(wrong: Sequence[Problem]) -> None:
    if wrong:
        raise Refused(400, *wrong)


# --- disenroll ----------------------------------------------------------------------------------


def check_disenroll(group_id: str, body: Body, *, user_is_valid: bool) -> Disenroll:
    """Return the disenroll that a body asks of a group of the chosen database.

    ``user_is_valid``: user_ID is an active user who may run processes there. Raises Refused.
    """
    group = _group(group_id)
    division = _division(group_id, body["division_ID"])
    wrong = [*body.problems, *_wrong_user(body, user_is_valid)]
    if body["group_ID"] not in (None, group_id):
        wrong.append(Problem("group_ID", "group_ID does not match the path."))
    if body["division_ID"] and division is None:
        wrong.append(not_valid("division_ID", body["division_ID"]))
    if body["reason_ID"] is not None and not Reason.objects.filter(reason_id=body["reason_ID"]).exists():
        wrong.append(not_valid("reason_ID", body["reason_ID"]))
    wrong += _wrong_choice("disenrollFamily", body, DisenrollFamily)
    wrong += _wrong_choice("disenrollFuture", body, DisenrollFuture)
    day, original = body["disenroll_Date"], group.original_date
    if day and original and original - day > _DAY:
        wrong.append(Problem("disenroll_Date", "disenroll_Date is before the group's original date."))
    if body["disenrollFamily"] in (2, 3) and body["groupDisenroll"]:
        text = f"disenrollFamily {body['disenrollFamily']} needs groupDisenroll=false."
        wrong.append(Problem("disenrollFamily", text))
    _raise(wrong)
    _check_unfinished(group_id)
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


def _wrong_user(body: Body, user_is_valid: bool) -> list[Problem]:
    return [] if user_is_valid or not body["user_ID"] else [not_valid("user_ID", body["user_ID"])]


def _wrong_choice(name: str, body: Body, choices: Any) -> list[Problem]:
    value = body[name]
    return [not_valid(name, value)] if value is not None and value not in set(choices) else []


def _check_not_postponed(body: Body, group: Any, division: Any) -> None:
    """A disenroll date may be moved to an earlier day, never to a later one."""
    target = group if body["groupDisenroll"] else division
    if target is not None and target.disenroll_date and target.disenroll_date < body["disenroll_Date"]:
        name = f"Group '{group.group_id}'" if target is group else f"Division '{division.division_id}'"
        raise _conflict(f"{name} is already disenrolled as of {target.disenroll_date.isoformat()}.")


# --- reenroll -----------------------------------------------------------------------------------


def check_reenroll(group_id: str, body: Body, *, user_is_valid: bool) -> Reenroll:
    """Return the reenroll that a body asks of a group of the chosen database.

    ``user_is_valid``: user_ID is an active user who may run processes there. Raises Refused.
    """
    group = _group(group_id)
    division = _division(group_id, body["division_ID"])
    wrong = [*body.problems, *_wrong_user(body, user_is_valid)]
    if body["group_ID"] not in (None, group_id):
        wrong.append(Problem("group_ID", "group_ID does not match the path."))
    if body["division_ID"] and division is None:
        wrong.append(not_valid("division_ID", body["division_ID"]))
    family, members, wrong_people = _people(body)
    wrong += wrong_people
    day = body["disenroll_Date"] or (division and division.disenroll_date) or group.disenroll_date
    wrong += _wrong_dates(body, day)
    if body["generateInvoice"] and not body["invoiceDate"]:
        wrong.append(required("invoiceDate"))
    cobra = None
    if body["reenrollCOBRA"] and day:
        cobra, wrong_cobra = _cobra(group_id, body, day, division)
        wrong += wrong_cobra
    _raise(wrong)
    _check_unfinished(group_id)
    if cobra:
        _check_cobra_available(group, cobra)
    elif body["start_Date"]:
        _check_contract(group_id, body)
    return Reenroll(
        user=body["user_ID"],
        group_id=group_id,
        day=day,
        division_id=body["division_ID"],
        subscriber_id=body["subscriber_ID"],
        family=family,
        members=members,
        start=body["start_Date"],
        cobra=cobra,
        everything=bool(body["reenrollAll"]),
        reset_stamps=bool(body["resetGroupDisenroll"]),
        reset_auth=bool(body["resetAuth"]),
        invoice_date=body["invoiceDate"] if body["generateInvoice"] else None,
    )


def _people(body: Body) -> tuple[ReenrollFamily, tuple[str, ...], list[Problem]]:
    """Return whose cover comes back, the members named one by one, and what is wrong with that."""
    wrong = _wrong_choice("reenrollFamily", body, ReenrollFamily)
    family = ReenrollFamily(body["reenrollFamily"] or 1) if not wrong else ReenrollFamily.FAMILY
    if body["groupReenroll"]:
        for name in ("subscriber_ID", "member_Seq", "memberSeqCriterias"):
            if body[name]:
                wrong.append(Problem(name, f"{name} must be empty when groupReenroll is true."))
        if family is ReenrollFamily.SELECTED_MEMBERS:
            wrong.append(Problem("reenrollFamily", "reenrollFamily 4 needs groupReenroll=false."))
        return family, (), wrong
    subscriber = body["subscriber_ID"]
    if not subscriber:
        text = "subscriber_ID is required unless groupReenroll is true."
        return family, (), [*wrong, Problem("subscriber_ID", text)]
    if not Subscriber.objects.filter(subscriber_id=subscriber).exists():
        return family, (), [*wrong, not_valid("subscriber_ID", subscriber)]
    return _one_family(body, family, wrong)


def _one_family(
    body: Body, family: ReenrollFamily, wrong: list[Problem]
) -> tuple[ReenrollFamily, tuple[str, ...], list[Problem]]:
    known = sorted(
        Member.objects.filter(subscriber_id=body["subscriber_ID"]).values_list("member_seq", flat=True)
    )
    seq, members = body["member_Seq"], tuple(body["memberSeqCriterias"])
    if seq and members and members != (seq,) and not body["subscriber"]:
        wrong.append(Problem("member_Seq", "member_Seq must be empty with memberSeqCriterias."))
    if seq and (seq not in known or (body["subscriber"] and seq != known[0])):
        wrong.append(not_valid("member_Seq", seq))
    if seq and not body["subscriber"]:
        return ReenrollFamily.SELECTED_MEMBERS, (seq,), wrong
    if family is not ReenrollFamily.SELECTED_MEMBERS:
        return family, (), wrong
    if not members:
        wrong.append(required("memberSeqCriterias"))
    strange = (not_valid("memberSeqCriterias", each) for each in members if each not in known)
    wrong += islice(strange, MOST_NAMED)
    return family, members, wrong


def _wrong_dates(body: Body, day: datetime.date | None) -> list[Problem]:
    wrong: list[Problem] = []
    if day is None and not any(problem.column == "disenroll_Date" for problem in body.problems):
        wrong.append(required("disenroll_Date"))
    start = body["start_Date"]
    if body["reenrollCOBRA"] and start:
        wrong.append(Problem("start_Date", "start_Date must be empty when reenrollCOBRA is true."))
    elif start and day and start <= day:
        wrong.append(Problem("start_Date", "start_Date must be after disenroll_Date."))
    if body["resetGroupDisenroll"] and not body["groupReenroll"]:
        text = "resetGroupDisenroll needs groupReenroll=true."
        wrong.append(Problem("resetGroupDisenroll", text))
    if body["resetGroupDisenroll"] and body["reenrollCOBRA"]:
        text = "resetGroupDisenroll needs reenrollCOBRA=false."
        wrong.append(Problem("resetGroupDisenroll", text))
    return wrong


def _no_contract(day: datetime.date) -> str:
    return f"No contract covers {day.isoformat()}."


def _contracts_covering(group_id: str, day: datetime.date) -> Any:
    contracts = GroupContract.objects.filter(group_id=group_id, coverage_start__lte=day)
    return contracts.exclude(coverage_end__lt=day)


def _check_contract(group_id: str, body: Body) -> None:
    contracts = _contracts_covering(group_id, body["start_Date"])
    if body["division_ID"]:
        contracts = contracts.filter(division_id=body["division_ID"])
    if not contracts.exists():
        raise _conflict(_no_contract(body["start_Date"]))


# --- COBRA --------------------------------------------------------------------------------------


def _cobra(
    group_id: str, body: Body, day: datetime.date, division: Any
) -> tuple[Cobra | None, list[Problem]]:
    """Return where and how long cover goes on under COBRA, or what is wrong with what was asked."""
    if not body["cobraDivision"]:
        return None, [required("cobraDivision")]
    cobra_division = _division(group_id, body["cobraDivision"])
    if cobra_division is None or not cobra_division.cobra_division:
        return None, [not_valid("cobraDivision", body["cobraDivision"])]
    start = body["cobraStart"] or day_after(day)
    if start <= day:
        return None, [Problem("cobraStart", "cobraStart must be after disenroll_Date.")]
    contract, wrong = _cobra_contract(group_id, body, start)
    end, wrong_end = _cobra_end(body, start, division or cobra_division)
    wrong += wrong_end
    plans = tuple(CobraPlan(plan_id, tier) for plan_id, tier in body["cobraPlanCriterias"])
    if contract:
        offered = set(
            GroupContractPlan.objects.filter(
                group_id=group_id, division_id=body["cobraDivision"], coverage_start=contract
            ).values_list("plan_id", flat=True)
        )
        strange = (
            not_valid("cobraPlanCriterias", each.plan_id) for each in plans if each.plan_id not in offered
        )
        wrong += islice(strange, MOST_NAMED)
    if wrong or contract is None or end is None:
        return None, wrong
    return Cobra(body["cobraDivision"], contract, start, end, plans), []


def _cobra_contract(
    group_id: str, body: Body, start: datetime.date
) -> tuple[datetime.date | None, list[Problem]]:
    contracts = _contracts_covering(group_id, start).filter(division_id=body["cobraDivision"])
    if body["cobraCovStart"]:
        contracts = contracts.filter(coverage_start=body["cobraCovStart"])
    found = contracts.order_by("-coverage_start").first()
    if found is None:
        return None, [Problem("cobraCovStart", _no_contract(start))]
    return found.coverage_start, []


def _cobra_end(body: Body, start: datetime.date, division: Any) -> tuple[datetime.date | None, list[Problem]]:
    """Return the last day of COBRA: what the reason allows, or an earlier one that was asked for."""
    reason_id = body["cobraReason"] if body["cobraReason"] is not None else division.default_cobra_reason
    if reason_id is None:
        return None, [required("cobraReason")]
    reason = Reason.objects.filter(reason_id=reason_id).first()
    longest = reason and last_day_of_cobra(start, reason.cobra_length, reason.cobra_length_type)
    if not longest:
        return None, [not_valid("cobraReason", reason_id)]
    end = body["cobraEnd"] or longest
    if not start <= end <= longest:
        allowed = f" It must be from {start.isoformat()} through {longest.isoformat()}."
        return None, [Problem("cobraEnd", not_valid("cobraEnd", end).text + allowed)]
    return end, []


def _check_cobra_available(group: Any, cobra: Cobra) -> None:
    """Where the employer has dropped the plans there is nothing to continue."""
    if group.disenroll_date and group.disenroll_date < cobra.start:
        raise _conflict(f"Group '{group.group_id}' is disenrolled; COBRA is not available.")
    division = _division(group.group_id, cobra.division_id)
    if division.disenroll_date and division.disenroll_date < cobra.start:
        raise _conflict(f"Division '{cobra.division_id}' is disenrolled; COBRA is not available.")
