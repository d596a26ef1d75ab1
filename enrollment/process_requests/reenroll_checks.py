"""Why a reenrollment is refused before it starts, whether REST, a form or the shell asks for it."""

import datetime
from itertools import islice

from enrollment.engine.parameters import Reenroll, ReenrollFamily
from enrollment.process_requests.cobra_checks import check_cobra_available, read_cobra
from enrollment.process_requests.fields import Body, not_valid, required
from enrollment.process_requests.refusals import (
    check_unfinished,
    conflict,
    contracts_covering,
    existing_group,
    find_division,
    no_contract,
    refuse,
    wrong_choice,
    wrong_place,
    wrong_user,
)
from members.models import Member, Subscriber
from tables.rest.request_names import MOST_NAMED
from tables.schema.problems import Problem


def check_reenroll(group_id: str, body: Body, *, user_is_valid: bool) -> Reenroll:
    """Return the reenrollment that a body requests for a group of the chosen database.

    ``user_is_valid``: user_ID is an active user who may run processes there. Raises Refused.
    """
    group = existing_group(group_id)
    division = find_division(group_id, body["division_ID"])
    wrong = [*body.problems, *wrong_user(body, user_is_valid), *wrong_place(body, group_id, division)]
    family, members, wrong_people = _people(body)
    wrong += wrong_people
    day = body["disenroll_Date"] or (division and division.disenroll_date) or group.disenroll_date
    wrong += _wrong_dates(body, day)
    if body["generateInvoice"] and not body["invoiceDate"]:
        wrong.append(required("invoiceDate"))
    cobra = None
    if body["reenrollCOBRA"] and day:
        cobra, wrong_cobra = read_cobra(group_id, body, day, division)
        wrong += wrong_cobra
    refuse(wrong)
    check_unfinished(group_id)
    if cobra:
        check_cobra_available(group, cobra)
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
    """Return whose coverage comes back, the members that were listed, and the problems."""
    wrong = wrong_choice("reenrollFamily", body, ReenrollFamily)
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


def _check_contract(group_id: str, body: Body) -> None:
    contracts = contracts_covering(group_id, body["start_Date"])
    if body["division_ID"]:
        contracts = contracts.filter(division_id=body["division_ID"])
    if not contracts.exists():
        raise conflict(no_contract(body["start_Date"]))
