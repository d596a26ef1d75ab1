"""The SQL that all ways of reenrolling share: what the disenrollments for a day journaled, and for whom.

``%(processes)s`` are those disenrollments, ``%(undos)s`` the reenrollments for that day. ``%(who)s`` and
``%(members)s`` say which members are chosen.
"""

from enrollment.sql.conditions import in_scope
from enrollment.sql.process import hold_families


def _of_subscriber(row: str) -> str:
    """The row belongs to the subscriber, if one is given."""
    return f"(%(subscriber)s::text IS NULL OR {row}.subscriber_id = %(subscriber)s)"


# The entries that the disenrollments journaled; ``row_id`` is the row's key if that is a number. They get
# their own table, so the planner knows how many there are. It would expect few of a journal that was just
# written, and would look up many of them one by one.
TAKE_ENTRIES = f"""
    CREATE TEMP TABLE run_entry ON COMMIT DROP AS
    SELECT c.id AS entry, c.process_key, c.table_name, c.row_key,
           CASE WHEN c.table_name IN ('subenrollment', 'subenrollmentplan', 'memenrollmentplan', 'members')
                THEN c.row_key::bigint END AS row_id,
           c.subscriber_id, c.division_id, c.before, c.after
    FROM enrollmentchange AS c
    WHERE c.process_key = ANY(%(processes)s::int[]) AND {_of_subscriber("c")}"""

# The entries that a reenrollment for the day has undone, in their own table for the same reason.
TAKE_UNDONE = f"""
    CREATE TEMP TABLE run_undone ON COMMIT DROP AS
    SELECT c.reverses AS entry FROM enrollmentchange AS c
    WHERE c.process_key = ANY(%(undos)s::int[]) AND {_of_subscriber("c")}"""

# Leave the undone entries out.
DROP_UNDONE = "DELETE FROM run_entry AS c USING run_undone AS undone WHERE undone.entry = c.entry"

# Leave out all but the newest entry of each row: this run does not undo older ones.
DROP_OLDER = """
    DELETE FROM run_entry AS c USING run_entry AS n
    WHERE n.table_name = c.table_name AND n.row_key = c.row_key AND n.entry > c.entry"""


def entries(table: str) -> str:
    """The entries of a table, in scope."""
    return f"""(
        SELECT * FROM run_entry AS c
        WHERE c.table_name = '{table}'
          AND (%(division)s::text IS NULL OR coalesce(c.division_id, %(division)s) = %(division)s))"""


# The disenrollments of the group for a day, oldest first, and the reenrollments that may have undone some.
RUNS = """
    SELECT coalesce(array_agg(r.process_key ORDER BY r.written_at) FILTER (WHERE r.is_disenroll), '{}'),
           coalesce(array_agg(r.process_key) FILTER (WHERE NOT r.is_disenroll), '{}')
    FROM enrollmentrun AS r
    WHERE r.group_id = %(group)s AND r.disenroll_date = %(day)s::date"""

# The families that the disenrollments touched: each has a change in one of these tables. With reenrollAll,
# also the families with an enrollment that ends on the day.
_FAMILIES = f"""
    SELECT c.subscriber_id FROM run_entry AS c
    WHERE c.subscriber_id IS NOT NULL
      AND c.table_name IN ('subenrollment', 'memenrollmentplan', 'members', 'auth')
    UNION
    SELECT e.subscriber_id FROM subenrollment AS e
    WHERE %(everything)s AND {in_scope("e")} AND e.end_date = %(day)s::date
      AND {_of_subscriber("e")}"""

# Lock these families.
LOCK_FAMILIES = hold_families(_FAMILIES, locking=True)

# Take the families without a lock, for a preview.
TAKE_FAMILIES_UNLOCKED = hold_families(_FAMILIES, locking=False)

# The families, now that they are locked: the insured, and whether the insured has died.
TAKE_FAMILIES = f"""
    CREATE TEMP TABLE run_family ON COMMIT DROP AS
    SELECT f.subscriber_id, m.insured, coalesce(m.first_dead = m.insured, false) AS insured_has_died
    FROM run_held AS f
    LEFT JOIN (
        SELECT m.subscriber_id, min(m.member_seq) AS insured,
               min(m.member_seq) FILTER (WHERE m.date_of_death IS NOT NULL) AS first_dead
        FROM members AS m JOIN run_held USING (subscriber_id) GROUP BY m.subscriber_id
    ) AS m USING (subscriber_id)
    WHERE f.subscriber_id IN (SELECT e.subscriber_id FROM subenrollment AS e WHERE {in_scope("e")})"""

# The insured of one family.
INSURED = "SELECT min(member_seq) FROM members WHERE subscriber_id = %(subscriber)s"


def chosen(member: str) -> str:
    """The member is one of those to reenroll."""
    return f"""CASE %(who)s::text WHEN 'all' THEN true
        WHEN 'insured' THEN {member}.member_seq = f.insured
        WHEN 'dependents' THEN {member}.member_seq <> f.insured
        ELSE {member}.member_seq = ANY(%(members)s::text[]) END"""


def counted_division(division: str) -> str:
    """The division is in scope. If one family is reenrolled, the family has been in the division."""
    return f"""{in_scope(division)} AND (%(subscriber)s::text IS NULL OR {division}.division_id IN (
        SELECT e.division_id FROM subenrollment AS e
        WHERE e.subscriber_id = %(subscriber)s AND e.group_id = %(group)s))"""
