"""The SQL that every process begins and ends with: locks against file loads, and what it leaves behind."""

# Wait until no file is being loaded into a table that the process writes to, and keep loads waiting until it
# has ended; processes of different groups do not wait for each other. The names are those of
# ``tables.sql.wait_for_other_loads``, in the order in which a folder is loaded: who waits for several of them
# takes them in one order, so that nobody waits crosswise.
WAIT_FOR_LOADS = """
    SELECT count(pg_advisory_xact_lock_shared(hashtextextended('load ' || name, 0)))
    FROM unnest(ARRAY['groups', 'groupdivision', 'auth', 'subscribers', 'members', 'subenrollment',
                      'subenrollmentplan', 'memenrollmentplan']) AS name"""

# Tell the history that these changes are journaled by the process, so that they are not recorded twice, and
# the check of overlaps that the engine sees to it under its own locks.
JOURNALED = """
    SELECT set_config('vba.journaled', %(process)s::text, true),
           set_config('vba.spans_checked', 'on', true)"""

# Steer how the rows of many families are found: nested loops, which suit a few, would take each family's
# rows one by one; what the statistics do not tell yet must not lead there.
SUIT_PLANS = """
    SELECT set_config('enable_nestloop', CASE WHEN count(*) > 20000 THEN 'off' ELSE 'on' END, true),
           set_config('work_mem', CASE WHEN count(*) > 20000 THEN '64MB' ELSE '8MB' END, true)
    FROM run_family"""

# Note what was done, when all of it is written.
NOTE_RUN = """
    INSERT INTO enrollmentrun (process_key, is_disenroll, group_id, division_id, disenroll_date, written_at)
    VALUES (%(process)s, %(is_disenroll)s, %(group)s, %(division)s, %(day)s, clock_timestamp())"""
