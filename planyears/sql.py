"""The SQL of plan years: which end soon, have none to follow, or overlap (conditions over a row ``t``)."""

from tables.schema.conditions import SOON_DAYS, Finding

_ENDING = f"t.thru_date BETWEEN :today AND :today + {SOON_DAYS}"
# Plan years for different plan types run side by side; one without a type is for all of them.
_SAME_KIND = (
    "o.group_id = t.group_id AND o.division_id = t.division_id AND o.plan_year <> t.plan_year"
    " AND (o.plan_type IS NULL OR t.plan_type IS NULL OR o.plan_type = t.plan_type)"
)


def _begins(row: str) -> str:
    """A plan year without a first day has always been, as one without a last day never ends."""
    return f"coalesce({row}.from_date, DATE '-infinity')"


def _ends(row: str) -> str:
    return f"coalesce({row}.thru_date, DATE 'infinity')"


# By the index on thru_date.
ENDING = Finding(
    "ending",
    "Plan years ending soon",
    f"Plan years whose last day is within the next {SOON_DAYS} days.",
    _ENDING,
    to_do=False,
)
LAST = Finding(
    "last",
    "Ending soon, with none to follow",
    f"Plan years that end within the next {SOON_DAYS} days, of active divisions that have no later one:"
    " nothing says yet over which dates deductibles and limits add up then.",
    f"""
    {_ENDING} AND NOT EXISTS (
        SELECT FROM groupplanyear AS o WHERE {_SAME_KIND} AND {_ends("o")} > t.thru_date)
    AND EXISTS (
        SELECT FROM groupdivision AS d
        WHERE d.group_id = t.group_id AND d.division_id = t.division_id
          AND (d.disenroll_date IS NULL OR d.disenroll_date > t.thru_date))""",
)
# Each plan year against the few others of its division, by the key.
OVERLAPPING = Finding(
    "overlapping",
    "Plan years that overlap",
    "Plan years that share days with another of the same division, for the same plan type or for all.",
    f"""
    EXISTS (
        SELECT FROM groupplanyear AS o
        WHERE {_SAME_KIND} AND {_begins("o")} <= {_ends("t")} AND {_ends("o")} >= {_begins("t")})""",
)
