"""The SQL that every process starts and ends with: locks against file loads, and what it keeps."""

# Wait until no file is being loaded into a table that the process writes to, and keep loads waiting until the
# process has ended. Processes of different groups do not wait for each other. The names of the locks are
# those of ``wait_for_other_loads`` in tables/write/sql/locks.py. Everyone takes them in the order in which a
# folder is loaded, so no two deadlock.
WAIT_FOR_LOADS = """
    SELECT count(pg_advisory_xact_lock_shared(hashtextextended('load ' || name, 0)))
    FROM unnest(ARRAY['groups', 'groupdivision', 'auth', 'subscribers', 'members', 'subenrollment',
                      'subenrollmentplan', 'memenrollmentplan']) AS name"""


def hold_families(families: str, *, locking: bool) -> str:
    """Take the families that a query finds as ``run_held``, and lock them until the process has ended.

    The locks are taken in the order of the ids, so two processes never deadlock. Every writer below a
    family locks it too (``tables.write.owners``). Read whatever decides about a family only after it is
    locked, and only for these families: others may change at any moment. A preview takes them without locks.
    """
    return f"""
    CREATE TEMP TABLE run_held ON COMMIT DROP AS
    SELECT s.subscriber_id FROM subscribers AS s
    WHERE s.subscriber_id IN ({families})
    ORDER BY s.subscriber_id
    {"FOR NO KEY UPDATE" if locking else ""}"""


def hold_more(families: str) -> str:
    """Also take families that came while we waited for the first locks. Do not wait for a family that another
    transaction holds: that one may wait for our families, and the two would deadlock.

    The query uses EXCEPT. NOT IN compares every pair of rows if they do not fit into work_mem, and NOT
    EXISTS may do so if the planner believes that a group that was just loaded has one row.
    """
    return f"""
    INSERT INTO run_held
    SELECT s.subscriber_id FROM subscribers AS s
    WHERE s.subscriber_id IN ({families} EXCEPT SELECT subscriber_id FROM run_held)
    ORDER BY s.subscriber_id
    FOR NO KEY UPDATE SKIP LOCKED"""


# Switch off, for this transaction, the history (the process journals its own changes) and the check of
# overlaps (the engine keeps spans apart under its own locks).
JOURNALED = """
    SELECT set_config('vba.journaled', %(process)s::text, true),
           set_config('vba.spans_checked', 'on', true)"""

# For many families, keep the planner from nested loops, which search for one family's rows after another's.
# It chooses them when its statistics do not know the families yet.
SUIT_PLANS = """
    SELECT set_config('enable_nestloop', CASE WHEN count(*) > 20000 THEN 'off' ELSE 'on' END, true),
           set_config('work_mem', CASE WHEN count(*) > 20000 THEN '64MB' ELSE '8MB' END, true)
    FROM run_family"""

# For each kind of warning, how often it occurred and its first families. The types are cast: a prepared
# statement must always return the same types, no matter which statement made the table.
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

# Keep every family that has a warning, with the text of the warning.
KEEP_WARNINGS = """
    INSERT INTO enrollmentwarning (process_key, text, subscriber_id, member_seq, division_id, start_date)
    SELECT %(process)s, %(texts)s::jsonb ->> problem, subscriber_id, member_seq, division_id, start_date
    FROM run_warned ORDER BY problem, subscriber_id, member_seq, division_id, start_date"""

# Note what was done, after everything is written.
NOTE_RUN = """
    INSERT INTO enrollmentrun
        (process_key, is_disenroll, group_id, division_id, disenroll_date, written_at, user_name)
    VALUES (%(process)s, %(is_disenroll)s, %(group)s, %(division)s, %(day)s, clock_timestamp(),
            %(user_name)s)"""
