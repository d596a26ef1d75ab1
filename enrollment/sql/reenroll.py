"""The SQL that all ways of reenrolling share: what the disenrolls for a day have journaled, and for whom.

``%(processes)s`` are those disenrolls, ``%(later)s`` all of them but the first, ``%(undos)s`` the reenrolls
for that day; ``%(who)s`` and ``%(members)s`` tell which members are chosen.
"""

from enrollment.sql.conditions import in_scope


def _journaled(change: str, processes: str) -> str:
    """The change belongs to one of the disenrolls, and no reenroll for the day has undone it."""
    return f"""{change}.process_key = ANY(%({processes})s::int[]) AND NOT EXISTS (
        SELECT FROM enrollmentchange AS undone
        WHERE undone.process_key = ANY(%(undos)s::int[]) AND undone.reverses = {change}.id)"""


_OF_SUBSCRIBER = "(%(subscriber)s::text IS NULL OR {}.subscriber_id = %(subscriber)s)"


def entries(table: str) -> str:
    """The newest entry of each row of a table; an older one is not this run's to undo.

    Only disenrolls after the first, ``%(later)s``, can have newer ones: mostly there are none, and nothing is
    sorted.
    """
    return f"""(
        SELECT c.id AS entry, c.process_key, c.row_key, c.subscriber_id, c.before, c.after
        FROM enrollmentchange AS c
        WHERE {_journaled("c", "processes")} AND c.table_name = '{table}' AND {_OF_SUBSCRIBER.format("c")}
          AND (%(division)s::text IS NULL OR coalesce(c.division_id, %(division)s) = %(division)s)
          AND NOT EXISTS (
              SELECT FROM enrollmentchange AS n
              WHERE {_journaled("n", "later")} AND n.table_name = c.table_name AND n.row_key = c.row_key
                AND n.id > c.id))"""


# The disenrolls of the group for a day, the oldest first, and the reenrolls that may have undone some of it.
RUNS = """
    SELECT coalesce(array_agg(r.process_key ORDER BY r.written_at) FILTER (WHERE r.is_disenroll), '{}'),
           coalesce(array_agg(r.process_key) FILTER (WHERE NOT r.is_disenroll), '{}')
    FROM enrollmentrun AS r
    WHERE r.group_id = %(group)s AND r.disenroll_date = %(day)s::date"""

# The families that the disenrolls touched, seen by the tables that every touched family has a change in (or,
# with reenrollAll, that have anything ending on the day): the insured, and whether the insured has died.
TAKE_FAMILIES = f"""
    CREATE TEMP TABLE run_family ON COMMIT DROP AS
    WITH family AS MATERIALIZED (
        SELECT c.subscriber_id FROM enrollmentchange AS c
        WHERE {_journaled("c", "processes")} AND c.subscriber_id IS NOT NULL
          AND c.table_name IN ('subenrollment', 'memenrollmentplan', 'members', 'auth')
          AND {_OF_SUBSCRIBER.format("c")}
        UNION
        SELECT e.subscriber_id FROM subenrollment AS e
        WHERE %(everything)s AND {in_scope("e")} AND e.end_date = %(day)s::date
          AND {_OF_SUBSCRIBER.format("e")}
    )
    SELECT f.subscriber_id, m.insured, coalesce(m.first_dead = m.insured, false) AS insured_has_died
    FROM family AS f
    LEFT JOIN (
        SELECT m.subscriber_id, min(m.member_seq) AS insured,
               min(m.member_seq) FILTER (WHERE m.date_of_death IS NOT NULL) AS first_dead
        FROM members AS m JOIN family USING (subscriber_id) GROUP BY m.subscriber_id
    ) AS m USING (subscriber_id)
    WHERE f.subscriber_id IN (SELECT e.subscriber_id FROM subenrollment AS e WHERE {in_scope("e")})"""

# The insured of one family.
INSURED = "SELECT min(member_seq) FROM members WHERE subscriber_id = %(subscriber)s"

# Lock the families in the order of their ids.
LOCK_FAMILIES = """
    WITH locked AS (
        SELECT FROM subscribers AS s WHERE s.subscriber_id IN (SELECT subscriber_id FROM run_family)
        ORDER BY s.subscriber_id
        FOR NO KEY UPDATE
    )
    SELECT count(*) FROM locked"""


def chosen(member: str) -> str:
    """The member is one of those who are to be reenrolled."""
    return f"""CASE %(who)s::text WHEN 'all' THEN true
        WHEN 'insured' THEN {member}.member_seq = f.insured
        WHEN 'dependants' THEN {member}.member_seq <> f.insured
        ELSE {member}.member_seq = ANY(%(members)s::text[]) END"""


def counted_division(division: str) -> str:
    """The division is in scope; where one family is reenrolled, the family has been in it."""
    return f"""{in_scope(division)} AND (%(subscriber)s::text IS NULL OR {division}.division_id IN (
        SELECT e.division_id FROM subenrollment AS e
        WHERE e.subscriber_id = %(subscriber)s AND e.group_id = %(group)s))"""
