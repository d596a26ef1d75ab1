"""The SQL that finds the templates (the enrollments that new coverage is modeled on) and each new enrollment.

``run_ended`` has the rows that the disenrollments ended, each with the last day it had before.

``run_template`` has the templates. For each family and division these are the enrollment that spanned the
start (or else the one that covers the disenroll date) and every later one; under COBRA, one for each family.
``first_day`` is the first day of the new coverage. ``new_start`` is the start of the enrollment that has this
coverage: one to be made or revived. If members come back without the insured, it is the enrollment that is
live on the first day.
"""

from enrollment.sql.conditions import in_scope, overlaps, void
from enrollment.sql.reenroll import entries

# The rows that the disenrollments ended, by table and primary key. Many statements join it with other tables.
TAKE_ENDED = f"""
    CREATE TEMP TABLE run_ended ON COMMIT DROP AS
    SELECT 'subenrollment' AS name, row_id AS id, subscriber_id, (before ->> 'end_date')::date AS was
    FROM {entries("subenrollment")} AS newest
    UNION ALL
    SELECT 'subenrollmentplan' AS name, row_id AS id, subscriber_id, (before ->> 'plan_end')::date AS was
    FROM {entries("subenrollmentplan")} AS newest
    UNION ALL
    SELECT 'memenrollmentplan' AS name, row_id AS id, subscriber_id, (before ->> 'plan_end')::date AS was
    FROM {entries("memenrollmentplan")} AS newest
    UNION ALL
    SELECT 'members' AS name, row_id AS id, subscriber_id, (before ->> 'disenroll_date')::date AS was
    FROM {entries("members")} AS newest"""


def was_ended(table: str, row: str) -> str:
    """Join rows of a table with those that the disenrollments ended, as ``c``."""
    return f"LEFT JOIN run_ended AS c ON c.name = '{table}' AND c.id = {row}.id"


# The contract of new coverage: for COBRA the given one, else a contract of the division that covers the first
# day. A revived enrollment keeps its own contract if that covers the day; all others get the latest.
_CONTRACT = """
    SELECT c.coverage_start
    FROM groupcontract AS c
    WHERE c.group_id = %(group)s
      AND CASE WHEN %(cobra)s
          THEN c.division_id = %(cobra_division)s AND c.coverage_start = %(cobra_contract)s::date
          ELSE c.division_id = e.division_id AND c.coverage_start <= e.first_day
               AND (c.coverage_end IS NULL OR c.coverage_end >= e.first_day) END
    ORDER BY (e.start_date = e.first_day AND c.coverage_start = e.group_coverage_start) DESC,
             c.coverage_start DESC LIMIT 1"""

# The enrollment of the division that is live on the first day.
_LIVE_ENROLLMENT = """
    SELECT o.id, o.group_coverage_start AS coverage_start, o.start_date, o.end_date
    FROM subenrollment AS o
    WHERE o.subscriber_id = e.subscriber_id AND o.group_id = %(group)s AND o.division_id = e.division_id
      AND o.start_date <= e.first_day AND coalesce(o.end_date, 'infinity') >= e.first_day"""

# The division of new coverage.
_NEW_DIVISION = """
    CASE WHEN %(cobra)s THEN %(cobra_division)s ELSE e.division_id END::varchar(20) COLLATE "C" """

# The disenrollments ended the enrollment ``e``.
_IS_ENDED = "c.id IS NOT NULL"

# The disenrollments ended the enrollment ``e``, or plans that members hold in it.
_IS_ENDED_OR_HOLDS_ENDED_PLANS = f"""c.id IS NOT NULL OR (
    e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date) IN (
        SELECT p.subscriber_id, p.division_id, p.group_coverage_start, p.sub_start_date
        FROM memenrollmentplan AS p
        JOIN run_ended AS c ON c.name = 'memenrollmentplan' AND c.id = p.id
        WHERE p.group_id = %(group)s) AND NOT {void("e")}"""


def _candidate_templates(held: str) -> str:
    """The enrollments that may be templates.

    These are the enrollments that the disenrollments ended; with reenrollAll, also others that end on the
    day; and, for a family in which only members were ended, every enrollment that covers the day. An
    enrollment for which ``held`` is true comes back as itself. If none of those spanned the start, new
    coverage is modeled on the enrollment that covers the day. ``place`` numbers the enrollments of a division
    (under COBRA: of a family) that span the start, and those that start on the same later day: the first of
    each is taken.
    """
    return f"""
        SELECT e.*, row_number() OVER (
                   PARTITION BY e.subscriber_id, CASE WHEN %(cobra)s THEN NULL ELSE e.division_id END,
                                e.is_later, CASE WHEN e.is_later THEN e.start_date END
                   ORDER BY e.start_date DESC, e.group_coverage_start DESC) AS place
        FROM (
            SELECT e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date,
                   f.insured_has_died, greatest(e.start_date, %(start)s::date) AS first_day, span.was, fits.*,
                   bool_or(fits.spans_start) OVER (PARTITION BY e.subscriber_id) AS is_spanned
            FROM run_family AS f
            JOIN subenrollment AS e ON e.subscriber_id = f.subscriber_id AND {in_scope("e")}
            {was_ended("subenrollment", "e")}
            CROSS JOIN LATERAL (
                SELECT CASE WHEN c.id IS NULL THEN e.end_date ELSE c.was END AS was,
                       NOT %(cobra)s AND ({held}) AS is_held
            ) AS span
            CROSS JOIN LATERAL (
                SELECT span.is_held AND e.start_date <= %(start)s::date
                       AND coalesce(span.was, 'infinity') >= %(start)s::date AS spans_start,
                       span.is_held AND e.start_date > %(start)s::date AS is_later,
                       e.start_date <= %(day)s::date AND coalesce(e.end_date, 'infinity') >= %(day)s::date
                       AS covers_day
            ) AS fits
            WHERE c.id IS NOT NULL OR (%(everything)s AND e.end_date = %(day)s::date)
               OR f.subscriber_id IN (SELECT subscriber_id FROM run_ended GROUP BY subscriber_id
                                      HAVING NOT bool_or(name = 'subenrollment'))
        ) AS e
        WHERE e.spans_start OR e.is_later OR (e.covers_day AND NOT e.is_spanned)"""


# The new enrollments and their templates. Under COBRA, the request gives their end. Else it is the end that
# the old enrollment had before, if that spanned the first day.
TAKE_TEMPLATES = f"""
    CREATE TEMP TABLE run_template ON COMMIT DROP AS
    SELECT e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date,
           n.coverage_start AS new_coverage_start, {_NEW_DIVISION} AS new_division,
           e.first_day, e.is_later, e.spans_start OR e.is_later AS has_end, e.first_day AS new_start,
           CASE WHEN %(cobra)s THEN %(cobra_end)s::date
                WHEN e.spans_start OR e.is_later THEN e.was END AS new_end,
           NULL::bigint AS revived,
           CASE WHEN e.insured_has_died AND NOT %(cobra)s THEN 'died'
                WHEN n.coverage_start IS NULL THEN 'no contract'
                WHEN e.is_later AND e.place > 1 THEN 'overlap' END AS problem
    FROM ({_candidate_templates(_IS_ENDED)}) AS e
    LEFT JOIN LATERAL ({_CONTRACT}) AS n ON true
    WHERE e.is_later OR e.place = 1"""

# If members come back without the insured: coverage within the enrollment that is live on its first day.
TAKE_LIVE_TEMPLATES = f"""
    CREATE TEMP TABLE run_template ON COMMIT DROP AS
    SELECT e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date,
           n.coverage_start AS new_coverage_start, {_NEW_DIVISION} AS new_division,
           e.first_day, e.is_later, e.spans_start OR e.is_later AS has_end, n.start_date AS new_start,
           n.end_date AS new_end, n.id AS revived,
           CASE WHEN e.insured_has_died THEN 'died' WHEN n.id IS NULL THEN 'not live' END AS problem
    FROM ({_candidate_templates(_IS_ENDED_OR_HOLDS_ENDED_PLANS)}) AS e
    LEFT JOIN LATERAL ({_LIVE_ENROLLMENT}) AS n ON true
    WHERE e.is_later OR e.place = 1"""

# Revive a void enrollment that has the new key, instead of making a new row.
FIND_REVIVED = """
    UPDATE run_template AS t SET revived = e.id
    FROM subenrollment AS e
    WHERE e.subscriber_id = t.subscriber_id AND e.group_id = %(group)s AND e.division_id = t.new_division
      AND e.group_coverage_start = t.new_coverage_start AND e.start_date = t.new_start
      AND e.end_date < e.start_date"""

# Leave out new coverage that would overlap other coverage in the group. The later enrollments go first: the
# ends of the others depend on them.
FIND_OVERLAPS = f"""
    UPDATE run_template AS t SET problem = 'overlap'
    FROM subenrollment AS o
    WHERE t.problem IS NULL AND t.is_later = %(later)s
      AND o.subscriber_id = t.subscriber_id AND o.group_id = %(group)s
      AND o.id IS DISTINCT FROM t.revived AND (o.end_date IS NULL OR o.end_date >= o.start_date)
      AND {overlaps("t.new_start", "t.new_end", "o.start_date", "o.end_date")}"""

# An enrollment ends at the latest on the day before the next one of its division comes back. One that had no
# end before ends on the day before the next one of the family.
END_BEFORE_NEXT = """
    UPDATE run_template AS t SET new_end = n.day_before
    FROM (
        SELECT id, least(
                   min(new_start) OVER (of_division RANGE BETWEEN '1 day' FOLLOWING AND UNBOUNDED FOLLOWING),
                   CASE WHEN NOT has_end THEN
                       min(new_start) FILTER (WHERE is_later) OVER (PARTITION BY subscriber_id) END
               ) - 1 AS day_before
        FROM run_template WHERE problem IS NULL
        WINDOW of_division AS (PARTITION BY subscriber_id, new_division ORDER BY new_start)
    ) AS n
    WHERE NOT %(cobra)s AND n.id = t.id AND coalesce(t.new_end, 'infinity') > n.day_before"""
