"""The SQL of groups: which are active, end soon, or have no contract (conditions over a row ``t``)."""

from tables.schema.conditions import SOON_DAYS, Finding

_ACTIVE = "(t.disenroll_date IS NULL OR t.disenroll_date >= :today)"

ACTIVE = Finding(
    "active", "Active groups", "Groups that are not disenrolled as of today.", _ACTIVE, to_do=False
)
ENDING = Finding(
    "ending",
    "Groups ending soon",
    f"Groups whose last day of cover is within the next {SOON_DAYS} days.",
    f"t.disenroll_date BETWEEN :today AND :today + {SOON_DAYS}",
)
# By the key of contracts, group first.
WITHOUT_CONTRACT = Finding(
    "without-contract",
    "Groups with no current contract",
    "Active groups none of whose divisions has a contract that covers today: nobody can be enrolled there.",
    f"""
    {_ACTIVE} AND NOT EXISTS (
        SELECT FROM groupcontract AS c
        WHERE c.group_id = t.group_id AND c.coverage_start <= :today
          AND (c.coverage_end IS NULL OR c.coverage_end >= :today))""",
    right="groups.view_groupcontract",
)
