"""The SQL that claims, leases, ends, logs and sweeps processes.

Times are clock times, not the start of the transaction.
"""

from tables.schema.conditions import Finding

# How many days a failed process is shown.
FAILED_DAYS = 30

# Takes a run that waits or whose lease has expired; returns nothing if there is no such run. If the former
# owner is still alive, it has a lower number of attempts and can write nothing more.
CLAIM = """
    UPDATE processrun
       SET state = 'running', attempts = attempts + 1,
           lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
     WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s
       AND (state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp()))
 RETURNING id, group_id, user_name, arguments, attempts, cancel_requested
"""

# Makes the history name the user for whom the process runs, until the claiming transaction ends.
SET_ACTOR = """
    SELECT set_config('vba.actor', coalesce(nullif(r.user_name, ''), p.process_user, ''), true)
      FROM processrun AS r JOIN vbaprocess AS p USING (vbaprocess_key, vbaprocess_type)
     WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s
"""

# Notes that the process starts. If it runs again, the time of its first start stays.
BEGIN = """
    UPDATE vbaprocess
       SET process_start = coalesce(process_start, clock_timestamp()),
           update_date = clock_timestamp(), update_user = left(process_user, 20)
     WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s
 RETURNING process_user
"""

# Renews the lease and stores the progress. Returns whether to cancel the run, or nothing if it is no longer
# ours.
RENEW_LEASE = """
    UPDATE processrun
       SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
           done = %(done)s, total = %(total)s, progress_text = %(text)s
     WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'running'
 RETURNING cancel_requested
"""

# Starts the same run again, after a deadlock or a lost connection.
BEGIN_AGAIN = """
    UPDATE processrun
       SET attempts = attempts + 1, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
     WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'running'
 RETURNING attempts
"""

# Ends a run that has succeeded. It must hit exactly one row, or everything that was written is rolled back.
COMPLETE_RUN = """
    UPDATE processrun
       SET state = 'ended', result = %(result)s, ended_at = clock_timestamp(), lease_until = NULL,
           done = %(done)s, total = %(total)s, progress_text = %(text)s
     WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'running' AND NOT cancel_requested
"""

# Tells why a run could not be completed: it is still ours and was canceled, or it is no longer ours (no row).
IS_OURS = """
    SELECT true FROM processrun WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'running'
"""

# Ends a run that has failed or was canceled. Hits nothing if it is no longer ours.
GIVE_UP_RUN = """
    UPDATE processrun
       SET state = 'ended', result = %(result)s, ended_at = clock_timestamp(), lease_until = NULL
     WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'running'
"""

# Ends the process's own row, together with its run.
END_PROCESS = """
    UPDATE vbaprocess
       SET process_end = clock_timestamp(), process_result = %(result)s,
           update_date = clock_timestamp(), update_user = left(process_user, 20)
     WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s
"""

# Asks a running process to stop, and ends a waiting one. Returns the new state.
REQUEST_CANCEL = """
    UPDATE processrun
       SET cancel_requested = true,
           state = CASE state WHEN 'queued' THEN 'ended' ELSE state END,
           result = CASE state WHEN 'queued' THEN 'CANCELLED' ELSE result END,
           ended_at = CASE state WHEN 'queued' THEN clock_timestamp() ELSE ended_at END
     WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s AND state <> 'ended'
 RETURNING state
"""

# Adds a line to a process's log, numbered after the last one. If a client has used the highest possible
# number, takes the first free number. Writes and returns nothing if a client has just added a line with this
# number.
LOG = """
    INSERT INTO vbaprocesslog (
        vbaprocess_key, vbaprocess_type, vbaprocesslog_key, log_type, log_message,
        log_reference_column1, log_reference_value1, log_reference_column2, log_reference_value2,
        log_reference_column3, log_reference_value3, log_reference_column4, log_reference_value4,
        log_reference_column5, log_reference_value5,
        entry_date, entry_user, update_date, update_user)
    SELECT %(key)s::integer, %(type)s::text,
           CASE WHEN coalesce(max(vbaprocesslog_key), 0) < 2147483647
                THEN coalesce(max(vbaprocesslog_key), 0) + 1
                ELSE (SELECT min(used.number) + 1
                        FROM (SELECT 0::bigint UNION ALL SELECT vbaprocesslog_key FROM vbaprocesslog
                               WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s) AS used (number)
                       WHERE used.number >= 0 AND NOT EXISTS (
                             SELECT FROM vbaprocesslog AS taken
                              WHERE taken.vbaprocess_key = %(key)s AND taken.vbaprocess_type = %(type)s
                                AND taken.vbaprocesslog_key = used.number + 1))
           END,
           %(log_type)s::text, %(message)s::text,
           %(column1)s::text, %(value1)s::text, %(column2)s::text, %(value2)s::text,
           %(column3)s::text, %(value3)s::text,
           %(column4)s::text, %(value4)s::text, %(column5)s::text, %(value5)s::text,
           clock_timestamp(), left(%(user)s::text, 20), clock_timestamp(), left(%(user)s::text, 20)
      FROM vbaprocesslog
     WHERE vbaprocess_key = %(key)s AND vbaprocess_type = %(type)s
        ON CONFLICT DO NOTHING
 RETURNING vbaprocesslog_key
"""

# Finds runs that should be running and are not: waiting ones, and those whose worker is dead.
UNFINISHED_AND_IDLE = """
    SELECT vbaprocess_key, vbaprocess_type
      FROM processrun
     WHERE state <> 'ended' AND (state = 'queued' OR lease_until < clock_timestamp())
     ORDER BY id
"""

# Finds the names under which processes have a job, in the control database.
LIVE_JOBS = """
    SELECT queueing_lock FROM procrastinate_jobs
     WHERE queue_name = %(queue)s AND status IN ('todo', 'doing') AND queueing_lock IS NOT NULL
"""

# Ends jobs whose worker is dead, and returns their processes; in the control database.
END_STALLED_JOBS = """
    SELECT job.queueing_lock, procrastinate_finish_job_v1(job.id, 'failed', true)
      FROM procrastinate_jobs AS job
      LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
     WHERE job.queue_name = %(queue)s AND job.status = 'doing'
       AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(seconds)s))
"""

# Processes of the worker that are waiting or running: the few runs that have not ended.
UNFINISHED = Finding(
    "unfinished",
    "Processes waiting or running",
    "Processes that are waiting to start or are running.",
    """
    EXISTS (
        SELECT FROM processrun AS r
        WHERE r.vbaprocess_key = t.vbaprocess_key AND r.vbaprocess_type = t.vbaprocess_type
          AND r.state <> 'ended')""",
    to_do=False,
)

# Processes of the last month that have failed.
FAILED = Finding(
    "failed",
    f"Processes failed in {FAILED_DAYS} days",
    f"Processes that failed within the last {FAILED_DAYS} days; their logs say why. They changed nothing.",
    f"""
    t.process_end >= :today::timestamp AT TIME ZONE 'UTC' - interval '{FAILED_DAYS} days' AND EXISTS (
        SELECT FROM processrun AS r
        WHERE r.vbaprocess_key = t.vbaprocess_key AND r.vbaprocess_type = t.vbaprocess_type
          AND r.result = 'FAILED')""",
)
