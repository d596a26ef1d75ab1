"""The SQL that finds the enrollments that new cover is modeled on, its templates, and each new enrollment.

``run_ended`` has what the disenrolls have ended and the last day it had before; ``run_template`` the
templates: of each family and division what spanned the start (else what covers the day), and every later one;
under COBRA one of each family. ``first_day`` is the first day of the new cover, ``new_start`` the start of
the enrollment that this cover is under: one to be made or brought to life, or, where only some members come
back without the insured, the one that is live on the first day.
"""

from enrollment.sql.conditions import in_scope, overlaps, void
from enrollment.sql.reenroll import entries

# What the disenrolls have ended, by table and primary key: read often, and joined with every kind of row.
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
    """The join of rows with what the disenrolls have ended of a table, as ``c``."""
    return f"LEFT JOIN run_ended AS c ON c.name = '{table}' AND c.id = {row}.id"


# The contract that new cover is under: the one given for COBRA, else one of the division's that covers the
# first day: what is revived stays under its own, if that does; all else has the latest.
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

# The division that new cover is under.
_NEW_DIVISION = """
    CASE WHEN %(cobra)s THEN %(cobra_division)s ELSE e.division_id END::varchar(20) COLLATE "C" """

# The disenrolls have ended the enrollment ``e``.
_IS_ENDED = "c.id IS NOT NULL"

# The disenrolls have ended the enrollment ``e``, or plans of members in it.
_IS_ENDED_OR_HOLDS_ENDED_PLANS = f"""c.id IS NOT NULL OR (
    e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date) IN (
        SELECT p.subscriber_id, p.division_id, p.group_coverage_start, p.sub_start_date
        FROM memenrollmentplan AS p
        JOIN run_ended AS c ON c.name = 'memenrollmentplan' AND c.id = p.id
        WHERE p.group_id = %(group)s) AND NOT {void("e")}"""


def _candidate_templates(held: str) -> str:
    """The enrollments that may be templates: what the disenrolls have ended, with reenrollAll also what else
    ends on the day, and whatever covers the day for a family of which they have ended members alone. What
    they had ended of an enrollment comes back by it itself if it is ``held``; where none of these spanned the
    start, new cover is modeled on what covers the day. ``place`` numbers those of a division (under COBRA of
    a family) that span the start, and those that begin on one later day: the first of each is taken."""
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


# The new enrollments and their templates. Their end is the one asked for under COBRA, else the one there was
# before if the old one had spanned the first day.
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

# Where only some members come back without the insured: cover within what is live on its first day.
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

# A void enrollment of the new key is brought to life instead of a new row.
FIND_REVIVED = """
    UPDATE run_template AS t SET revived = e.id
    FROM subenrollment AS e
    WHERE e.subscriber_id = t.subscriber_id AND e.group_id = %(group)s AND e.division_id = t.new_division
      AND e.group_coverage_start = t.new_coverage_start AND e.start_date = t.new_start
      AND e.end_date < e.start_date"""

# New cover that would overlap other cover in the group is left out: the later ones first, since the ends of
# the others depend on them.
FIND_OVERLAPS = f"""
    UPDATE run_template AS t SET problem = 'overlap'
    FROM subenrollment AS o
    WHERE t.problem IS NULL AND t.is_later = %(later)s
      AND o.subscriber_id = t.subscriber_id AND o.group_id = %(group)s
      AND o.id IS DISTINCT FROM t.revived AND (o.end_date IS NULL OR o.end_date >= o.start_date)
      AND {overlaps("t.new_start", "t.new_end", "o.start_date", "o.end_date")}"""

# An enrollment ends at the latest the day before the next one of its division comes back; one that has no end
# from before, the day before the next one of the family.
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
