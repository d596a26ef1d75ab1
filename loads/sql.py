"""The SQL of file loads: settling those whose process is gone, and deleting old files."""

# Lets PostgreSQL store content as it is: it is packed already, or read only once.
STORE_UNPACKED = "ALTER TABLE filepart ALTER COLUMN content SET STORAGE EXTERNAL"

# Ends loads whose process has ended without ending them, or is no longer there.
SETTLE = """
    UPDATE fileload AS f
       SET state = CASE WHEN r.result = 'CANCELLED' THEN 'cancelled' ELSE 'failed' END,
           ended_at = coalesce(r.ended_at, now()),
           problem = coalesce(
               (SELECT log_message FROM vbaprocesslog AS l
                 WHERE l.vbaprocess_key = f.process_key AND l.vbaprocess_type = %(kind)s
                   AND l.log_type = 'ERROR'
                 ORDER BY vbaprocesslog_key DESC LIMIT 1), '')
      FROM fileload AS same
      LEFT JOIN processrun AS r
        ON r.vbaprocess_key = same.process_key AND r.vbaprocess_type = %(kind)s
     WHERE same.id = f.id AND f.state IN ('checking', 'loading') AND f.process_key IS NOT NULL
       AND (r.id IS NULL OR r.state = 'ended')
"""

# Deletes a few of the files that were sent before a moment, the oldest first, and the reports of them; what
# became of them stays. Files that others hold are left for the next time.
FORGET = """
    WITH old AS (
        SELECT id FROM fileload
         WHERE NOT forgotten AND sent_at < clock_timestamp() - make_interval(days => %(days)s)
           AND state NOT IN ('checking', 'loading')
         ORDER BY sent_at
         LIMIT %(most)s
           FOR UPDATE SKIP LOCKED),
    gone AS (
        DELETE FROM filepart WHERE load_id IN (SELECT id FROM old))
    UPDATE fileload SET forgotten = true, shown = '[]', notes = '[]' WHERE id IN (SELECT id FROM old)
"""
