"""Conditions that mark enrollments and their plans for review. Nothing is refused because of them."""

from tables.schema.conditions import Doubt


def _same_enrollment(start: str) -> str:
    """The plan ``t`` is of the enrollment ``e``; ``start`` is its column of the enrollment's start."""
    return (
        "e.subscriber_id = t.subscriber_id AND e.group_id = t.group_id AND e.division_id = t.division_id"
        f" AND e.group_coverage_start = t.group_coverage_start AND e.start_date = t.{start}"
    )


# The contract of the plan ``t`` does not offer it.
_NOT_OFFERED = """
    NOT EXISTS (
        SELECT FROM groupcontractplan AS o
        WHERE o.group_id = t.group_id AND o.division_id = t.division_id
            AND o.coverage_start = t.group_coverage_start AND o.plan_id = t.plan_id)"""


def _past_enrollment(start: str) -> str:
    """The plan ``t`` goes beyond its enrollment. A plan without an end, or a void one, never does."""
    return f"""
    (t.plan_end IS NULL OR t.plan_end >= t.plan_start) AND EXISTS (
        SELECT FROM subenrollment AS e WHERE {_same_enrollment(start)}
            AND (t.plan_start < e.start_date OR t.plan_start > e.end_date OR t.plan_end > e.end_date))"""


# An enrollment that goes beyond its contract.
OUTSIDE_CONTRACT = Doubt(
    "The enrollment goes beyond the dates of its contract.",
    """
    (t.end_date IS NULL OR t.end_date >= t.start_date) AND EXISTS (
        SELECT FROM groupcontract AS c
        WHERE c.group_id = t.group_id AND c.division_id = t.division_id
            AND c.coverage_start = t.group_coverage_start
            AND (t.start_date < c.coverage_start OR coalesce(t.end_date, 'infinity') > c.coverage_end))""",
)

# A plan that the contract does not offer.
NOT_OFFERED = Doubt("The contract does not offer the plan.", _NOT_OFFERED)

# A family's plan that goes beyond the dates of its enrollment.
PAST_ENROLLMENT = Doubt("The plan goes beyond the dates of its enrollment.", _past_enrollment("start_date"))

# A plan of a member that goes beyond the family's enrollment.
PAST_FAMILY = Doubt(
    "The plan goes beyond the dates of the family's enrollment.", _past_enrollment("sub_start_date")
)
