"""The SQL of reenroll as new cover, from a start date or under COBRA: new rows after the model of those that
a disenroll has ended; the old rows stay.

Worked out first: ``run_ended`` (what the disenrolls have ended, and the last day that it had before),
``run_template`` (the enrollments to go by, one each family and division, or each family under COBRA, and the
new enrollment after each), ``run_new_plan``, ``run_new_member_plan``, ``run_member``.
``%(start)s`` is the first day of new cover, for COBRA too; ``%(cobra)s`` tells whether it is COBRA.
"""

from enrollment.sql.conditions import in_scope, overlaps, same_enrollment, void
from enrollment.sql.reenroll import chosen, counted_division, entries

# The last day that new cover has: under COBRA the one asked for; else the one that the old cover had before
# it was ended, if that is not before the start.
_NEW_END = """CASE WHEN %(cobra)s THEN %(cobra_end)s::date
                WHEN {was} >= %(start)s::date THEN {was} END"""

# The contract that new cover is under: the one given for COBRA, else the division's that covers the start.
_CONTRACT = """
    SELECT c.coverage_start, c.benefit_at_member = 'Y' AS at_member
    FROM groupcontract AS c
    WHERE c.group_id = %(group)s
      AND CASE WHEN %(cobra)s
          THEN c.division_id = %(cobra_division)s AND c.coverage_start = %(cobra_contract)s::date
          ELSE c.division_id = e.division_id AND c.coverage_start <= %(start)s::date
               AND (c.coverage_end IS NULL OR c.coverage_end >= %(start)s::date) END
    ORDER BY c.coverage_start DESC LIMIT 1"""

_LAST_DAYS = {
    "subenrollment": "end_date",
    "subenrollmentplan": "plan_end",
    "memenrollmentplan": "plan_end",
    "members": "disenroll_date",
}

# What the disenrolls have ended, by table and primary key: read often, and joined with every kind of row.
TAKE_ENDED = "CREATE TEMP TABLE run_ended ON COMMIT DROP AS" + " UNION ALL ".join(
    f"""
    SELECT '{table}' AS name, row_id AS id, subscriber_id, (before ->> '{end}')::date AS was
    FROM {entries(table)} AS newest"""
    for table, end in _LAST_DAYS.items()
)


def _was_ended(table: str, row: str) -> str:
    """The join of rows with what the disenrolls have ended of a table, as ``c``."""
    return f"LEFT JOIN run_ended AS c ON c.name = '{table}' AND c.id = {row}.id"


# The enrollments to go by: what the disenrolls have ended (with reenrollAll also what else ends on the day)
# and had spanned the start before, or else covers the day; under COBRA what covers the day. A family of which
# they have ended members alone goes by whatever covers the day.
TAKE_TEMPLATES = f"""
    CREATE TEMP TABLE run_template ON COMMIT DROP AS
    SELECT e.*, n.coverage_start AS new_coverage_start,
           CASE WHEN %(cobra)s THEN %(cobra_division)s ELSE e.division_id END::varchar(20) COLLATE "C"
               AS new_division,
           %(start)s::date AS new_start, {_NEW_END.format(was="e.was")} AS new_end, NULL::bigint AS revived,
           CASE WHEN e.insured_has_died AND NOT %(cobra)s THEN 'died'
                WHEN n.coverage_start IS NULL THEN 'no contract' END AS problem
    FROM (
        SELECT DISTINCT ON (e.subscriber_id, CASE WHEN %(cobra)s THEN NULL ELSE e.division_id END)
               e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date, c.was,
               f.insured_has_died
        FROM run_family AS f
        JOIN subenrollment AS e ON e.subscriber_id = f.subscriber_id AND {in_scope("e")}
        {_was_ended("subenrollment", "e")}
        CROSS JOIN LATERAL (
            SELECT c.id IS NOT NULL AND NOT %(cobra)s AND e.start_date <= %(start)s::date
                   AND coalesce(c.was, 'infinity') >= %(start)s::date AS spans_start,
                   e.start_date <= %(day)s::date AND coalesce(e.end_date, 'infinity') >= %(day)s::date
                   AS covers_day
        ) AS fits
        WHERE (c.id IS NOT NULL OR (%(everything)s AND e.end_date = %(day)s::date)
               OR f.subscriber_id IN (SELECT subscriber_id FROM run_ended GROUP BY subscriber_id
                                      HAVING NOT bool_or(name = 'subenrollment')))
          AND (fits.spans_start OR fits.covers_day)
        ORDER BY e.subscriber_id, CASE WHEN %(cobra)s THEN NULL ELSE e.division_id END,
                 fits.spans_start DESC, e.start_date DESC
    ) AS e
    LEFT JOIN LATERAL ({_CONTRACT}) AS n ON true"""

# A void enrollment of the new key is brought to life instead of a new row.
FIND_REVIVED = """
    UPDATE run_template AS t SET revived = e.id
    FROM subenrollment AS e
    WHERE e.subscriber_id = t.subscriber_id AND e.group_id = %(group)s AND e.division_id = t.new_division
      AND e.group_coverage_start = t.new_coverage_start AND e.start_date = t.new_start
      AND e.end_date < e.start_date"""

# Where only some members come back without the insured, the family's enrollment must be live on the start.
FIND_LIVE = """
    UPDATE run_template AS t
    SET revived = live.id, new_coverage_start = live.group_coverage_start, new_start = live.start_date,
        new_end = live.end_date,
        problem = CASE WHEN t.problem = 'died' THEN t.problem WHEN live.id IS NULL THEN 'not live' END
    FROM run_template AS o
    LEFT JOIN subenrollment AS live
        ON live.subscriber_id = o.subscriber_id AND live.group_id = %(group)s
       AND live.division_id = o.division_id AND live.start_date <= %(start)s::date
       AND coalesce(live.end_date, 'infinity') >= %(start)s::date
    WHERE o.id = t.id"""

# New cover that would overlap other cover in the group is left out.
FIND_OVERLAPS = f"""
    UPDATE run_template AS t SET problem = 'overlap'
    FROM subenrollment AS o
    WHERE t.problem IS NULL AND o.subscriber_id = t.subscriber_id AND o.group_id = %(group)s
      AND o.id IS DISTINCT FROM t.revived AND (o.end_date IS NULL OR o.end_date >= o.start_date)
      AND {overlaps("t.new_start", "t.new_end", "o.start_date", "o.end_date")}"""


def _plans(table: str, start: str, member: str, tier: str, more: str) -> str:
    """The plans to go by, each once, and whether the new contract offers them."""
    return f"""
    SELECT DISTINCT ON (t.id, {member}, p.plan_id)
           t.id AS template, t.subscriber_id, {member} AS member_seq, p.id, p.plan_id, {tier} AS tier,
           {_NEW_END.format(was="fits.was")} AS new_end,
           EXISTS (SELECT FROM groupcontractplan AS o
                   WHERE o.group_id = %(group)s AND o.division_id = t.new_division
                     AND o.coverage_start = t.new_coverage_start AND o.plan_id = p.plan_id) AS offered
    FROM run_template AS t
    JOIN run_family AS f ON f.subscriber_id = t.subscriber_id
    JOIN {table} AS p ON {same_enrollment("p", "t", start)}
    {_was_ended(table, "p")}
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.id IS NULL THEN p.plan_end ELSE c.was END AS was) AS fits
    {more}
      AND ((NOT %(cobra)s AND c.id IS NOT NULL AND p.plan_start <= %(start)s::date
            AND coalesce(fits.was, 'infinity') >= %(start)s::date)
           OR (p.plan_start <= %(day)s::date AND coalesce(p.plan_end, 'infinity') >= %(day)s::date))
    ORDER BY t.id, {member}, p.plan_id, p.plan_start DESC"""


_WANTED = """
    LEFT JOIN unnest(%(cobra_plans)s::text[], %(cobra_tiers)s::text[]) AS wanted (plan_id, tier)
        ON wanted.plan_id = p.plan_id
    {join}
    WHERE t.problem IS NULL AND (wanted.plan_id IS NOT NULL OR cardinality(%(cobra_plans)s::text[]) = 0)"""

# The plans of the new enrollments.
TAKE_NEW_PLANS = f"""
    CREATE TEMP TABLE run_new_plan ON COMMIT DROP AS
    {
    _plans(
        "subenrollmentplan",
        "start_date",
        "NULL::varchar",
        "coalesce(wanted.tier, p.tier)",
        _WANTED.format(join=""),
    )
}"""

# An enrollment that had plans, of which none is offered any more, is not made; nor is COBRA without a plan.
FIND_WITHOUT_PLANS = """
    UPDATE run_template SET problem = 'no plan'
    WHERE problem IS NULL AND id NOT IN (SELECT template FROM run_new_plan WHERE offered)
      AND (%(cobra)s OR id IN (SELECT template FROM run_new_plan))"""

# The members who come back: of those chosen the ones that the disenrolls have ended or that have not ended
# at all; members named one by one in any case; nobody who has died.
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

# Their plans, where benefits are held by members.
TAKE_NEW_MEMBER_PLANS = f"""
    CREATE TEMP TABLE run_new_member_plan ON COMMIT DROP AS
    {
    _plans(
        "memenrollmentplan",
        "sub_start_date",
        "p.member_seq",
        "coalesce(wanted.tier, p.tier)",
        _WANTED.format(
            join="JOIN run_member AS m ON m.subscriber_id = p.subscriber_id"
            " AND m.member_seq = p.member_seq AND m.problem IS NULL"
        ),
    )
}"""

# In an enrollment that is live already: nothing new for members who have the plan in it on days of the new.
DROP_HELD_PLANS = f"""
    DELETE FROM run_new_member_plan AS n
    USING run_template AS t, memenrollmentplan AS o
    WHERE NOT %(inserts)s AND t.id = n.template AND o.subscriber_id = t.subscriber_id
      AND o.group_id = %(group)s AND o.division_id = t.new_division
      AND o.group_coverage_start = t.new_coverage_start AND o.sub_start_date = t.new_start
      AND o.member_seq = n.member_seq AND o.plan_id = n.plan_id AND NOT {void("o", "plan_start", "plan_end")}
      AND {overlaps("%(start)s::date", "n.new_end", "o.plan_start", "o.plan_end")}"""

# Authorizations that the disenrolls cancelled and that begin on or after the start get their code back.
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

# Subscribers whose date is taken away.
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

# How much will be made in each division in scope, or in the COBRA division.
COUNT_BY_DIVISION = f"""
    SELECT new_division, sum(enrollments)::bigint, sum(plans)::bigint, sum(member_plans)::bigint
    FROM (
        SELECT new_division, %(inserts)s::int AS enrollments, 0 AS plans, 0 AS member_plans
        FROM run_template WHERE problem IS NULL
        UNION ALL
        SELECT t.new_division, 0, 1, 0 FROM run_new_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE t.problem IS NULL AND p.offered AND %(inserts)s
        UNION ALL
        SELECT t.new_division, 0, 0, 1
        FROM run_new_member_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE t.problem IS NULL AND p.offered
        UNION ALL
        SELECT d.division_id, 0, 0, 0 FROM groupdivision AS d
        WHERE CASE WHEN %(cobra)s THEN d.group_id = %(group)s AND d.division_id = %(cobra_division)s
              ELSE {counted_division("d")} END
    ) AS counted
    GROUP BY new_division ORDER BY new_division"""

# How much will change that belongs to no division.
COUNT_OTHERS = """
    SELECT (SELECT count(*) FROM run_member WHERE problem IS NULL AND before IS NOT NULL),
           (SELECT count(*) FROM run_subscriber),
           (SELECT count(*) FROM run_auth),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NOT NULL),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NULL)"""

# Some of the families, with their new enrollments.
SAMPLE = """
    SELECT t.subscriber_id, t.new_division, t.new_start, NULL::date, t.new_end,
           (SELECT count(*) FROM run_member AS m
            WHERE m.subscriber_id = t.subscriber_id AND m.problem IS NULL)
    FROM run_template AS t
    WHERE t.problem IS NULL ORDER BY t.subscriber_id, t.new_division LIMIT %(limit)s"""

# What is left out, and why; the new enrollments that go on beyond a disenroll date that their division or
# group keeps; and those under COBRA that begin later than they could.
TAKE_WARNED = """
    CREATE TEMP TABLE run_warned ON COMMIT DROP AS
    SELECT problem, subscriber_id, member_seq, division_id, start_date
    FROM (
        SELECT problem, subscriber_id, NULL::varchar AS member_seq, division_id, start_date
        FROM run_template
        UNION SELECT problem, subscriber_id, member_seq, NULL, NULL FROM run_member
        UNION SELECT 'not offered', t.subscriber_id, NULL, t.new_division, t.new_start
        FROM run_new_plan AS p JOIN run_template AS t ON t.id = p.template
        WHERE NOT p.offered AND %(inserts)s
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
