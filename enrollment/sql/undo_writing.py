"""The SQL that writes what ``enrollment.sql.undo`` has worked out, and its journal.

Each UPDATE leaves out rows that others changed after they were read. The engine then finds fewer rows than it
counted, and starts again.
"""

# Reopen the enrollments.
REOPEN_ENROLLMENTS = """
    UPDATE subenrollment AS t
    SET end_date = r.end_after, term_date = r.term_after, update_date = now(), update_user = %(user)s
    FROM run_enrollment AS r
    WHERE r.problem IS NULL AND t.id = r.id
      AND (t.end_date, t.term_date) IS NOT DISTINCT FROM (r.end_before, r.term_before)"""

# Reopen plans.
REOPEN_PLANS = """
    UPDATE subenrollmentplan AS t
    SET plan_end = r.end_after, reason_id = r.reason_after, update_date = now(), update_user = %(user)s
    FROM run_plan AS r
    WHERE r.problem IS NULL AND t.id = r.id
      AND (t.plan_end, t.reason_id) IS NOT DISTINCT FROM (r.end_before, r.reason_before)"""

# Reopen plans of members.
REOPEN_MEMBER_PLANS = """
    UPDATE memenrollmentplan AS t
    SET plan_end = r.end_after, reason_id = r.reason_after, update_date = now(), update_user = %(user)s
    FROM run_member_plan AS r
    WHERE r.problem IS NULL AND t.id = r.id
      AND (t.plan_end, t.reason_id) IS NOT DISTINCT FROM (r.end_before, r.reason_before)"""

# Give members their date back.
RESTORE_MEMBERS = """
    UPDATE members AS t SET disenroll_date = r.after
    FROM run_member AS r
    WHERE r.problem IS NULL AND t.id = r.id
      AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Give subscribers their date back.
RESTORE_SUBSCRIBERS = """
    UPDATE subscribers AS t SET disenroll_date = r.after, update_date = now(), update_user = %(user)s
    FROM run_subscriber AS r
    WHERE r.problem IS NULL AND t.subscriber_id = r.subscriber_id
      AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Give authorizations their code and last day back.
RESTORE_AUTHORIZATIONS = """
    UPDATE auth AS t
    SET auth_code = CASE WHEN r.before ? 'auth_code' THEN r.before ->> 'auth_code' ELSE t.auth_code END,
        approved_thru = CASE WHEN r.before ? 'approved_thru' THEN (r.before ->> 'approved_thru')::date
                             ELSE t.approved_thru END,
        requested_thru = CASE WHEN r.before ? 'requested_thru' THEN (r.before ->> 'requested_thru')::date
                              ELSE t.requested_thru END,
        update_date = now(), update_user = %(user)s
    FROM run_auth AS r
    WHERE r.problem IS NULL AND t.auth_number = r.auth_number
      AND jsonb_build_object('auth_code', t.auth_code, 'approved_thru', t.approved_thru,
                             'requested_thru', t.requested_thru) @> r.after"""

# Give divisions their disenroll date back.
RESTORE_DIVISIONS = """
    UPDATE groupdivision AS t SET disenroll_date = r.after, update_date = now(), update_user = %(user)s
    FROM run_stamp AS r
    WHERE t.group_id = %(group)s AND t.division_id = r.division_id
      AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Give the group its disenroll date back.
RESTORE_GROUP = """
    UPDATE groups AS t SET disenroll_date = r.after, update_date = now(), update_user = %(user)s
    FROM run_stamp AS r
    WHERE t.group_id = %(group)s AND r.division_id IS NULL
      AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Journal every changed row, with the change of the disenrollment that it reverses.
JOURNAL = """
    INSERT INTO enrollmentchange
        (process_key, reverses, table_name, row_key, subscriber_id, member_seq, division_id, before,
         after)
    SELECT %(process)s, entry, 'subenrollment', id::text, subscriber_id, NULL, division_id,
           jsonb_build_object('end_date', end_before) || CASE WHEN term_before IS DISTINCT FROM term_after
               THEN jsonb_build_object('term_date', term_before) ELSE '{}' END,
           jsonb_build_object('end_date', end_after) || CASE WHEN term_before IS DISTINCT FROM term_after
               THEN jsonb_build_object('term_date', term_after) ELSE '{}' END
    FROM run_enrollment WHERE problem IS NULL
    UNION ALL
    SELECT %(process)s, entry, name, id::text, subscriber_id, member_seq, division_id,
           jsonb_build_object('plan_end', end_before, 'reason_id', reason_before),
           jsonb_build_object('plan_end', end_after, 'reason_id', reason_after)
    FROM (SELECT 'subenrollmentplan' AS name, * FROM run_plan
          UNION ALL SELECT 'memenrollmentplan', * FROM run_member_plan) AS plans
    WHERE problem IS NULL
    UNION ALL
    SELECT %(process)s, entry, 'members', id::text, subscriber_id, member_seq, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', after)
    FROM run_member WHERE problem IS NULL
    UNION ALL
    SELECT %(process)s, entry, 'subscribers', subscriber_id, subscriber_id, NULL, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', after)
    FROM run_subscriber WHERE problem IS NULL
    UNION ALL
    SELECT %(process)s, entry, 'auth', auth_number, subscriber_id, member_seq, NULL, after, before
    FROM run_auth WHERE problem IS NULL
    UNION ALL
    SELECT %(process)s, entry, CASE WHEN division_id IS NULL THEN 'groups' ELSE 'groupdivision' END,
           coalesce(division_id, %(group)s), NULL, NULL, division_id,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', after)
    FROM run_stamp"""
