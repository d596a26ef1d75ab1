"""The SQL that works out new coverage, from a date or under COBRA, modeled on what a disenrollment ended.

The old rows stay. The temporary tables are, in order, ``run_ended`` and ``run_template``
(``enrollment.sql.cover_templates``), ``run_new_plan``, ``run_new_member_plan`` and ``run_member``.
``%(start)s`` is the first day of new coverage, for COBRA too; ``%(cobra)s`` says whether it is COBRA.
"""

from enrollment.sql.conditions import in_scope, overlaps, same_enrollment, void_plan
from enrollment.sql.cover_templates import was_ended
from enrollment.sql.reenroll import chosen, counted_division, entries


def _take_plans(into: str, table: str, start: str, *, member: str, of_members: str) -> str:
    """Take the plans to continue, each with its new span and whether the new contract offers it.

    A plan that the disenrollments ended comes back on its own days. A plan that covers the disenroll date
    continues from the first day of the new coverage, at most until the same plan comes back. ``start`` is the
    table's column of the enrollment's start, ``member`` the member who holds a plan, and ``of_members`` joins
    the members who come back.
    """
    target = f"t.subscriber_id, t.new_division, t.new_coverage_start, t.new_start, {member}, p.plan_id"
    return f"""
    CREATE TEMP TABLE {into} ON COMMIT DROP AS
    SELECT n.template, n.subscriber_id, n.member_seq, n.id, n.plan_id, n.tier, n.new_start,
           CASE WHEN n.new_end IS NULL OR n.new_end > n.day_before THEN n.day_before ELSE n.new_end END
               AS new_end, n.problem
    FROM (
        SELECT DISTINCT ON ({target}, fits.new_start)
               t.id AS template, t.subscriber_id, {member} AS member_seq, p.id, p.plan_id,
               coalesce(wanted.tier, p.tier) AS tier, fits.new_start,
               CASE WHEN %(cobra)s THEN %(cobra_end)s::date
                    WHEN fits.was >= t.first_day THEN fits.was END AS new_end,
               min(fits.new_start) OVER (
                   PARTITION BY {target} ORDER BY fits.new_start
                   RANGE BETWEEN '1 day' FOLLOWING AND UNBOUNDED FOLLOWING) - 1 AS day_before,
               CASE WHEN NOT EXISTS (
                   SELECT FROM groupcontractplan AS o
                   WHERE o.group_id = %(group)s AND o.division_id = t.new_division
                     AND o.coverage_start = t.new_coverage_start AND o.plan_id = p.plan_id)
                   THEN 'not offered' END AS problem
        FROM run_template AS t
        JOIN run_family AS f ON f.subscriber_id = t.subscriber_id
        JOIN {table} AS p ON {same_enrollment("p", "t", start)}
        {was_ended(table, "p")}
        CROSS JOIN LATERAL (
            SELECT CASE WHEN c.id IS NULL THEN p.plan_end ELSE c.was END AS was
        ) AS span
        CROSS JOIN LATERAL (
            SELECT span.was, NOT %(cobra)s AND c.id IS NOT NULL
                   AND coalesce(span.was, 'infinity') >= t.first_day AS comes_back
        ) AS back
        CROSS JOIN LATERAL (
            SELECT back.*, CASE WHEN back.comes_back THEN greatest(p.plan_start, t.first_day)
                                ELSE t.first_day END AS new_start
        ) AS fits
        LEFT JOIN unnest(%(cobra_plans)s::text[], %(cobra_tiers)s::text[]) AS wanted (plan_id, tier)
            ON wanted.plan_id = p.plan_id
        {of_members}
        WHERE t.problem IS NULL
          AND (wanted.plan_id IS NOT NULL OR cardinality(%(cobra_plans)s::text[]) = 0)
          AND (fits.comes_back
               OR (p.plan_start <= %(day)s::date AND coalesce(p.plan_end, 'infinity') >= %(day)s::date))
        ORDER BY {target}, fits.new_start, fits.comes_back DESC, p.plan_start DESC
    ) AS n"""


# The plans of the new enrollments.
TAKE_NEW_PLANS = _take_plans(
    "run_new_plan", "subenrollmentplan", "start_date", member="NULL::varchar", of_members=""
)

# Do not make an enrollment that had plans if the contract offers none of them, nor COBRA without a plan.
FIND_WITHOUT_PLANS = """
    UPDATE run_template SET problem = 'no plan'
    WHERE problem IS NULL AND id NOT IN (SELECT template FROM run_new_plan WHERE problem IS NULL)
      AND (%(cobra)s OR id IN (SELECT template FROM run_new_plan))"""

# The members who come back: of the chosen members, those whose coverage the disenrollments ended and those
# who stayed after the day. Listed members always come back. Members who have died never do.
TAKE_MEMBERS = f"""
    CREATE TEMP TABLE run_member ON COMMIT DROP AS
    SELECT m.id, m.subscriber_id, m.member_seq, m.disenroll_date AS before,
           CASE WHEN m.date_of_death IS NOT NULL THEN 'died' END AS problem
    FROM run_family AS f
    JOIN members AS m ON m.subscriber_id = f.subscriber_id
    WHERE {chosen("m")}
      AND f.subscriber_id IN (SELECT subscriber_id FROM run_template WHERE problem IS NULL)
      AND (%(who)s = 'listed' OR m.disenroll_date IS NULL OR m.disenroll_date > %(day)s::date
           OR m.id IN (SELECT id FROM run_ended WHERE name = 'members'))"""

# Their plans, if the contract keeps benefits by member.
TAKE_NEW_MEMBER_PLANS = _take_plans(
    "run_new_member_plan",
    "memenrollmentplan",
    "sub_start_date",
    member="p.member_seq",
    of_members="JOIN run_member AS m ON m.subscriber_id = p.subscriber_id AND m.member_seq = p.member_seq"
    " AND m.problem IS NULL",
)

# In an enrollment that is already live, drop new plans of members who hold the same plan on any of the days.
DROP_HELD_PLANS = f"""
    DELETE FROM run_new_member_plan AS n
    USING run_template AS t, memenrollmentplan AS o
    WHERE NOT %(inserts)s AND t.id = n.template AND o.subscriber_id = t.subscriber_id
      AND o.group_id = %(group)s AND o.division_id = t.new_division
      AND o.group_coverage_start = t.new_coverage_start AND o.sub_start_date = t.new_start
      AND o.member_seq = n.member_seq AND o.plan_id = n.plan_id AND NOT {void_plan("o")}
      AND {overlaps("n.new_start", "n.new_end", "o.plan_start", "o.plan_end")}"""


def _end_with_enrollment(table: str) -> str:
    """End plans with their enrollment. A plan that would start after the enrollment's end is left out."""
    return f"""
    UPDATE {table} AS n
    SET new_end = t.new_end,
        problem = CASE WHEN n.problem IS NULL AND n.new_start > t.new_end THEN 'beyond' ELSE n.problem END
    FROM run_template AS t
    WHERE t.id = n.template AND (n.new_end > t.new_end OR n.new_start > t.new_end)"""


# End the new plans with their enrollments.
END_PLANS_WITH_ENROLLMENTS = _end_with_enrollment("run_new_plan")

# The same for the new plans of members.
END_MEMBER_PLANS_WITH_ENROLLMENTS = _end_with_enrollment("run_new_member_plan")

# Authorizations that the disenrollments canceled get their code back if they begin on the start or later.
TAKE_AUTHORIZATIONS = f"""
    CREATE TEMP TABLE run_auth ON COMMIT DROP AS
    SELECT a.auth_number, a.subscriber_id, a.member_seq, c.before, c.after
    FROM {entries("auth")} AS c
    JOIN auth AS a ON a.auth_number = c.row_key
    JOIN run_member AS m ON m.subscriber_id = a.subscriber_id AND m.member_seq = a.member_seq
        AND m.problem IS NULL
    WHERE %(reset_auth)s AND c.after ? 'auth_code'
      AND a.auth_code IS NOT DISTINCT FROM c.after ->> 'auth_code'
      AND coalesce(a.approved_from, a.requested_from) >= %(start)s::date"""

# Subscribers whose disenroll date is cleared.
TAKE_SUBSCRIBERS = """
    CREATE TEMP TABLE run_subscriber ON COMMIT DROP AS
    SELECT s.subscriber_id, s.disenroll_date AS before
    FROM subscribers AS s
    WHERE %(inserts)s AND s.disenroll_date IS NOT NULL
      AND s.subscriber_id IN (SELECT subscriber_id FROM run_template WHERE problem IS NULL)"""

# The group and the divisions in scope whose disenroll date is before the start.
TAKE_STAMPS = f"""
    CREATE TEMP TABLE run_stamp ON COMMIT DROP AS
    SELECT NULL::varchar AS division_id, g.disenroll_date AS before
    FROM groups AS g
    WHERE %(reset_stamps)s AND g.group_id = %(group)s AND g.disenroll_date < %(start)s::date
    UNION ALL
    SELECT d.division_id, d.disenroll_date
    FROM groupdivision AS d
    WHERE %(reset_stamps)s AND {in_scope("d")} AND d.disenroll_date < %(start)s::date"""

# How many rows will be made in each division in scope, or in the COBRA division.
COUNT_BY_DIVISION = f"""
    SELECT new_division, sum(enrollments)::bigint, sum(plans)::bigint, sum(member_plans)::bigint
    FROM (
        SELECT new_division, %(inserts)s::int AS enrollments, 0 AS plans, 0 AS member_plans
        FROM run_template WHERE problem IS NULL
        UNION ALL
        SELECT t.new_division, 0, 1, 0 FROM run_new_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE t.problem IS NULL AND p.problem IS NULL AND %(inserts)s
        UNION ALL
        SELECT t.new_division, 0, 0, 1
        FROM run_new_member_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE t.problem IS NULL AND p.problem IS NULL
        UNION ALL
        SELECT d.division_id, 0, 0, 0 FROM groupdivision AS d
        WHERE CASE WHEN %(cobra)s THEN d.group_id = %(group)s AND d.division_id = %(cobra_division)s
              ELSE {counted_division("d")} END
    ) AS counted
    GROUP BY new_division ORDER BY new_division"""

# Count the rows to change that do not belong to a division.
COUNT_OTHERS = """
    SELECT (SELECT count(*) FROM run_member WHERE problem IS NULL AND before IS NOT NULL),
           (SELECT count(*) FROM run_subscriber),
           (SELECT count(*) FROM run_auth),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NOT NULL),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NULL)"""

# A sample of families, with their new enrollments.
SAMPLE = """
    SELECT t.subscriber_id, t.new_division, t.new_start, NULL::date, t.new_end,
           (SELECT count(*) FROM run_member AS m
            WHERE m.subscriber_id = t.subscriber_id AND m.problem IS NULL)
    FROM run_template AS t
    WHERE t.problem IS NULL AND t.subscriber_id IN (
        SELECT DISTINCT subscriber_id FROM run_template WHERE problem IS NULL
        ORDER BY subscriber_id LIMIT %(limit)s)
    ORDER BY t.subscriber_id, t.new_division, t.first_day"""

# What is left out, and why; new enrollments that continue past a disenroll date that their division or group
# keeps; and COBRA enrollments that start later than they could.
TAKE_WARNINGS = """
    CREATE TEMP TABLE run_warned ON COMMIT DROP AS
    SELECT problem, subscriber_id, member_seq, division_id, start_date
    FROM (
        SELECT problem, subscriber_id, NULL::varchar AS member_seq, division_id, start_date
        FROM run_template
        UNION SELECT problem, subscriber_id, member_seq, NULL, NULL FROM run_member
        UNION SELECT p.problem, t.subscriber_id, NULL, t.new_division, t.new_start
        FROM run_new_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE %(inserts)s AND coalesce(t.problem, 'no plan') = 'no plan'
        UNION SELECT p.problem, t.subscriber_id, p.member_seq, t.new_division, t.new_start
        FROM run_new_member_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE t.problem IS NULL AND NOT (%(inserts)s AND (p.template, p.plan_id) IN (
            SELECT template, plan_id FROM run_new_plan WHERE problem IS NOT NULL))
    ) AS found
    WHERE problem IS NOT NULL
    UNION ALL
    SELECT 'under stamp', t.subscriber_id, NULL, t.new_division, t.new_start
    FROM run_template AS t
    JOIN groups AS g ON g.group_id = %(group)s
    JOIN groupdivision AS d ON d.group_id = %(group)s AND d.division_id = t.new_division
    LEFT JOIN run_stamp AS gs ON gs.division_id IS NULL
    LEFT JOIN run_stamp AS ds ON ds.division_id = d.division_id
    CROSS JOIN LATERAL (SELECT least(
        CASE WHEN gs.before IS NULL THEN g.disenroll_date END,
        CASE WHEN ds.before IS NULL THEN d.disenroll_date END) AS stamp) AS kept
    WHERE t.problem IS NULL AND NOT %(cobra)s AND coalesce(t.new_end, 'infinity') > kept.stamp
    UNION ALL
    SELECT 'late', subscriber_id, NULL, new_division, new_start
    FROM run_template
    WHERE problem IS NULL AND %(cobra)s AND new_start > %(day)s::date + 1"""
