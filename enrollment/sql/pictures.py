"""The SQL of the coverage charts: people over time, by plan and tier, and by division.

The charts decide who is covered on a day as the summary does (``enrollment.sql.summary``), so the figures
agree. Coverage over time is a mask: bit n is set if the nth of ``%(days)s`` (ascending) is covered. OR joins
a person's spans, so each person counts once, however many enrollments there are. ``%(group)s`` and
``%(division)s`` may be null.
"""

from enrollment.sql.conditions import CONTRACT_AT_MEMBER, covers, member_covers, void, void_plan
from tables.schema.conditions import Finding

# The permission to see who is covered.
RIGHT = "enrollment.view_subenrollment"

# The enrollment is of the group and the division, if these are given.
_IN_SCOPE = (
    "(%(group)s::text IS NULL OR e.group_id = %(group)s)"
    " AND (%(division)s::text IS NULL OR e.division_id = %(division)s)"
)
# The plan ``p`` of a member is of the enrollment ``e``.
_PLAN_OF_MEMBER = """p.subscriber_id = e.subscriber_id AND p.group_id = e.group_id
        AND p.division_id = e.division_id AND p.group_coverage_start = e.group_coverage_start
        AND p.sub_start_date = e.start_date"""


def _mask(first: str, last: str) -> str:
    """The days from ``first`` through ``last`` (null: no end) as bits; 0 if there is none."""
    until = f"width_bucket(coalesce({last}, 'infinity'), %(days)s::date[])"
    before = f"width_bucket({first} - 1, %(days)s::date[])"
    return f"(1::bigint << {until}) - (1::bigint << least({before}, {until}))"


# How many families and members are covered on each of the days: a count for each kind and mask.
OVER_TIME = f"""
    WITH enrolled AS (
        SELECT e.subscriber_id, e.group_id, e.division_id, e.group_coverage_start, e.start_date,
               {_mask("e.start_date", "e.end_date")} AS mask, c.coverage_start IS NOT NULL AS at_member
        FROM subenrollment AS e LEFT JOIN {CONTRACT_AT_MEMBER}
        WHERE {_IN_SCOPE} AND NOT {void("e")}
          AND e.start_date <= %(last)s::date AND coalesce(e.end_date, 'infinity') >= %(first)s::date
    ),
    family AS (
        SELECT subscriber_id, bit_or(mask) AS mask,
               coalesce(bit_or(mask) FILTER (WHERE NOT at_member), 0) AS of_all
        FROM enrolled GROUP BY subscriber_id
    ),
    holder AS (
        SELECT p.subscriber_id, p.member_seq, bit_or(e.mask) AS mask
        FROM enrolled AS e JOIN memenrollmentplan AS p ON {_PLAN_OF_MEMBER}
        WHERE e.at_member AND NOT {void_plan("p")}
        GROUP BY p.subscriber_id, p.member_seq
    )
    SELECT 'family', mask, count(*) FROM family GROUP BY mask
    UNION ALL
    SELECT 'member',
           ({_mask("coalesce(m.date_enrolled, '-infinity')", "m.disenroll_date")})
               & (f.of_all | coalesce(h.mask, 0)) AS mask,
           count(*)
    FROM family AS f
    JOIN members AS m ON m.subscriber_id = f.subscriber_id
    LEFT JOIN holder AS h ON h.subscriber_id = m.subscriber_id AND h.member_seq = m.member_seq
    GROUP BY 2"""

# The day of a chart.
_DAY = "%(day)s::date"

# The enrollments in scope that include the day, and whether members hold their benefits.
_ENROLLED_ON = f"""
    SELECT e.subscriber_id, e.group_id, e.division_id, e.group_coverage_start, e.start_date,
           c.coverage_start IS NOT NULL AS at_member
    FROM subenrollment AS e LEFT JOIN {CONTRACT_AT_MEMBER}
    WHERE {_IN_SCOPE} AND {covers("e.start_date", "e.end_date", _DAY)}"""

# Families and members by plan and tier on the day. If members hold benefits, by the members' own plans.
BY_PLAN = f"""
    WITH enrolled AS ({_ENROLLED_ON}),
    held AS (
        SELECT p.plan_id, coalesce(p.tier, '') AS tier, e.subscriber_id, m.member_seq
        FROM enrolled AS e
        JOIN subenrollmentplan AS p ON p.subscriber_id = e.subscriber_id AND p.group_id = e.group_id
            AND p.division_id = e.division_id AND p.group_coverage_start = e.group_coverage_start
            AND p.start_date = e.start_date AND {covers("p.plan_start", "p.plan_end", _DAY)}
        LEFT JOIN members AS m ON m.subscriber_id = e.subscriber_id AND {member_covers("m", _DAY)}
        WHERE NOT e.at_member
        UNION
        SELECT p.plan_id, coalesce(p.tier, ''), e.subscriber_id, m.member_seq
        FROM enrolled AS e
        JOIN memenrollmentplan AS p ON {_PLAN_OF_MEMBER} AND {covers("p.plan_start", "p.plan_end", _DAY)}
        JOIN members AS m ON m.subscriber_id = p.subscriber_id AND m.member_seq = p.member_seq
            AND {member_covers("m", _DAY)}
        WHERE e.at_member
    )
    SELECT plan_id, tier, count(DISTINCT subscriber_id), count(member_seq)
    FROM held GROUP BY plan_id, tier ORDER BY plan_id, tier"""

# Families and members covered on the day, by division. A person in two divisions counts in both.
BY_DIVISION = f"""
    WITH enrolled AS ({_ENROLLED_ON}),
    member AS (
        SELECT DISTINCT e.division_id, m.subscriber_id, m.member_seq
        FROM enrolled AS e
        JOIN members AS m ON m.subscriber_id = e.subscriber_id AND {member_covers("m", _DAY)}
        WHERE NOT e.at_member OR EXISTS (
            SELECT FROM memenrollmentplan AS p
            WHERE {_PLAN_OF_MEMBER} AND p.member_seq = m.member_seq
              AND NOT {void_plan("p")})
    )
    SELECT f.division_id, f.people, coalesce(m.people, 0)
    FROM (SELECT division_id, count(DISTINCT subscriber_id) AS people
          FROM enrolled GROUP BY division_id) AS f
    LEFT JOIN (SELECT division_id, count(*) AS people FROM member GROUP BY division_id) AS m
        ON m.division_id = f.division_id
    ORDER BY f.division_id"""

# The enrollment is of the person ``t`` and covers today. The key of enrollments starts with the subscriber,
# so its index finds them.
_ENROLLED_TODAY = f"e.subscriber_id = t.subscriber_id AND {covers('e.start_date', 'e.end_date', ':today')}"

# Subscribers who are covered today.
COVERED_SUBSCRIBER = Finding(
    "covered",
    "Covered today",
    "Subscribers with an enrollment that covers today.",
    f"EXISTS (SELECT FROM subenrollment AS e WHERE {_ENROLLED_TODAY})",
    to_do=False,
    right=RIGHT,
)
# Members who are covered today.
COVERED_MEMBER = Finding(
    "covered",
    "Covered today",
    "Members who are covered today by an enrollment of their family and by their own dates.",
    f"""
    {member_covers("t", ":today")} AND EXISTS (
        SELECT FROM subenrollment AS e LEFT JOIN {CONTRACT_AT_MEMBER}
        WHERE {_ENROLLED_TODAY} AND (c.coverage_start IS NULL OR EXISTS (
            SELECT FROM memenrollmentplan AS p
            WHERE {_PLAN_OF_MEMBER} AND p.member_seq = t.member_seq
              AND NOT {void_plan("p")})))""",
    to_do=False,
    right=RIGHT,
)
