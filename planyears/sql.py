"""The SQL of plan years: findings (conditions over a row ``t``), and copying a division's rows."""

from collections.abc import Collection

from tables.schema.columns import columns
from tables.schema.conditions import SOON_DAYS, Finding
from tables.schema.models import Table
from tables.write.sql.names import quote

_ENDING = f"t.thru_date BETWEEN :today AND :today + {SOON_DAYS}"
# Plan years for different plan types may overlap. One without a type applies to all types.
_SAME_KIND = (
    "o.group_id = t.group_id AND o.division_id = t.division_id AND o.plan_year <> t.plan_year"
    " AND (o.plan_type IS NULL OR t.plan_type IS NULL OR o.plan_type = t.plan_type)"
)


def _begins(row: str) -> str:
    """Return the first day in SQL. A plan year without one has no beginning."""
    return f"coalesce({row}.from_date, DATE '-infinity')"


def _ends(row: str) -> str:
    """Return the last day in SQL. A plan year without one never ends."""
    return f"coalesce({row}.thru_date, DATE 'infinity')"


# Uses the index on thru_date.
ENDING = Finding(
    "ending",
    "Plan years ending soon",
    f"Plan years whose last day is within the next {SOON_DAYS} days.",
    _ENDING,
    to_do=False,
)
LAST = Finding(
    "last",
    "Ending with no next plan year",
    f"Plan years that end within the next {SOON_DAYS} days, of active divisions without a later plan year.",
    f"""
    {_ENDING} AND NOT EXISTS (
        SELECT FROM groupplanyear AS o WHERE {_SAME_KIND} AND {_ends("o")} > t.thru_date)
    AND EXISTS (
        SELECT FROM groupdivision AS d
        WHERE d.group_id = t.group_id AND d.division_id = t.division_id
          AND (d.disenroll_date IS NULL OR d.disenroll_date > t.thru_date))""",
)
# Compares each plan year with the few others of its division, by the key.
OVERLAPPING = Finding(
    "overlapping",
    "Plan years that overlap",
    "Plan years that share days with another one of the same division and plan type.",
    f"""
    EXISTS (
        SELECT FROM groupplanyear AS o
        WHERE {_SAME_KIND} AND {_begins("o")} <= {_ends("t")} AND {_ends("o")} >= {_begins("t")})""",
)


def copy_rows(table: type[Table], left_out: Collection[str]) -> str:
    """Return the statement that copies a division's rows to the key %(group)s and %(division)s, without the
    columns ``left_out``, and with new entry and update stamps."""
    copied = {
        column.db: quote(column.db)
        for column in columns(table)
        if not column.is_stamp and column.db not in left_out
    }
    copied |= {"group_id": "%(group)s", "division_id": "%(division)s"}
    copied |= dict.fromkeys(("entry_date", "update_date"), "now()")
    copied |= dict.fromkeys(("entry_user", "update_user"), "%(user)s")
    return f"""
        INSERT INTO {quote(table._meta.db_table)} ({", ".join(map(quote, copied))})
        SELECT {", ".join(copied.values())} FROM {quote(table._meta.db_table)}
        WHERE group_id = %(from_group)s AND division_id = %(from_division)s"""
