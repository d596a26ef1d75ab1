"""The SQL of file loads: ending those whose process is gone, and deleting old files."""

from loads.models import CANCELLED, CHECKING, FAILED, LOADING

# Keeps PostgreSQL from compressing content, which is compressed already or read only once.
STORE_UNPACKED = "ALTER TABLE filepart ALTER COLUMN content SET STORAGE EXTERNAL"

# Ends loads whose process is gone, or has ended without ending them.
SETTLE = f"""
    UPDATE fileload AS f
       SET state = CASE WHEN r.result = 'CANCELLED' THEN '{CANCELLED}' ELSE '{FAILED}' END,
           ended_at = coalesce(r.ended_at, now()),
           problem = coalesce(
               (SELECT log_message FROM vbaprocesslog AS l
                 WHERE l.vbaprocess_key = f.process_key AND l.vbaprocess_type = %(kind)s
                   AND l.log_type = 'ERROR'
                 ORDER BY vbaprocesslog_key DESC LIMIT 1), '')
      FROM fileload AS same
      LEFT JOIN processrun AS r
        ON r.vbaprocess_key = same.process_key AND r.vbaprocess_type = %(kind)s
     WHERE same.id = f.id AND f.state IN ('{CHECKING}', '{LOADING}') AND f.process_key IS NOT NULL
       AND (r.id IS NULL OR r.state = 'ended')
"""

# Deletes a few files older than some days, the oldest first, with their reports. Their results stay. It skips
# files that others lock.
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
