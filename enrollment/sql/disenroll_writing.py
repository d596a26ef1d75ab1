"""The SQL that writes what ``enrollment.sql.disenroll`` has worked out, the disenroll log and the journal.

Each UPDATE leaves out rows that others changed after they were read. The engine then finds fewer rows than it
counted, and starts again.
"""

from enrollment.sql.disenroll import LOG_LINES

# End the enrollments.
END_ENROLLMENTS = """
    UPDATE subenrollment AS t
    SET end_date = r.end_after, term_date = r.term_after, update_date = now(), update_user = %(user)s
    FROM run_enrollment AS r
    WHERE r.ends AND t.id = r.id
      AND (t.end_date, t.term_date) IS NOT DISTINCT FROM (r.end_before, r.term_before)"""

# End their plans.
END_PLANS = """
    UPDATE subenrollmentplan AS t
    SET plan_end = r.end_after, reason_id = %(reason)s, update_date = now(), update_user = %(user)s
    FROM run_plan AS r
    WHERE r.ends AND t.id = r.id
      AND (t.plan_end, t.reason_id) IS NOT DISTINCT FROM (r.end_before, r.reason_before)"""

# End the plans of members.
END_MEMBER_PLANS = """
    UPDATE memenrollmentplan AS t
    SET plan_end = r.end_after, reason_id = %(reason)s, update_date = now(), update_user = %(user)s
    FROM run_member_plan AS r
    WHERE t.id = r.id
      AND (t.plan_end, t.reason_id) IS NOT DISTINCT FROM (r.end_before, r.reason_before)"""

# Set the disenroll date of the members.
DATE_MEMBERS = """
    UPDATE members AS t SET disenroll_date = %(day)s::date
    FROM run_member AS r
    WHERE r.dated AND t.id = r.id AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Set the disenroll date of the subscribers.
DATE_SUBSCRIBERS = """
    UPDATE subscribers AS t
    SET disenroll_date = %(day)s::date, update_date = now(), update_user = %(user)s
    FROM run_subscriber AS r
    WHERE t.subscriber_id = r.subscriber_id AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Cancel or cut the authorizations.
END_AUTHORIZATIONS = """
    UPDATE auth AS t
    SET auth_code = r.code_after,
        approved_thru = CASE r.thru_column WHEN 'approved_thru' THEN r.thru_after ELSE t.approved_thru END,
        requested_thru = CASE r.thru_column WHEN 'requested_thru' THEN r.thru_after ELSE t.requested_thru END,
        update_date = now(), update_user = %(user)s
    FROM run_auth AS r
    WHERE t.auth_number = r.auth_number AND t.auth_code IS NOT DISTINCT FROM r.code_before
      AND CASE r.thru_column WHEN 'approved_thru' THEN t.approved_thru ELSE t.requested_thru END
          IS NOT DISTINCT FROM r.thru_before"""

# Set the disenroll date of the divisions.
STAMP_DIVISIONS = """
    UPDATE groupdivision AS t
    SET disenroll_date = %(day)s::date, update_date = now(), update_user = %(user)s
    FROM run_stamp AS r
    WHERE t.group_id = %(group)s AND t.division_id = r.division_id
      AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Set the disenroll date of the group.
STAMP_GROUP = """
    UPDATE groups AS t
    SET disenroll_date = %(day)s::date, update_date = now(), update_user = %(user)s
    FROM run_stamp AS r
    WHERE t.group_id = %(group)s AND r.division_id IS NULL
      AND t.disenroll_date IS NOT DISTINCT FROM r.before"""

# Log each enrollment, ended member and plan.
LOG = f"""
    INSERT INTO disenrolllog (subscriber_id, member_seq, group_id, division_id, plan_id, coverage_start,
                              disenroll_date, reason_id, entry_date, entry_user, update_date, update_user)
    SELECT subscriber_id, member_seq, %(group)s, division_id, plan_id, start_date,
           %(day)s::date, %(reason)s, now(), %(user)s, now(), %(user)s
    FROM ({LOG_LINES}) AS logged"""

# Journal every changed row: its changed columns before and after.
JOURNAL = """
    INSERT INTO enrollmentchange
        (process_key, table_name, row_key, subscriber_id, member_seq, division_id, before, after)
    SELECT %(process)s, 'subenrollment', id::text, subscriber_id, NULL, division_id,
           jsonb_build_object('end_date', end_before) || CASE WHEN term_before IS DISTINCT FROM term_after
               THEN jsonb_build_object('term_date', term_before) ELSE '{}' END,
           jsonb_build_object('end_date', end_after) || CASE WHEN term_before IS DISTINCT FROM term_after
               THEN jsonb_build_object('term_date', term_after) ELSE '{}' END
    FROM run_enrollment WHERE ends
    UNION ALL
    SELECT %(process)s, 'subenrollmentplan', id::text, subscriber_id, NULL, division_id,
           jsonb_build_object('plan_end', end_before, 'reason_id', reason_before),
           jsonb_build_object('plan_end', end_after, 'reason_id', %(reason)s::int)
    FROM run_plan WHERE ends
    UNION ALL
    SELECT %(process)s, 'memenrollmentplan', id::text, subscriber_id, member_seq, division_id,
           jsonb_build_object('plan_end', end_before, 'reason_id', reason_before),
           jsonb_build_object('plan_end', end_after, 'reason_id', %(reason)s::int)
    FROM run_member_plan
    UNION ALL
    SELECT %(process)s, 'members', id::text, subscriber_id, member_seq, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', %(day)s::date)
    FROM run_member WHERE dated
    UNION ALL
    SELECT %(process)s, 'subscribers', subscriber_id, subscriber_id, NULL, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', %(day)s::date)
    FROM run_subscriber
    UNION ALL
    SELECT %(process)s, 'auth', auth_number, subscriber_id, member_seq, NULL,
           CASE WHEN code_before IS DISTINCT FROM code_after
               THEN jsonb_build_object('auth_code', code_before)
               ELSE jsonb_build_object(thru_column, thru_before) END,
           CASE WHEN code_before IS DISTINCT FROM code_after
               THEN jsonb_build_object('auth_code', code_after)
               ELSE jsonb_build_object(thru_column, thru_after) END
    FROM run_auth
    UNION ALL
    SELECT %(process)s, CASE WHEN division_id IS NULL THEN 'groups' ELSE 'groupdivision' END,
           coalesce(division_id, %(group)s), NULL, NULL, division_id,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', %(day)s::date)
    FROM run_stamp"""
