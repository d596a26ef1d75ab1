"""Making one group with many enrollments, in SQL: the group that the benchmarks of processes work on."""

from typing import Any

from django.db import connections

# One group with ten divisions, each with a contract and three plans.
_GROUP = """
    INSERT INTO groups ({flags} group_id, name, original_date, entry_date, update_date)
    VALUES ({trues} %(group)s, 'Large employer', '2015-01-01', now(), now())"""
_DIVISIONS = """
    INSERT INTO groupdivision ({flags} group_id, division_id, entry_date, update_date)
    SELECT {trues} %(group)s, 'D' || d, now(), now() FROM generate_series(0, 9) AS d"""
_CONTRACTS = """
    INSERT INTO groupcontract ({flags} group_id, division_id, coverage_start, entry_date, update_date)
    SELECT {trues} %(group)s, 'D' || d, '2020-01-01', now(), now() FROM generate_series(0, 9) AS d"""
_CONTRACT_PLANS = """
    INSERT INTO groupcontractplan
        ({flags} group_id, division_id, coverage_start, plan_id, entry_date, update_date)
    SELECT {trues} %(group)s, 'D' || d, '2020-01-01', p, now(), now()
    FROM generate_series(0, 9) AS d, unnest(ARRAY['MED', 'DEN', 'VIS']) AS p"""
_REASON = """
    INSERT INTO reasons (reason_id, description, entry_date, update_date)
    VALUES (1, 'Group terminated', now(), now())"""
# A family of one to three for each enrollment, and one or two plans.
_SUBSCRIBERS = """
    INSERT INTO subscribers ({flags} subscriber_id, last_name, date_enrolled, entry_date, update_date)
    SELECT {trues} 'S' || lpad(n::text, 8, '0'), 'Person' || n, '2023-01-01', now(), now()
    FROM generate_series(1, %(rows)s) AS n"""
_MEMBERS = """
    INSERT INTO members ({flags} subscriber_id, member_seq, last_name, date_enrolled)
    SELECT {trues} 'S' || lpad(n::text, 8, '0'), '0' || m, 'Person' || n, '2023-01-01'
    FROM generate_series(1, %(rows)s) AS n, generate_series(1, 1 + n %% 3) AS m"""
_ENROLLMENTS = """
    INSERT INTO subenrollment ({flags} subscriber_id, group_id, division_id, group_coverage_start, start_date,
                               original_enrollment_date, entry_date, update_date)
    SELECT {trues} 'S' || lpad(n::text, 8, '0'), %(group)s, 'D' || n %% 10, '2020-01-01', '2023-01-01',
           '2023-01-01', now(), now()
    FROM generate_series(1, %(rows)s) AS n"""
_PLANS = """
    INSERT INTO subenrollmentplan ({flags} subscriber_id, group_id, division_id, group_coverage_start,
                                   start_date, plan_id, plan_start, entry_date, update_date)
    SELECT {trues} 'S' || lpad(n::text, 8, '0'), %(group)s, 'D' || n %% 10, '2020-01-01', '2023-01-01',
           (ARRAY['MED', 'DEN'])[p], '2023-01-01', now(), now()
    FROM generate_series(1, %(rows)s) AS n, generate_series(1, 1 + n %% 2) AS p"""

_TABLES = {
    "groups": _GROUP,
    "groupdivision": _DIVISIONS,
    "groupcontract": _CONTRACTS,
    "groupcontractplan": _CONTRACT_PLANS,
    "reasons": _REASON,
    "subscribers": _SUBSCRIBERS,
    "members": _MEMBERS,
    "subenrollment": _ENROLLMENTS,
    "subenrollmentplan": _PLANS,
}
# Required columns without a default, and what they may be set to.
_REQUIRED = """
    SELECT column_name, CASE data_type WHEN 'boolean' THEN 'false' WHEN 'integer' THEN '0' ELSE '''N''' END
    FROM information_schema.columns
    WHERE table_name = %(table)s AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
      AND (data_type IN ('boolean', 'integer') OR character_maximum_length = 1)
      AND column_name NOT IN ('reason_id')"""


def make_enrolled_group(database: str, rows: int, *, group: str = "BIG", tidy: bool = True) -> None:
    """Store the group BIG with ``rows`` enrollments, each of a family of its own, in a target database;
    ``tidy`` leaves no dead rows and fresh statistics, which no transaction can."""
    with connections[database].cursor() as cursor:
        _fill(cursor, rows, group)
        cursor.execute("VACUUM (ANALYZE)" if tidy else "ANALYZE")


def make_unknown_group(database: str, rows: int) -> None:
    """The same, as a file has just loaded it: all that the planner knows is of another group."""
    make_enrolled_group(database, 100, group="OLD")
    with connections[database].cursor() as cursor:
        _fill(cursor, rows, "BIG")


def _fill(cursor: Any, rows: int, group: str) -> None:
    cursor.execute(f"TRUNCATE {', '.join(_EMPTIED)} CASCADE")
    for table, statement in _TABLES.items():
        cursor.execute(_REQUIRED, {"table": table})
        required: list[tuple[Any, ...]] = cursor.fetchall()
        flags = "".join(f"{name}, " for name, _ in required)
        values = "".join(f"{value}, " for _, value in required)
        cursor.execute(statement.format(flags=flags, trues=values), {"rows": rows, "group": group})


_EMPTIED = (
    "groups",
    "groupdivision",
    "groupcontract",
    "groupcontractplan",
    "reasons",
    "subscribers",
    "members",
    "subenrollment",
    "subenrollmentplan",
    "memenrollmentplan",
    "auth",
    "disenrolllog",
    "enrollmentchange",
    "enrollmentrun",
    "enrollmentwarning",
)
