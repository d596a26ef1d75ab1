"""The SQL of COBRA offers: who lost coverage by a disenrollment that we ran, and must be offered COBRA.

``%(today)s`` is the business date, ``%(window)s`` the number of days after the loss of coverage in which a
person can elect COBRA.
"""

from enrollment.sql.conditions import void

# The people who must be offered COBRA, each with the latest loss of coverage. Runs are few, and the log is
# read by its index on groups. There is no offer for people who are covered after that day (by COBRA, by an
# undo or otherwise), if the employer has dropped the plans, or if COBRA itself has ended.
_TO_OFFER = f"""
    SELECT DISTINCT ON (l.subscriber_id, l.member_seq)
           m.id, l.subscriber_id, l.member_seq, m.last_name, m.first_name, l.group_id, g.name AS group_name,
           l.division_id, l.disenroll_date, l.reason_id, x.description
    FROM (SELECT DISTINCT group_id, disenroll_date FROM enrollmentrun
          WHERE is_disenroll AND disenroll_date >= %(today)s::date - %(window)s::int) AS r
    JOIN disenrolllog AS l ON l.group_id = r.group_id AND l.disenroll_date = r.disenroll_date
    JOIN reasons AS x ON x.reason_id = l.reason_id AND x.cobra_length > 0
    JOIN groups AS g ON g.group_id = l.group_id
        AND (g.disenroll_date IS NULL OR g.disenroll_date > l.disenroll_date)
    JOIN members AS m ON m.subscriber_id = l.subscriber_id AND m.member_seq = l.member_seq
        AND m.date_of_death IS NULL
    WHERE EXISTS (
        SELECT FROM groupdivision AS c
        WHERE c.group_id = l.group_id AND c.cobra_division
          AND (c.disenroll_date IS NULL OR c.disenroll_date > l.disenroll_date))
      AND NOT EXISTS (
        SELECT FROM groupdivision AS d
        WHERE d.group_id = l.group_id AND d.division_id = l.division_id AND d.cobra_division)
      AND NOT EXISTS (
        SELECT FROM subenrollment AS e
        WHERE e.subscriber_id = l.subscriber_id AND NOT {void("e")}
          AND coalesce(e.end_date, 'infinity') > l.disenroll_date
          AND coalesce(m.disenroll_date, 'infinity') > l.disenroll_date)
    ORDER BY l.subscriber_id, l.member_seq, l.disenroll_date DESC"""

# How many people there are, how many lost coverage before ``%(overdue)s``, and the first loss since then.
COUNT = f"""
    SELECT count(*), count(*) FILTER (WHERE disenroll_date < %(overdue)s::date),
           min(disenroll_date) FILTER (WHERE disenroll_date >= %(overdue)s::date)
    FROM ({_TO_OFFER}) AS o"""

# The earliest due come first.
_FIRST_DUE = "ORDER BY disenroll_date, group_id, subscriber_id, member_seq"

# One page of the people, the earliest due first, and how many there are in total.
PAGE = f"""
    SELECT o.*, count(*) OVER () FROM ({_TO_OFFER}) AS o
    {_FIRST_DUE} LIMIT %(limit)s OFFSET %(offset)s"""

# All of the people, the earliest due first.
ALL = f"SELECT o.* FROM ({_TO_OFFER}) AS o {_FIRST_DUE}"
