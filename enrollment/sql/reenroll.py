"""The SQL that all ways of reenrolling share: what the disenrolls for a day have journaled, and for whom.

``%(processes)s`` are those disenrolls, ``%(undos)s`` the reenrolls for that day; ``%(who)s`` and
``%(members)s`` tell which members are chosen.
"""

from enrollment.sql.conditions import in_scope
from enrollment.sql.process import hold_families


def _of_subscriber(row: str) -> str:
    """The row belongs to the subscriber, if one is given."""
    return f"(%(subscriber)s::text IS NULL OR {row}.subscriber_id = %(subscriber)s)"


# What the disenrolls have journaled; ``row_id`` is the row's key if that is a number. A table of its own, so
# that the planner knows how many there are: of a journal just written it thinks that there are few, and looks
# for each of many.
TAKE_ENTRIES = f"""
    CREATE TEMP TABLE run_entry ON COMMIT DROP AS
    SELECT c.id AS entry, c.process_key, c.table_name, c.row_key,
           CASE WHEN c.table_name IN ('subenrollment', 'subenrollmentplan', 'memenrollmentplan', 'members')
                THEN c.row_key::bigint END AS row_id,
           c.subscriber_id, c.division_id, c.before, c.after
    FROM enrollmentchange AS c
    WHERE c.process_key = ANY(%(processes)s::int[]) AND {_of_subscriber("c")}"""

# The entries that a reenroll for the day has undone; a table of its own for the same reason.
TAKE_UNDONE = f"""
    CREATE TEMP TABLE run_undone ON COMMIT DROP AS
    SELECT c.reverses AS entry FROM enrollmentchange AS c
    WHERE c.process_key = ANY(%(undos)s::int[]) AND {_of_subscriber("c")}"""

# Leave the undone entries out.
DROP_UNDONE = "DELETE FROM run_entry AS c USING run_undone AS undone WHERE undone.entry = c.entry"

# Leave out all but the newest entry of each row: an older one is not this run's to undo.
DROP_OLDER = """
    DELETE FROM run_entry AS c USING run_entry AS n
    WHERE n.table_name = c.table_name AND n.row_key = c.row_key AND n.entry > c.entry"""


def entries(table: str) -> str:
    """The entries of a table, in scope."""
    return f"""(
        SELECT * FROM run_entry AS c
        WHERE c.table_name = '{table}'
          AND (%(division)s::text IS NULL OR coalesce(c.division_id, %(division)s) = %(division)s))"""


# The disenrolls of the group for a day, the oldest first, and the reenrolls that may have undone some of it.
RUNS = """
    SELECT coalesce(array_agg(r.process_key ORDER BY r.written_at) FILTER (WHERE r.is_disenroll), '{}'),
           coalesce(array_agg(r.process_key) FILTER (WHERE NOT r.is_disenroll), '{}')
    FROM enrollmentrun AS r
    WHERE r.group_id = %(group)s AND r.disenroll_date = %(day)s::date"""

# The families that the disenrolls touched, seen by the tables that every touched family has a change in (or,
# with reenrollAll, that have anything ending on the day).
_FAMILIES = f"""
    SELECT c.subscriber_id FROM run_entry AS c
    WHERE c.subscriber_id IS NOT NULL
      AND c.table_name IN ('subenrollment', 'memenrollmentplan', 'members', 'auth')
    UNION
    SELECT e.subscriber_id FROM subenrollment AS e
    WHERE %(everything)s AND {in_scope("e")} AND e.end_date = %(day)s::date
      AND {_of_subscriber("e")}"""

# Lock them.
LOCK_FAMILIES = hold_families(_FAMILIES, locking=True)

# Take them without a lock, for a preview.
TAKE_FAMILIES_UNLOCKED = hold_families(_FAMILIES, locking=False)

# The families as they are now that they are locked: the insured, and whether the insured has died.
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
