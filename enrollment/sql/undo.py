"""The SQL that works out which rows an undo restores to their state before a disenrollment, and counts them.

As in ``enrollment.sql.disenroll``, the results go into temporary tables: ``run_family``, ``run_enrollment``
and one table for each kind of row below them. ``enrollment.sql.undo_writing`` writes them. A row's
``problem`` says why it stays as it is.
"""

from enrollment.sql.conditions import in_scope, live_after_day, overlaps, same_enrollment
from enrollment.sql.reenroll import chosen, counted_division, entries

# Once the enrollments are reopened, the family ``f`` has coverage in scope after the day.
_HAS_COVER = "EXISTS (SELECT FROM run_cover AS e WHERE e.subscriber_id = f.subscriber_id)"

# The enrollments to reopen: journaled ones, and with reenrollAll any others that end on the day.
TAKE_ENROLLMENTS = f"""
    CREATE TEMP TABLE run_enrollment ON COMMIT DROP AS
    SELECT c.entry, c.process_key, e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date,
           e.end_date AS end_before, (c.before ->> 'end_date')::date AS end_after,
           e.term_date AS term_before,
           CASE WHEN c.before ? 'term_date' THEN (c.before ->> 'term_date')::date
                ELSE e.term_date END AS term_after,
           CASE WHEN f.insured_has_died THEN 'died'
                WHEN NOT jsonb_build_object('end_date', e.end_date, 'term_date', e.term_date) @> c.after
                THEN 'changed' END AS problem
    FROM {entries("subenrollment")} AS c
    JOIN run_family AS f ON f.subscriber_id = c.subscriber_id
    JOIN subenrollment AS e ON e.id = c.row_id
    WHERE %(reopens)s
    UNION ALL
    SELECT NULL, NULL, e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date,
           e.end_date, NULL, e.term_date, e.term_date, CASE WHEN f.insured_has_died THEN 'died' END
    FROM subenrollment AS e
    JOIN run_family AS f ON f.subscriber_id = e.subscriber_id
    WHERE %(reopens)s AND %(everything)s AND {in_scope("e")}
      AND e.end_date = %(day)s::date AND e.start_date <= e.end_date
      AND e.id NOT IN (SELECT c.row_id FROM {entries("subenrollment")} AS c)"""

# How many of them have changed since the disenrollment.
COUNT_CHANGED = "SELECT count(*) FROM run_enrollment WHERE problem = 'changed'"

# Of the changed rows, those that a later disenrollment has cut again.
FIND_CUT_AGAIN = """
    UPDATE run_enrollment AS r SET problem = 'cut again'
    FROM enrollmentchange AS l
    JOIN enrollmentrun AS p ON p.process_key = l.process_key AND p.is_disenroll AND p.group_id = %(group)s
    WHERE r.problem = 'changed' AND l.subscriber_id = r.subscriber_id AND l.table_name = 'subenrollment'
      AND l.row_key = r.id::text AND l.id > r.entry
      AND NOT EXISTS (
          SELECT FROM enrollmentchange AS undone
          WHERE undone.subscriber_id = l.subscriber_id AND undone.reverses = l.id)"""

# The enrollments that would overlap another one: in the same division, or one of the group that was entered
# after the disenrollment. If two enrollments to reopen overlap, only the one that ended last comes back. A
# row that is not journaled (with reenrollAll) gives way to one that is.
FIND_OVERLAPS = f"""
    UPDATE run_enrollment AS r
    SET problem = CASE WHEN found.in_division THEN 'overlap' ELSE 'newer' END
    FROM (
        SELECT r.id, bool_or(o.division_id = r.division_id) AS in_division
        FROM run_enrollment AS r
        LEFT JOIN enrollmentrun AS p ON p.process_key = r.process_key
        JOIN subenrollment AS o ON o.subscriber_id = r.subscriber_id AND o.group_id = %(group)s
            AND o.id <> r.id
        LEFT JOIN run_enrollment AS reopened ON reopened.id = o.id AND reopened.problem IS NULL
        CROSS JOIN LATERAL (
            SELECT CASE WHEN reopened.id IS NULL THEN o.end_date ELSE reopened.end_after END AS end_date) AS n
        WHERE r.problem IS NULL AND (n.end_date IS NULL OR n.end_date >= o.start_date)
          AND {overlaps("r.start_date", "r.end_after", "o.start_date", "n.end_date")}
          AND CASE WHEN reopened.id IS NULL THEN o.division_id = r.division_id OR o.entry_date > p.written_at
              ELSE o.division_id = r.division_id AND coalesce(reopened.entry, 0) > coalesce(r.entry, 0) END
        GROUP BY r.id
    ) AS found
    WHERE found.id = r.id"""

# The enrollments in scope that are live after the day, once these are reopened. Some were live all along.
TAKE_COVER = f"""
    CREATE TEMP TABLE run_cover ON COMMIT DROP AS
    SELECT e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date
    FROM (
        SELECT e.*, CASE WHEN r.id IS NULL THEN e.end_date ELSE r.end_after END AS last_day
        FROM subenrollment AS e
        JOIN run_family AS f ON f.subscriber_id = e.subscriber_id
        LEFT JOIN run_enrollment AS r ON r.id = e.id AND r.problem IS NULL
        WHERE {in_scope("e")}
    ) AS e
    WHERE {live_after_day("e", end="last_day")}"""

# The rows below are taken only if the enrollment is live again after the day.

# The columns of the plan ``p`` that a disenrollment changes, as they are now.
_PLAN_NOW = "jsonb_build_object('plan_end', p.plan_end, 'reason_id', p.reason_id)"

# The plans of the enrollments.
TAKE_PLANS = f"""
    CREATE TEMP TABLE run_plan ON COMMIT DROP AS
    SELECT c.entry, p.id, p.subscriber_id, NULL::varchar AS member_seq, p.division_id,
           p.plan_end AS end_before, (c.before ->> 'plan_end')::date AS end_after,
           p.reason_id AS reason_before, (c.before ->> 'reason_id')::int AS reason_after,
           CASE WHEN NOT {_PLAN_NOW} @> c.after THEN 'changed' END AS problem
    FROM {entries("subenrollmentplan")} AS c
    JOIN run_family AS f ON f.subscriber_id = c.subscriber_id AND NOT f.insured_has_died
    JOIN subenrollmentplan AS p ON p.id = c.row_id
    JOIN run_cover AS e ON {same_enrollment("p", "e")}
    WHERE %(reopens)s
    UNION ALL
    SELECT NULL, p.id, p.subscriber_id, NULL, p.division_id, p.plan_end, NULL, p.reason_id, NULL, NULL
    FROM subenrollmentplan AS p
    JOIN run_family AS f ON f.subscriber_id = p.subscriber_id AND NOT f.insured_has_died
    JOIN run_cover AS e ON {same_enrollment("p", "e")}
    WHERE %(reopens)s AND %(everything)s
      AND p.plan_end = %(day)s::date AND p.plan_start <= p.plan_end
      AND p.id NOT IN (SELECT c.row_id FROM {entries("subenrollmentplan")} AS c)"""

# The plans of the chosen members who have not died.
TAKE_MEMBER_PLANS = f"""
    CREATE TEMP TABLE run_member_plan ON COMMIT DROP AS
    SELECT c.entry, p.id, p.subscriber_id, p.member_seq, p.division_id,
           p.plan_end AS end_before, (c.before ->> 'plan_end')::date AS end_after,
           p.reason_id AS reason_before, (c.before ->> 'reason_id')::int AS reason_after,
           CASE WHEN m.date_of_death IS NOT NULL THEN 'died'
                WHEN NOT {_PLAN_NOW} @> c.after THEN 'changed' END AS problem
    FROM {entries("memenrollmentplan")} AS c
    JOIN run_family AS f ON f.subscriber_id = c.subscriber_id AND NOT f.insured_has_died
    JOIN memenrollmentplan AS p ON p.id = c.row_id
    JOIN members AS m ON m.subscriber_id = p.subscriber_id AND m.member_seq = p.member_seq
    JOIN run_cover AS e ON {same_enrollment("p", "e", "sub_start_date")}
    WHERE {chosen("p")}
    UNION ALL
    SELECT NULL, p.id, p.subscriber_id, p.member_seq, p.division_id, p.plan_end, NULL, p.reason_id, NULL,
           CASE WHEN m.date_of_death IS NOT NULL THEN 'died' END
    FROM memenrollmentplan AS p
    JOIN run_family AS f ON f.subscriber_id = p.subscriber_id AND NOT f.insured_has_died
    JOIN members AS m ON m.subscriber_id = p.subscriber_id AND m.member_seq = p.member_seq
    JOIN run_cover AS e ON {same_enrollment("p", "e", "sub_start_date")}
    WHERE %(everything)s AND {chosen("p")}
      AND p.plan_end = %(day)s::date AND p.plan_start <= p.plan_end
      AND p.id NOT IN (SELECT c.row_id FROM {entries("memenrollmentplan")} AS c)"""

# The dates of the chosen members who have not died and whose family is covered again.
TAKE_MEMBERS = f"""
    CREATE TEMP TABLE run_member ON COMMIT DROP AS
    SELECT c.entry, m.id, m.subscriber_id, m.member_seq, m.disenroll_date AS before,
           (c.before ->> 'disenroll_date')::date AS after,
           CASE WHEN m.date_of_death IS NOT NULL THEN 'died'
                WHEN m.disenroll_date IS DISTINCT FROM (c.after ->> 'disenroll_date')::date THEN 'changed'
           END AS problem
    FROM {entries("members")} AS c
    JOIN run_family AS f ON f.subscriber_id = c.subscriber_id AND NOT f.insured_has_died
    JOIN members AS m ON m.id = c.row_id
    WHERE {chosen("m")} AND {_HAS_COVER}
    UNION ALL
    SELECT NULL, m.id, m.subscriber_id, m.member_seq, m.disenroll_date, NULL,
           CASE WHEN m.date_of_death IS NOT NULL THEN 'died' END
    FROM members AS m
    JOIN run_family AS f ON f.subscriber_id = m.subscriber_id AND NOT f.insured_has_died
    WHERE %(everything)s AND m.disenroll_date = %(day)s::date AND {chosen("m")} AND {_HAS_COVER}
      AND m.id NOT IN (SELECT c.row_id FROM {entries("members")} AS c)"""

# The dates of subscribers whose enrollments may be reopened and who are covered again.
TAKE_SUBSCRIBERS = f"""
    CREATE TEMP TABLE run_subscriber ON COMMIT DROP AS
    SELECT c.entry, s.subscriber_id, s.disenroll_date AS before,
           (c.before ->> 'disenroll_date')::date AS after,
           CASE WHEN s.disenroll_date IS DISTINCT FROM (c.after ->> 'disenroll_date')::date
                THEN 'changed' END AS problem
    FROM {entries("subscribers")} AS c
    JOIN run_family AS f ON f.subscriber_id = c.subscriber_id AND NOT f.insured_has_died
    JOIN subscribers AS s ON s.subscriber_id = c.row_key
    WHERE %(reopens)s AND {_HAS_COVER}
    UNION ALL
    SELECT NULL, s.subscriber_id, s.disenroll_date, NULL, NULL
    FROM subscribers AS s
    JOIN run_family AS f ON f.subscriber_id = s.subscriber_id AND NOT f.insured_has_died
    WHERE %(reopens)s AND %(everything)s AND s.disenroll_date = %(day)s::date AND {_HAS_COVER}
      AND s.subscriber_id NOT IN (SELECT c.row_key FROM {entries("subscribers")} AS c)"""

# The authorizations of the chosen members whose family is covered again.
TAKE_AUTHORIZATIONS = f"""
    CREATE TEMP TABLE run_auth ON COMMIT DROP AS
    SELECT c.entry, a.auth_number, a.subscriber_id, a.member_seq, c.before, c.after,
           CASE WHEN NOT jsonb_build_object('auth_code', a.auth_code, 'approved_thru', a.approved_thru,
                                            'requested_thru', a.requested_thru) @> c.after
                THEN 'changed' END AS problem
    FROM {entries("auth")} AS c
    JOIN run_family AS f ON f.subscriber_id = c.subscriber_id AND NOT f.insured_has_died
    JOIN auth AS a ON a.auth_number = c.row_key
    WHERE %(reset_auth)s AND {chosen("a")} AND {_HAS_COVER}"""

# The disenroll dates of the group and of divisions in scope that are the day. Their few entries are selected
# first, so the query does not read all entries again for each division.
TAKE_STAMPS = f"""
    CREATE TEMP TABLE run_stamp ON COMMIT DROP AS
    WITH of_group AS MATERIALIZED (SELECT * FROM {entries("groups")} AS c),
         of_division AS MATERIALIZED (SELECT * FROM {entries("groupdivision")} AS c)
    SELECT c.entry, NULL::varchar AS division_id, g.disenroll_date AS before,
           (c.before ->> 'disenroll_date')::date AS after
    FROM groups AS g
    LEFT JOIN of_group AS c ON c.row_key = g.group_id
    WHERE %(reset_stamps)s AND g.group_id = %(group)s AND g.disenroll_date = %(day)s::date
    UNION ALL
    SELECT c.entry, d.division_id, d.disenroll_date, (c.before ->> 'disenroll_date')::date
    FROM groupdivision AS d
    LEFT JOIN of_division AS c ON c.row_key = d.division_id
    WHERE %(reset_stamps)s AND {in_scope("d")} AND d.disenroll_date = %(day)s::date"""

# How many rows are reopened in each division in scope.
COUNT_BY_DIVISION = f"""
    SELECT division_id, sum(enrollments)::bigint, sum(plans)::bigint, sum(member_plans)::bigint
    FROM (
        SELECT division_id, 1 AS enrollments, 0 AS plans, 0 AS member_plans FROM run_enrollment
        WHERE problem IS NULL
        UNION ALL SELECT division_id, 0, 1, 0 FROM run_plan WHERE problem IS NULL
        UNION ALL SELECT division_id, 0, 0, 1 FROM run_member_plan WHERE problem IS NULL
        UNION ALL SELECT d.division_id, 0, 0, 0 FROM groupdivision AS d WHERE {counted_division("d")}
    ) AS counted
    GROUP BY division_id ORDER BY division_id"""

# How many rows are reopened that belong to no division.
COUNT_OTHERS = """
    SELECT (SELECT count(*) FROM run_member WHERE problem IS NULL),
           (SELECT count(*) FROM run_subscriber WHERE problem IS NULL),
           (SELECT count(*) FROM run_auth WHERE problem IS NULL),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NOT NULL),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NULL)"""

# A sample of families, with the enrollments that are reopened.
SAMPLE = """
    SELECT e.subscriber_id, e.division_id, e.start_date, e.end_before, e.end_after,
           (SELECT count(*) FROM run_member AS m
            WHERE m.subscriber_id = e.subscriber_id AND m.problem IS NULL)
    FROM run_enrollment AS e
    WHERE e.problem IS NULL AND e.subscriber_id IN (
        SELECT subscriber_id FROM run_enrollment WHERE problem IS NULL ORDER BY subscriber_id LIMIT %(limit)s)
    ORDER BY e.subscriber_id, e.division_id, e.start_date"""

# What stays as it is, and why; and reopened enrollments that continue past a disenroll date that their
# division or group keeps.
TAKE_WARNINGS = """
    CREATE TEMP TABLE run_warned ON COMMIT DROP AS
    SELECT problem, subscriber_id, member_seq, division_id, start_date
    FROM (
        SELECT problem, subscriber_id, NULL::varchar AS member_seq, division_id, start_date
        FROM run_enrollment
        UNION SELECT problem, subscriber_id, member_seq, division_id, NULL FROM run_plan
        UNION SELECT problem, subscriber_id, member_seq, division_id, NULL FROM run_member_plan
        UNION SELECT problem, subscriber_id, member_seq, NULL, NULL FROM run_member
        UNION SELECT problem, subscriber_id, NULL, NULL, NULL FROM run_subscriber
        UNION SELECT problem, subscriber_id, member_seq, NULL, NULL FROM run_auth
        UNION SELECT 'not live', subscriber_id, NULL, NULL, NULL FROM run_family
        WHERE NOT %(reopens)s AND subscriber_id NOT IN (SELECT subscriber_id FROM run_cover)
    ) AS found
    WHERE problem IS NOT NULL
    UNION ALL
    SELECT 'under stamp', r.subscriber_id, NULL, r.division_id, r.start_date
    FROM run_enrollment AS r
    JOIN groups AS g ON g.group_id = %(group)s
    JOIN groupdivision AS d ON d.group_id = %(group)s AND d.division_id = r.division_id
    LEFT JOIN run_stamp AS gs ON gs.division_id IS NULL
    LEFT JOIN run_stamp AS ds ON ds.division_id = d.division_id
    CROSS JOIN LATERAL (SELECT least(
        CASE WHEN gs.before IS NULL THEN g.disenroll_date ELSE gs.after END,
        CASE WHEN ds.before IS NULL THEN d.disenroll_date ELSE ds.after END) AS stamp) AS kept
    WHERE r.problem IS NULL AND kept.stamp IS NOT NULL AND coalesce(r.end_after, 'infinity') > kept.stamp"""
