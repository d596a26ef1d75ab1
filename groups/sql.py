"""The SQL of groups: which are active, end soon, or have no contract (conditions on a row ``t``)."""

from tables.schema.conditions import SOON_DAYS, Finding

_ACTIVE = "(t.disenroll_date IS NULL OR t.disenroll_date >= :today)"

ACTIVE = Finding(
    "active", "Active groups", "Groups that are not disenrolled as of today.", _ACTIVE, to_do=False
)
ENDING = Finding(
    "ending",
    "Groups ending soon",
    f"Groups whose last day of coverage is within the next {SOON_DAYS} days.",
    f"t.disenroll_date BETWEEN :today AND :today + {SOON_DAYS}",
)
# The index of the contracts' key starts with the group.
WITHOUT_CONTRACT = Finding(
    "without-contract",
    "Groups with no current contract",
    "Active groups in which no division has a contract for today. No one can be enrolled there.",
    f"""
    {_ACTIVE} AND NOT EXISTS (
        SELECT FROM groupcontract AS c
        WHERE c.group_id = t.group_id AND c.coverage_start <= :today
          AND (c.coverage_end IS NULL OR c.coverage_end >= :today))""",
    right="groups.view_groupcontract",
)
