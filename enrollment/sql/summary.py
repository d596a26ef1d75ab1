"""The SQL of the enrollment summary: who is covered on a business date (``%(today)s``), and who ever was.

An enrollment covers a member on the days that are in the spans of both. A member without date_Enrolled has no
first day. If members hold benefits, the member also needs a plan of the enrollment that is not void.
"""

from enrollment.sql.conditions import CONTRACT_AT_MEMBER, covers, in_scope, member_covers, void, void_plan

# The business date, and the two days on which a process is compared.
TODAY = "%(today)s::date"
_LAST_DAY, _NEXT_DAY = "%(last_day)s::date", "%(next_day)s::date"

# The enrollments in scope that are not void: whether they include the day, and whether members hold benefits.
_ENROLLED = f"""
    SELECT e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date, e.end_date,
           {covers("e.start_date", "e.end_date", TODAY)} AS is_current,
           c.coverage_start IS NOT NULL AS at_member
    FROM subenrollment AS e
    LEFT JOIN {CONTRACT_AT_MEMBER}
    WHERE {in_scope("e")} AND NOT {void("e")}"""

# The member ``m`` has a plan of the enrollment ``e`` that is not void.
_HAS_MEMBER_PLAN = f"""EXISTS (
        SELECT FROM memenrollmentplan AS p
        WHERE p.subscriber_id = m.subscriber_id AND p.member_seq = m.member_seq
          AND p.group_id = %(group)s AND p.division_id = e.division_id
          AND p.group_coverage_start = e.group_coverage_start AND p.sub_start_date = e.start_date
          AND NOT {void_plan("p")})"""


def is_covered(at_member: str) -> str:
    """The member's own span overlaps the enrollment's, and the member has a plan if that is needed."""
    return f"""greatest(e.start_date, m.date_enrolled) <= least(e.end_date, m.disenroll_date, 'infinity')
      AND (NOT {at_member} OR {_HAS_MEMBER_PLAN})"""


# The covered members, once for each enrollment that covers them.
_COVERED = f"""
    SELECT e.division_id, e.group_coverage_start, m.subscriber_id, m.member_seq,
           e.is_current AND {member_covers("m", TODAY)} AS is_current
    FROM enrolled AS e
    JOIN members AS m ON m.subscriber_id = e.subscriber_id
    WHERE {is_covered("e.at_member")}"""

# Subscribers and members of a group, each counted once across its divisions: ever, and on the day.
GROUP = f"""
    WITH enrolled AS ({_ENROLLED}),
    subscribers_counted AS (
        SELECT count(*) AS total, count(*) FILTER (WHERE is_current) AS current
        FROM (SELECT bool_or(is_current) AS is_current FROM enrolled GROUP BY subscriber_id) AS s
    ),
    members_counted AS (
        SELECT count(*) AS total, count(*) FILTER (WHERE is_current) AS current
        FROM (SELECT bool_or(is_current) AS is_current FROM ({_COVERED}) AS covered
              GROUP BY subscriber_id, member_seq) AS m
    )
    SELECT s.total, m.total, s.current, m.current FROM subscribers_counted AS s, members_counted AS m"""

# The same for two days at once: subscribers and members on the first, on the second, and ever.
AROUND = f"""
    WITH enrolled AS (
        SELECT e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date, e.end_date,
               {covers("e.start_date", "e.end_date", _LAST_DAY)} AS on_last,
               {covers("e.start_date", "e.end_date", _NEXT_DAY)} AS on_next,
               c.coverage_start IS NOT NULL AS at_member
        FROM subenrollment AS e
        LEFT JOIN {CONTRACT_AT_MEMBER}
        WHERE {in_scope("e")} AND NOT {void("e")}
    ),
    subscribers_counted AS (
        SELECT count(*) FILTER (WHERE on_last) AS last, count(*) FILTER (WHERE on_next) AS next,
               count(*) AS ever
        FROM (SELECT bool_or(on_last) AS on_last, bool_or(on_next) AS on_next FROM enrolled
              GROUP BY subscriber_id) AS s
    ),
    members_counted AS (
        SELECT count(*) FILTER (WHERE on_last) AS last, count(*) FILTER (WHERE on_next) AS next,
               count(*) AS ever
        FROM (SELECT bool_or(e.on_last AND {member_covers("m", _LAST_DAY)}) AS on_last,
                     bool_or(e.on_next AND {member_covers("m", _NEXT_DAY)}) AS on_next
              FROM enrolled AS e
              JOIN members AS m ON m.subscriber_id = e.subscriber_id
              WHERE {is_covered("e.at_member")}
              GROUP BY m.subscriber_id, m.member_seq) AS m
    )
    SELECT s.last, m.last, s.next, m.next, s.ever, m.ever
    FROM subscribers_counted AS s, members_counted AS m"""

# The same for each contract in scope, each person counted once within the contract.
CONTRACTS = f"""
    WITH enrolled AS ({_ENROLLED}),
    subscribers_counted AS (
        SELECT division_id, group_coverage_start,
               count(*) AS total, count(*) FILTER (WHERE is_current) AS current
        FROM (SELECT division_id, group_coverage_start, bool_or(is_current) AS is_current FROM enrolled
              GROUP BY division_id, group_coverage_start, subscriber_id) AS s
        GROUP BY division_id, group_coverage_start
    ),
    members_counted AS (
        SELECT division_id, group_coverage_start,
               count(*) AS total, count(*) FILTER (WHERE is_current) AS current
        FROM (SELECT division_id, group_coverage_start, bool_or(is_current) AS is_current
              FROM ({_COVERED}) AS covered
              GROUP BY division_id, group_coverage_start, subscriber_id, member_seq) AS m
        GROUP BY division_id, group_coverage_start
    )
    SELECT c.division_id, c.coverage_start, c.coverage_end,
           coalesce(s.total, 0), coalesce(m.total, 0), coalesce(s.current, 0), coalesce(m.current, 0)
    FROM groupcontract AS c
    LEFT JOIN subscribers_counted AS s
        ON s.division_id = c.division_id AND s.group_coverage_start = c.coverage_start
    LEFT JOIN members_counted AS m
        ON m.division_id = c.division_id AND m.group_coverage_start = c.coverage_start
    WHERE {in_scope("c")}
    ORDER BY c.division_id, c.coverage_start"""
