"""Where and how long coverage may continue under COBRA, and why that is refused."""

import datetime
from collections.abc import Sequence
from itertools import islice

from enrollment.engine.cobra_end import last_day_of_cobra
from enrollment.engine.parameters import Cobra, CobraPlan
from enrollment.models import Reason
from enrollment.process_requests.fields import Body, not_valid, required
from enrollment.process_requests.refusals import conflict, contracts_covering, find_division, no_contract
from groups.models import Group, GroupContractPlan, GroupDivision
from tables.context.days import day_after
from tables.rest.request_names import MOST_NAMED
from tables.schema.problems import Problem


def read_cobra(
    group_id: str, body: Body, day: datetime.date, division: GroupDivision | None
) -> tuple[Cobra | None, list[Problem]]:
    """Return where and how long coverage continues under COBRA, or the problems of the request."""
    if not body["cobraDivision"]:
        return None, [required("cobraDivision")]
    cobra_division = find_division(group_id, body["cobraDivision"])
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
        wrong += _not_offered(group_id, body["cobraDivision"], contract, plans)
    if wrong or contract is None or end is None:
        return None, wrong
    return Cobra(body["cobraDivision"], contract, start, end, plans), []


def _not_offered(
    group_id: str, division_id: str, contract: datetime.date, plans: Sequence[CobraPlan]
) -> list[Problem]:
    """Return the problems of plans that the contract does not offer."""
    offered = set(
        GroupContractPlan.objects.filter(
            group_id=group_id, division_id=division_id, coverage_start=contract
        ).values_list("plan_id", flat=True)
    )
    missing = (plan.plan_id for plan in plans if plan.plan_id not in offered)
    return [not_valid("cobraPlanCriterias", plan_id) for plan_id in islice(missing, MOST_NAMED)]


def _cobra_contract(
    group_id: str, body: Body, start: datetime.date
) -> tuple[datetime.date | None, list[Problem]]:
    contracts = contracts_covering(group_id, start).filter(division_id=body["cobraDivision"])
    if body["cobraCovStart"]:
        contracts = contracts.filter(coverage_start=body["cobraCovStart"])
    found = contracts.order_by("-coverage_start").first()
    if found is None:
        return None, [Problem("cobraCovStart", no_contract(start))]
    return found.coverage_start, []


def _cobra_end(
    body: Body, start: datetime.date, division: GroupDivision
) -> tuple[datetime.date | None, list[Problem]]:
    """Return the last day of COBRA: the last that the reason allows, or an earlier one that was requested."""
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


def check_cobra_available(group: Group, cobra: Cobra) -> None:
    """Raise Refused if the group or the COBRA division is disenrolled: no plan is left to continue."""
    if group.disenroll_date and group.disenroll_date < cobra.start:
        raise conflict(f"Group '{group.group_id}' is disenrolled; COBRA is not available.")
    division = find_division(group.group_id, cobra.division_id)
    if division and division.disenroll_date and division.disenroll_date < cobra.start:
        raise conflict(f"Division '{cobra.division_id}' is disenrolled; COBRA is not available.")
