"""The SQL that every process begins and ends with: locks against file loads, and what it leaves behind."""

# Wait until no file is being loaded into a table that the process writes to, and keep loads waiting until it
# has ended; processes of different groups do not wait for each other. The names are those of
# ``wait_for_other_loads`` in tables/write/sql/locks.py, in the order in which a folder is loaded: all who
# take several of them take them in this order, so that none of them deadlock.
WAIT_FOR_LOADS = """
    SELECT count(pg_advisory_xact_lock_shared(hashtextextended('load ' || name, 0)))
    FROM unnest(ARRAY['groups', 'groupdivision', 'auth', 'subscribers', 'members', 'subenrollment',
                      'subenrollmentplan', 'memenrollmentplan']) AS name"""


def hold_families(families: str, *, locking: bool) -> str:
    """Take the families that a query finds as ``run_held``, and lock them until the process has ended.

    In the order of their ids, so that two processes never deadlock; writers below a
    family hold it as well (``tables.write.owners``). All that decides about a family has to be read when it
    is held, and of these families alone: others may be changed at any moment. A preview takes them without
    a lock.
    """
    return f"""
    CREATE TEMP TABLE run_held ON COMMIT DROP AS
    SELECT s.subscriber_id FROM subscribers AS s
    WHERE s.subscriber_id IN ({families})
    ORDER BY s.subscriber_id
    {"FOR NO KEY UPDATE" if locking else ""}"""


def hold_more(families: str) -> str:
    """Take those as well that have come while the first ones were waited for. A family that somebody holds
    just now is not waited for: whoever holds it may wait for what is held already, and that would be a
    deadlock.

    EXCEPT, since NOT IN compares each with each where they do not fit into work_mem, and NOT EXISTS may do so
    where the planner takes a group that was just loaded for one row."""
    return f"""
    INSERT INTO run_held
    SELECT s.subscriber_id FROM subscribers AS s
    WHERE s.subscriber_id IN ({families} EXCEPT SELECT subscriber_id FROM run_held)
    ORDER BY s.subscriber_id
    FOR NO KEY UPDATE SKIP LOCKED"""


# Switch off for the transaction what the engine does by itself: the history, since the process journals its
# changes, and the check of overlaps, since the engine keeps spans apart under its own locks.
JOURNALED = """
    SELECT set_config('vba.journaled', %(process)s::text, true),
           set_config('vba.spans_checked', 'on', true)"""

# Choose how the planner finds the rows of many families: by nested loops, which suit a few, it would look for
# each family's rows one by one, and it plans them where its statistics do not know the families yet.
SUIT_PLANS = """
    SELECT set_config('enable_nestloop', CASE WHEN count(*) > 20000 THEN 'off' ELSE 'on' END, true),
           set_config('work_mem', CASE WHEN count(*) > 20000 THEN '64MB' ELSE '8MB' END, true)
    FROM run_family"""

# Of each kind of warning: how often it came, and the first of its families. The types are cast, since a
# prepared statement has to return the same ones whichever statement has made the table.
WARNINGS = """
    SELECT kinds.problem::text COLLATE "C", kinds.total, first.*
    FROM (SELECT problem, count(*) AS total FROM run_warned GROUP BY problem) AS kinds
    CROSS JOIN LATERAL (
        SELECT subscriber_id::text COLLATE "C" AS subscriber_id, member_seq::text COLLATE "C" AS member_seq,
               division_id::text COLLATE "C" AS division_id, start_date
        FROM run_warned AS w
        WHERE w.problem = kinds.problem
        ORDER BY subscriber_id, member_seq, division_id, start_date LIMIT %(limit)s
    ) AS first
    ORDER BY kinds.problem, first.subscriber_id, first.member_seq, first.division_id, first.start_date"""

# Keep all families that it warned of, each with the text of its warning.
KEEP_WARNINGS = """
    INSERT INTO enrollmentwarning (process_key, text, subscriber_id, member_seq, division_id, start_date)
    SELECT %(process)s, %(texts)s::jsonb ->> problem, subscriber_id, member_seq, division_id, start_date
    FROM run_warned ORDER BY problem, subscriber_id, member_seq, division_id, start_date"""

# Note what was done, when all of it is written.
NOTE_RUN = """
    INSERT INTO enrollmentrun
        (process_key, is_disenroll, group_id, division_id, disenroll_date, written_at, user_name)
    VALUES (%(process)s, %(is_disenroll)s, %(group)s, %(division)s, %(day)s, clock_timestamp(),
            %(user_name)s)"""
