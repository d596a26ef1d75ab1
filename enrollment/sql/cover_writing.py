"""The SQL that writes the new coverage that ``enrollment.sql.cover`` has worked out, and its journal."""

# How each statement here continues: it journals the rows that it has ``made`` or changed.
_JOURNAL = """
    INSERT INTO enrollmentchange
        (process_key, table_name, row_key, subscriber_id, member_seq, division_id, before, after)"""

# Make the new enrollments from their templates.
INSERT_ENROLLMENTS = f"""
    WITH made AS (
        INSERT INTO subenrollment
            (subscriber_id, group_id, division_id, group_coverage_start, start_date, end_date,
             annual_max, lifetime_max, date_employed, eligibility_date, original_enrollment_date,
             policy_number, entry_date, entry_user, update_date, update_user)
        SELECT e.subscriber_id, e.group_id, t.new_division, t.new_coverage_start, t.new_start, t.new_end,
               e.annual_max, e.lifetime_max, e.date_employed, e.eligibility_date, e.original_enrollment_date,
               e.policy_number, now(), %(user)s, now(), %(user)s
        FROM run_template AS t JOIN subenrollment AS e ON e.id = t.id
        WHERE t.problem IS NULL AND t.revived IS NULL
        RETURNING id, subscriber_id, division_id, start_date, end_date
    ) {_JOURNAL}
    SELECT %(process)s, 'subenrollment', id::text, subscriber_id, NULL, division_id, NULL,
           jsonb_build_object('start_date', start_date, 'end_date', end_date)
    FROM made"""

# Revive void enrollments that have the new key. A row that someone has just edited no longer has the values
# (``o``) to be journaled. It is left alone, and the process starts again. The same holds for plans below.
REVIVE_ENROLLMENTS = f"""
    WITH made AS (
        UPDATE subenrollment AS e
        SET end_date = t.new_end, term_date = NULL, update_date = now(), update_user = %(user)s
        FROM run_template AS t JOIN subenrollment AS o ON o.id = t.revived
        WHERE t.problem IS NULL AND e.id = t.revived AND e.end_date < e.start_date
          AND (e.end_date, e.term_date) IS NOT DISTINCT FROM (o.end_date, o.term_date)
        RETURNING e.id, e.subscriber_id, e.division_id, o.end_date AS end_before, o.term_date AS term_before,
                  e.end_date
    ) {_JOURNAL}
    SELECT %(process)s, 'subenrollment', id::text, subscriber_id, NULL, division_id,
           jsonb_build_object('end_date', end_before, 'term_date', term_before),
           jsonb_build_object('end_date', end_date, 'term_date', NULL)
    FROM made"""


# Revive plans that have the new key: void ones, and every plan of a revived enrollment.
REVIVE_PLANS = f"""
    WITH made AS (
        UPDATE subenrollmentplan AS p
        SET plan_end = n.new_end, reason_id = NULL, tier = n.tier, update_date = now(), update_user = %(user)s
        FROM run_new_plan AS n
        JOIN run_template AS t ON t.id = n.template AND t.problem IS NULL
        JOIN subenrollmentplan AS o ON o.subscriber_id = t.subscriber_id AND o.group_id = %(group)s
            AND o.division_id = t.new_division AND o.group_coverage_start = t.new_coverage_start
            AND o.start_date = t.new_start AND o.plan_id = n.plan_id AND o.plan_start = n.new_start
            AND (%(inserts)s OR o.plan_end < o.plan_start)
        WHERE n.problem IS NULL AND p.id = o.id
          AND (p.plan_end, p.reason_id, p.tier) IS NOT DISTINCT FROM (o.plan_end, o.reason_id, o.tier)
        RETURNING p.id, p.subscriber_id, NULL::varchar AS member_seq, p.division_id,
                  o.plan_end AS end_before, o.reason_id AS reason_before, o.tier AS tier_before,
                  p.plan_end, p.tier
    ) {_JOURNAL}
    SELECT %(process)s, 'subenrollmentplan', id::text, subscriber_id, member_seq, division_id,
           jsonb_build_object('plan_end', end_before, 'reason_id', reason_before, 'tier', tier_before),
           jsonb_build_object('plan_end', plan_end, 'reason_id', NULL, 'tier', tier)
    FROM made"""

# Make new plans from the old ones, unless the key exists: then the plan has been revived.
INSERT_PLANS = f"""
    WITH made AS (
        INSERT INTO subenrollmentplan
            (subscriber_id, group_id, division_id, group_coverage_start, start_date, plan_id,
             plan_start, plan_end, tier,
             dollar_amount, ltc_daily_benefit_amount, ltc_lifetime_max_amount, ltc_lifetime_max_days,
             ltc_lifetime_max_years, ltc_monthly_benefit_amount, use_volume_scale,
             application_received_date, writing_commissionagencyrep_key,
             entry_date, entry_user, update_date, update_user)
        SELECT t.subscriber_id, %(group)s::text, t.new_division, t.new_coverage_start,
               t.new_start, n.plan_id, n.new_start, n.new_end, n.tier,
               p.dollar_amount, p.ltc_daily_benefit_amount, p.ltc_lifetime_max_amount,
               p.ltc_lifetime_max_days, p.ltc_lifetime_max_years, p.ltc_monthly_benefit_amount,
               p.use_volume_scale, p.application_received_date, p.writing_commissionagencyrep_key,
               now(), %(user)s, now(), %(user)s
        FROM run_new_plan AS n
        JOIN run_template AS t ON t.id = n.template AND t.problem IS NULL
        JOIN subenrollmentplan AS p ON p.id = n.id
        WHERE n.problem IS NULL AND NOT EXISTS (
            SELECT FROM subenrollmentplan AS o
            WHERE o.subscriber_id = t.subscriber_id AND o.group_id = %(group)s
              AND o.division_id = t.new_division AND o.group_coverage_start = t.new_coverage_start
              AND o.start_date = t.new_start AND o.plan_id = n.plan_id AND o.plan_start = n.new_start)
        RETURNING id, subscriber_id, NULL::varchar AS member_seq, division_id,
                  plan_start, plan_end
    ) {_JOURNAL}
    SELECT %(process)s, 'subenrollmentplan', id::text, subscriber_id, member_seq, division_id, NULL,
           jsonb_build_object('plan_start', plan_start, 'plan_end', plan_end)
    FROM made"""

# Revive plans of members, as for those of enrollments.
REVIVE_MEMBER_PLANS = f"""
    WITH made AS (
        UPDATE memenrollmentplan AS p
        SET plan_end = n.new_end, reason_id = NULL, tier = n.tier, update_date = now(), update_user = %(user)s
        FROM run_new_member_plan AS n
        JOIN run_template AS t ON t.id = n.template AND t.problem IS NULL
        JOIN memenrollmentplan AS o ON o.subscriber_id = t.subscriber_id AND o.member_seq = n.member_seq
            AND o.group_id = %(group)s AND o.division_id = t.new_division
            AND o.group_coverage_start = t.new_coverage_start AND o.sub_start_date = t.new_start
            AND o.plan_id = n.plan_id AND o.plan_start = n.new_start
            AND (%(inserts)s OR o.plan_end < o.plan_start)
        WHERE n.problem IS NULL AND p.id = o.id
          AND (p.plan_end, p.reason_id, p.tier) IS NOT DISTINCT FROM (o.plan_end, o.reason_id, o.tier)
        RETURNING p.id, p.subscriber_id, p.member_seq, p.division_id,
                  o.plan_end AS end_before, o.reason_id AS reason_before, o.tier AS tier_before,
                  p.plan_end, p.tier
    ) {_JOURNAL}
    SELECT %(process)s, 'memenrollmentplan', id::text, subscriber_id, member_seq, division_id,
           jsonb_build_object('plan_end', end_before, 'reason_id', reason_before, 'tier', tier_before),
           jsonb_build_object('plan_end', plan_end, 'reason_id', NULL, 'tier', tier)
    FROM made"""

# Make new plans of members, unless the key exists.
INSERT_MEMBER_PLANS = f"""
    WITH made AS (
        INSERT INTO memenrollmentplan
            (subscriber_id, member_seq, group_id, division_id, group_coverage_start, sub_start_date, plan_id,
             plan_start, plan_end, tier,
             dollar_amount, ltc_daily_benefit_amount, ltc_lifetime_max_amount, ltc_lifetime_max_days,
             ltc_lifetime_max_years, ltc_monthly_benefit_amount, use_volume_scale,
             entry_date, entry_user, update_date, update_user)
        SELECT t.subscriber_id, n.member_seq, %(group)s::text, t.new_division, t.new_coverage_start,
               t.new_start, n.plan_id, n.new_start, n.new_end, n.tier,
               p.dollar_amount, p.ltc_daily_benefit_amount, p.ltc_lifetime_max_amount,
               p.ltc_lifetime_max_days, p.ltc_lifetime_max_years, p.ltc_monthly_benefit_amount,
               p.use_volume_scale,
               now(), %(user)s, now(), %(user)s
        FROM run_new_member_plan AS n
        JOIN run_template AS t ON t.id = n.template AND t.problem IS NULL
        JOIN memenrollmentplan AS p ON p.id = n.id
        WHERE n.problem IS NULL AND NOT EXISTS (
            SELECT FROM memenrollmentplan AS o
            WHERE o.subscriber_id = t.subscriber_id
              AND o.member_seq = n.member_seq AND o.group_id = %(group)s
              AND o.division_id = t.new_division AND o.group_coverage_start = t.new_coverage_start
              AND o.sub_start_date = t.new_start AND o.plan_id = n.plan_id AND o.plan_start = n.new_start)
        RETURNING id, subscriber_id, member_seq, division_id,
                  plan_start, plan_end
    ) {_JOURNAL}
    SELECT %(process)s, 'memenrollmentplan', id::text, subscriber_id, member_seq, division_id, NULL,
           jsonb_build_object('plan_start', plan_start, 'plan_end', plan_end)
    FROM made"""

# Clear the disenroll dates of members who come back.
CLEAR_MEMBERS = f"""
    WITH made AS (
        UPDATE members AS t SET disenroll_date = NULL FROM run_member AS r
        WHERE r.problem IS NULL AND r.before IS NOT NULL AND t.id = r.id AND t.disenroll_date = r.before
        RETURNING r.*
    ) {_JOURNAL}
    SELECT %(process)s, 'members', id::text, subscriber_id, member_seq, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', NULL)
    FROM made"""

# Clear the disenroll dates of their subscribers.
CLEAR_SUBSCRIBERS = f"""
    WITH made AS (
        UPDATE subscribers AS t SET disenroll_date = NULL, update_date = now(), update_user = %(user)s
        FROM run_subscriber AS r
        WHERE t.subscriber_id = r.subscriber_id AND t.disenroll_date = r.before
        RETURNING r.*
    ) {_JOURNAL}
    SELECT %(process)s, 'subscribers', subscriber_id, subscriber_id, NULL, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', NULL)
    FROM made"""

# Give authorizations their code back.
RESTORE_AUTHORIZATIONS = f"""
    WITH made AS (
        UPDATE auth AS t
        SET auth_code = r.before ->> 'auth_code', update_date = now(), update_user = %(user)s
        FROM run_auth AS r
        WHERE t.auth_number = r.auth_number AND t.auth_code IS NOT DISTINCT FROM r.after ->> 'auth_code'
        RETURNING r.*
    ) {_JOURNAL}
    SELECT %(process)s, 'auth', auth_number, subscriber_id, member_seq, NULL, after, before
    FROM made"""

# Clear the disenroll dates of divisions.
CLEAR_DIVISIONS = f"""
    WITH made AS (
        UPDATE groupdivision AS t SET disenroll_date = NULL, update_date = now(), update_user = %(user)s
        FROM run_stamp AS r
        WHERE t.group_id = %(group)s AND t.division_id = r.division_id AND t.disenroll_date = r.before
        RETURNING r.*
    ) {_JOURNAL}
    SELECT %(process)s, 'groupdivision', division_id, NULL, NULL, division_id,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', NULL)
    FROM made"""

# Clear the disenroll date of the group.
CLEAR_GROUP = f"""
    WITH made AS (
        UPDATE groups AS t SET disenroll_date = NULL, update_date = now(), update_user = %(user)s
        FROM run_stamp AS r
        WHERE t.group_id = %(group)s AND r.division_id IS NULL AND t.disenroll_date = r.before
        RETURNING r.*
    ) {_JOURNAL}
    SELECT %(process)s, 'groups', %(group)s, NULL, NULL, NULL,
           jsonb_build_object('disenroll_date', before), jsonb_build_object('disenroll_date', NULL)
    FROM made"""
