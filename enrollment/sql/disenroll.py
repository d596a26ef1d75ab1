"""The SQL that works out into temporary tables what a disenrollment will change, and counts it.

A preview stops here; ``enrollment.sql.disenroll_writing`` writes it. The tables are ``run_held`` (the locked
families), ``run_family`` (the families with selected enrollments), ``run_enrollment`` (the selected
enrollments), ``run_plan`` and ``run_member_plan`` (their plans that are live after the day), ``run_member``
(members whose coverage ends), ``run_subscriber``, ``run_auth``, ``run_stamp`` (the group and divisions that
get the date) and ``run_warned``.
"""

from enrollment.sql.conditions import in_scope, live_after_day, same_enrollment
from enrollment.sql.process import hold_families, hold_more

# The disenrollment selects the enrollment ``e``. With disenrollFuture 3, it does not select enrollments that
# start after the day.
_SELECTED = f"{in_scope('e')} AND {live_after_day('e')} AND (e.start_date <= %(day)s::date OR %(future)s = 2)"


def _new_end(start: str) -> str:
    """The new end of a span that is live after the day: the day itself. A span that starts after the day ends
    the day before its start, which makes it void."""
    return f"CASE WHEN {start} <= %(day)s::date THEN %(day)s::date ELSE {start} - 1 END"


def _goes_on(column: str) -> str:
    """The disenroll date is empty, or after the day."""
    return f"({column} IS NULL OR {column} > %(day)s::date)"


# The families with selected enrollments.
_FAMILIES = f"SELECT e.subscriber_id FROM subenrollment AS e WHERE {_SELECTED}"

# Lock these families.
LOCK_FAMILIES = hold_families(_FAMILIES, locking=True)

# Also lock families that came while we waited for the first locks.
LOCK_MORE_FAMILIES = hold_more(_FAMILIES)

# Take the families without a lock, for a preview.
TAKE_FAMILIES_UNLOCKED = hold_families(_FAMILIES, locking=False)

# The families that still have selected enrollments now that they are locked, and whether another enrollment
# of any group keeps them covered after the day. Except with disenrollFamily 3, their enrollments end as a
# whole.
TAKE_FAMILIES = f"""
    CREATE TEMP TABLE run_family ON COMMIT DROP AS
    SELECT f.subscriber_id, NULL::varchar AS insured, %(family)s <> 3 AS ends,
           EXISTS (SELECT FROM subenrollment AS e
                   WHERE e.subscriber_id = f.subscriber_id AND {live_after_day("e")} AND NOT ({_SELECTED}))
               AS keeps_cover
    FROM run_held AS f
    WHERE f.subscriber_id IN (SELECT e.subscriber_id FROM subenrollment AS e WHERE {_SELECTED})"""

# The insured of each family (its lowest member). With disenrollFamily 2, an enrollment ends as a whole if the
# family has no dependent who is active after the day.
FIND_INSURED = f"""
    UPDATE run_family AS f SET
        insured = m.insured,
        ends = %(family)s = 2 AND m.active = (m.first_active IS NOT DISTINCT FROM m.insured)::int
    FROM (
        SELECT m.subscriber_id, min(m.member_seq) AS insured,
               count(*) FILTER (WHERE {_goes_on("m.disenroll_date")}) AS active,
               min(m.member_seq) FILTER (WHERE {_goes_on("m.disenroll_date")}) AS first_active
        FROM members AS m JOIN run_family USING (subscriber_id)
        GROUP BY m.subscriber_id
    ) AS m
    WHERE m.subscriber_id = f.subscriber_id"""

# The selected enrollments, each with its new end if it ends.
TAKE_ENROLLMENTS = f"""
    CREATE TEMP TABLE run_enrollment ON COMMIT DROP AS
    SELECT e.id, e.subscriber_id, e.division_id, e.group_coverage_start, e.start_date,
           e.end_date AS end_before, {_new_end("e.start_date")} AS end_after, e.term_date AS term_before,
           coalesce(%(term)s::date, e.term_date) AS term_after,
           coalesce(c.benefit_at_member = 'Y', false) AS at_member, f.ends
    FROM subenrollment AS e
    JOIN run_family AS f ON f.subscriber_id = e.subscriber_id
    LEFT JOIN groupcontract AS c ON c.group_id = e.group_id AND c.division_id = e.division_id
        AND c.coverage_start = e.group_coverage_start
    WHERE {_SELECTED}"""

# Their plans that are live after the day. The plans of enrollments that end will end too.
TAKE_PLANS = f"""
    CREATE TEMP TABLE run_plan ON COMMIT DROP AS
    SELECT p.id, e.id AS enrollment, p.subscriber_id, p.division_id, p.plan_id,
           p.plan_end AS end_before, {_new_end("p.plan_start")} AS end_after, p.reason_id AS reason_before,
           e.at_member, e.ends
    FROM run_enrollment AS e
    JOIN subenrollmentplan AS p ON {same_enrollment("p", "e")}
    WHERE {live_after_day("p", "plan_start", "plan_end")}"""

# The plans of members that will end: all of an enrollment that ends, else those of the insured
# (disenrollFamily 2) or of the dependents (3).
TAKE_MEMBER_PLANS = f"""
    CREATE TEMP TABLE run_member_plan ON COMMIT DROP AS
    SELECT p.id, e.id AS enrollment, p.subscriber_id, p.member_seq, p.division_id, p.plan_id,
           p.plan_end AS end_before, {_new_end("p.plan_start")} AS end_after, p.reason_id AS reason_before,
           e.at_member
    FROM run_enrollment AS e
    JOIN run_family AS f ON f.subscriber_id = e.subscriber_id
    JOIN memenrollmentplan AS p ON {same_enrollment("p", "e", "sub_start_date")}
    WHERE {live_after_day("p", "plan_start", "plan_end")}
      AND (e.ends OR (p.member_seq = f.insured) = (%(family)s = 2))"""

# The members whose coverage ends. They get the disenroll date, unless the family stays covered.
TAKE_MEMBERS = f"""
    CREATE TEMP TABLE run_member ON COMMIT DROP AS
    SELECT m.id, m.subscriber_id, m.member_seq, m.disenroll_date AS before, NOT f.keeps_cover AS dated,
           CASE WHEN m.continue_coverage THEN coalesce(m.continue_coverage_end_date, 'infinity')
                ELSE '-infinity' END AS continued_until
    FROM run_family AS f
    JOIN members AS m ON m.subscriber_id = f.subscriber_id
    WHERE {_goes_on("m.disenroll_date")} AND (f.ends OR (m.member_seq = f.insured) = (%(family)s = 2))"""

# The subscribers who get the date: those of enrollments that end, unless the family stays covered.
TAKE_SUBSCRIBERS = f"""
    CREATE TEMP TABLE run_subscriber ON COMMIT DROP AS
    SELECT s.subscriber_id, s.disenroll_date AS before
    FROM run_family AS f
    JOIN subscribers AS s ON s.subscriber_id = f.subscriber_id
    WHERE f.ends AND NOT f.keeps_cover AND {_goes_on("s.disenroll_date")}"""

# The new lines of DisenrollLog: one for each enrollment, ended member and plan. If members hold benefits,
# only for the pairs of member and plan that end; else for every plan, or one line if there is no plan.
LOG_LINES = """
    SELECT m.subscriber_id, m.member_seq, e.division_id, e.start_date, p.plan_id
    FROM run_enrollment AS e
    JOIN run_member AS m ON m.subscriber_id = e.subscriber_id
    LEFT JOIN run_plan AS p ON p.enrollment = e.id
    WHERE NOT e.at_member
    UNION ALL
    SELECT m.subscriber_id, m.member_seq, e.division_id, e.start_date, p.plan_id
    FROM run_enrollment AS e
    JOIN run_member_plan AS p ON p.enrollment = e.id
    JOIN run_member AS m ON m.subscriber_id = p.subscriber_id AND m.member_seq = p.member_seq
    WHERE e.at_member"""

# The authorizations of ended members for a plan that is logged for them; those for no plan, if the member
# gets the date. Their window is the approved one, or else the requested one. If it starts after the cut-off,
# the authorization is canceled; if it continues past the cut-off, it is cut. The cut-off is the day, or a
# later end of continued coverage.
TAKE_AUTHORIZATIONS = """
    CREATE TEMP TABLE run_auth ON COMMIT DROP AS
    SELECT auth_number, subscriber_id, member_seq, thru_column, auth_code AS code_before, thru AS thru_before,
           CASE WHEN "from" > cut_off THEN %(auth_code)s ELSE auth_code END AS code_after,
           CASE WHEN "from" > cut_off THEN thru ELSE cut_off END AS thru_after
    FROM (
        SELECT a.auth_number, a.subscriber_id, a.member_seq, a.auth_code,
               CASE WHEN a.approved_from IS NOT NULL THEN 'approved_thru' ELSE 'requested_thru' END
                   AS thru_column,
               coalesce(a.approved_from, a.requested_from, '-infinity'::date) AS "from",
               CASE WHEN a.approved_from IS NOT NULL THEN a.approved_thru ELSE a.requested_thru END AS thru,
               greatest(%(day)s::date, m.continued_until) AS cut_off
        FROM run_member AS m
        JOIN auth AS a ON a.subscriber_id = m.subscriber_id AND a.member_seq = m.member_seq
        WHERE m.continued_until < 'infinity'
          AND CASE
              WHEN a.plan_id IS NULL THEN m.dated
              ELSE EXISTS (SELECT FROM run_plan AS p WHERE NOT p.at_member
                           AND p.subscriber_id = a.subscriber_id AND p.plan_id = a.plan_id)
                OR EXISTS (SELECT FROM run_member_plan AS p WHERE p.at_member
                           AND p.subscriber_id = a.subscriber_id AND p.member_seq = a.member_seq
                           AND p.plan_id = a.plan_id)
              END
    ) AS touched
    WHERE ("from" > cut_off AND auth_code IS DISTINCT FROM %(auth_code)s)
       OR ("from" <= cut_off AND (thru IS NULL OR thru > cut_off))"""

# The same table without rows, if authorizations do not end.
TAKE_NO_AUTHORIZATIONS = f"{TAKE_AUTHORIZATIONS} LIMIT 0"

# The group and the divisions that get the day as their disenroll date; an earlier one stays.
TAKE_STAMPS = f"""
    CREATE TEMP TABLE run_stamp ON COMMIT DROP AS
    SELECT NULL::varchar AS division_id, g.disenroll_date AS before
    FROM groups AS g
    WHERE g.group_id = %(group)s AND %(stamps_group)s AND {_goes_on("g.disenroll_date")}
    UNION ALL
    SELECT d.division_id, d.disenroll_date
    FROM groupdivision AS d
    WHERE {in_scope("d")} AND %(family)s = 1 AND {_goes_on("d.disenroll_date")}"""

# How many rows will change in each division in scope.
COUNT_BY_DIVISION = f"""
    SELECT division_id, sum(enrollments)::bigint, sum(plans)::bigint, sum(member_plans)::bigint,
           sum(log_rows)::bigint
    FROM (
        SELECT division_id, count(*) FILTER (WHERE ends) AS enrollments, 0 AS plans, 0 AS member_plans,
               0 AS log_rows
        FROM run_enrollment GROUP BY division_id
        UNION ALL
        SELECT division_id, 0, count(*) FILTER (WHERE ends), 0, 0 FROM run_plan GROUP BY division_id
        UNION ALL
        SELECT division_id, 0, 0, count(*), 0 FROM run_member_plan GROUP BY division_id
        UNION ALL
        SELECT division_id, 0, 0, 0, count(*) FROM ({LOG_LINES}) AS logged GROUP BY division_id
        UNION ALL
        SELECT d.division_id, 0, 0, 0, 0 FROM groupdivision AS d WHERE {in_scope("d")}
    ) AS counted
    GROUP BY division_id ORDER BY division_id"""

# Count the rows to change that do not belong to a division.
COUNT_OTHERS = """
    SELECT (SELECT count(*) FROM run_member WHERE dated),
           (SELECT count(*) FROM run_subscriber),
           (SELECT count(*) FROM run_auth),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NOT NULL),
           (SELECT count(*) FROM run_stamp WHERE division_id IS NULL)"""

# The warnings: enrollments of the group that stay live outside the disenrolled division; families whose
# enrollment continues with fewer members, so its tier may be too high; and enrollments that someone was
# adding while the families were being locked, which only the next disenrollment ends.
TAKE_WARNINGS = f"""
    CREATE TEMP TABLE run_warned ON COMMIT DROP AS
    SELECT 'alive' AS problem, e.subscriber_id, NULL::varchar AS member_seq, e.division_id, e.start_date
    FROM subenrollment AS e
    WHERE %(stamps_group)s AND e.group_id = %(group)s AND e.division_id <> %(division)s::text
      AND {live_after_day("e")}
    UNION ALL
    SELECT DISTINCT 'tier', subscriber_id, NULL, NULL, NULL::date
    FROM run_member JOIN run_family USING (subscriber_id)
    WHERE NOT ends
    UNION ALL
    SELECT 'added', e.subscriber_id, NULL, e.division_id, e.start_date
    FROM subenrollment AS e
    WHERE {_SELECTED} AND e.subscriber_id NOT IN (SELECT subscriber_id FROM run_held)"""

# A sample of families, with the selected enrollments. An enrollment in which only members end keeps its end.
SAMPLE = """
    SELECT e.subscriber_id, e.division_id, e.start_date, e.end_before,
           CASE WHEN e.ends THEN e.end_after ELSE e.end_before END,
           (SELECT count(*) FROM run_member AS m WHERE m.subscriber_id = e.subscriber_id)
    FROM run_enrollment AS e
    WHERE e.subscriber_id IN (SELECT subscriber_id FROM run_family ORDER BY subscriber_id LIMIT %(limit)s)
    ORDER BY e.subscriber_id, e.division_id, e.start_date"""
