"""The SQL of made-up data (``manage.py seed_demo``): employers of all sizes and five years of coverage.

Nothing is random. Each number is the hash of a seed, a row number and a purpose, so the same seed makes the
same rows. ``%(year)s`` is the last year of the data; coverage begins five years before.

Temporary tables come first: ``demo_group`` (made-up or existing employers), ``demo_division``,
``demo_contract``, ``demo_subscriber`` and ``demo_enrollment``. Then one statement fills each table.
"""

# The rows are made valid, and no one needs a history of a million lines that say "created".
TRUSTED = "SELECT set_config('vba.spans_checked', 'on', true), set_config('vba.journaled', 'seed_demo', true)"

# A number from 0 up to 1 for a row and a purpose.
CHANCE = """
    CREATE OR REPLACE FUNCTION pg_temp.chance(seed int, n bigint, purpose text) RETURNS float
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT (hashtextextended(purpose || ':' || seed || ':' || n, 0) & 1048575) / 1048576.0 $$"""

# One of several texts.
PICK = """
    CREATE OR REPLACE FUNCTION pg_temp.pick(seed int, n bigint, purpose text, texts text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT texts[1 + floor(pg_temp.chance(seed, n, purpose) * cardinality(texts))::int] $$"""

# The made-up employers: whether members hold benefits, and for one in 25, when it left.
NEW_GROUPS = """
    CREATE TEMP TABLE demo_group ON COMMIT DROP AS
    SELECT g, 'D' || lpad(g::text, 6, '0') AS group_id,
           CASE WHEN g %% 10 = 3 THEN 'Y' ELSE 'N' END AS at_member,
           CASE WHEN g %% 25 = 7 THEN make_date(%(year)s, 1, 1) - 1
                + floor(pg_temp.chance(%(seed)s, g, 'left') * 300)::int END AS left_on
    FROM generate_series(1, %(groups)s) AS g"""

# Their divisions: some that are numbered, and one for COBRA.
NEW_DIVISIONS = """
    CREATE TEMP TABLE demo_division ON COMMIT DROP AS
    SELECT d.g, d.group_id, 'DIV' || n AS division_id, n, d.at_member, d.left_on,
           make_date(%(year)s - 5, 1, 1) AS began
    FROM demo_group AS d,
         generate_series(1, 1 + floor(pg_temp.chance(%(seed)s, d.g, 'divisions') * 4)::int) AS n
    UNION ALL
    SELECT g, group_id, 'COBRA', NULL, at_member, left_on, make_date(%(year)s - 5, 1, 1) FROM demo_group"""

# The existing employers, shuffled, without those who left before this year.
OLD_GROUPS = """
    CREATE TEMP TABLE demo_group ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY hashtextextended(group_id, %(seed)s)) AS g, group_id,
           CASE WHEN hashtextextended(group_id, 3) %% 10 = 3 THEN 'Y' ELSE 'N' END AS at_member,
           disenroll_date AS left_on
    FROM groups
    WHERE coalesce(disenroll_date, 'infinity') >= make_date(%(year)s - 1, 12, 31)
      AND coalesce(original_date, '-infinity') < make_date(%(year)s - 1, 1, 1)
      AND EXISTS (SELECT FROM groupdivision AS d
                  WHERE d.group_id = groups.group_id AND NOT coalesce(d.cobra_division, false)
                    AND coalesce(d.disenroll_date, 'infinity') >= make_date(%(year)s - 1, 12, 31)
                    AND coalesce(d.original_date, '-infinity') < make_date(%(year)s - 1, 1, 1))"""

# The divisions of the existing employers, chosen in the same way.
OLD_DIVISIONS = """
    CREATE TEMP TABLE demo_division ON COMMIT DROP AS
    SELECT g.g, g.group_id, d.division_id,
           CASE WHEN NOT coalesce(d.cobra_division, false) THEN row_number() OVER (
               PARTITION BY g.g, coalesce(d.cobra_division, false) ORDER BY d.division_id) END AS n,
           g.at_member, least(d.disenroll_date, g.left_on) AS left_on,
           greatest(d.original_date, make_date(%(year)s - 5, 1, 1)) AS began
    FROM groupdivision AS d JOIN demo_group AS g USING (group_id)
    WHERE coalesce(d.disenroll_date, 'infinity') >= make_date(%(year)s - 1, 12, 31)
      AND coalesce(d.original_date, '-infinity') < make_date(%(year)s - 1, 1, 1)"""

# Two contracts for each division, one after the other. A division that began late has only the newer.
CONTRACTS = """
    CREATE TEMP TABLE demo_contract ON COMMIT DROP AS
    SELECT d.group_id, d.division_id, d.at_member, greatest(c.first, d.began) AS first, c.last
    FROM demo_division AS d
    CROSS JOIN (VALUES (make_date(%(year)s - 5, 1, 1), make_date(%(year)s - 3, 12, 31)),
                       (make_date(%(year)s - 2, 1, 1), NULL::date)) AS c (first, last)
    WHERE d.began <= coalesce(c.last, 'infinity')"""

# Who works where, from when, until when. Large employers have many times the people of small ones. One in
# four people has left, and the others leave with the employer. Families have one to six people.
SUBSCRIBERS = """
    CREATE TEMP TABLE demo_subscriber ON COMMIT DROP AS
    SELECT s.n, s.subscriber_id, s.people, s.last_name, d.group_id, d.division_id, d.at_member, d.left_on,
           h.hired, least(h.resigned, d.left_on) AS gone_on,
           h.resigned IS NOT NULL AND (d.left_on IS NULL OR h.resigned < d.left_on) AS left_alone
    FROM (
        SELECT n, 'S' || lpad(n::text, 8, '0') AS subscriber_id,
               least(groups, floor(exp(pg_temp.chance(%(seed)s, n, 'group') * ln(groups + 1)))::int) AS g,
               pg_temp.chance(%(seed)s, n, 'division') AS where_in,
               pg_temp.chance(%(seed)s, n, 'leaves') AS leaves,
               make_date(%(year)s - 5, 1, 1)
                   + greatest(0, floor((pg_temp.chance(%(seed)s, n, 'hired') - 0.3) * 2400)::int) AS hired,
               (ARRAY[1, 1, 1, 2, 2, 3, 4, 4, 5, 6])
                   [1 + floor(pg_temp.chance(%(seed)s, n, 'family') * 10)::int] AS people,
               pg_temp.pick(%(seed)s, n, 'last', %(last_names)s::text[]) AS last_name
        FROM generate_series(1, %(subscribers)s) AS n, (SELECT count(*)::int AS groups FROM demo_group) AS d
    ) AS s
    JOIN (SELECT g, max(n) AS divisions FROM demo_division GROUP BY g) AS m USING (g)
    JOIN demo_division AS d ON d.g = s.g AND d.n = 1 + floor(s.where_in * m.divisions)::int
    CROSS JOIN LATERAL (SELECT greatest(s.hired, d.began) AS hired) AS b
    CROSS JOIN LATERAL (SELECT b.hired, CASE WHEN s.leaves < 0.25
        THEN b.hired + floor(s.leaves * 4 * 1400)::int END AS resigned) AS h"""

# The enrollments: one under the older contract, ending with it, and one under the newer.
ENROLLMENTS = """
    CREATE TEMP TABLE demo_enrollment ON COMMIT DROP AS
    SELECT s.n, s.subscriber_id, s.group_id, s.division_id, s.at_member, s.people, s.left_on, s.hired,
           c.first AS contract, greatest(s.hired, c.first) AS first, least(c.last, s.gone_on) AS last,
           CASE WHEN s.gone_on <= coalesce(c.last, 'infinity')
                THEN CASE WHEN s.left_alone THEN 2 ELSE 1 END END AS reason
    FROM demo_subscriber AS s JOIN demo_contract AS c USING (group_id, division_id)
    WHERE s.hired <= coalesce(c.last, 'infinity')
      AND coalesce(s.gone_on, 'infinity') >= greatest(s.hired, c.first)"""

# The tables that only made-up employers need.
OF_NEW_GROUPS = ("groups", "groupdivision", "groupplanyear")

# For each table the columns and the rows. The command fills required columns that are not listed.
TABLES: dict[str, tuple[str, str]] = {
    "reasons": (
        "reason_id, description, reason_type, cobra_length, cobra_length_type",
        """SELECT * FROM (VALUES
            (1, 'Group terminated', 'Group', NULL::int, NULL),
            (2, 'Employment ended', 'Employment', 18, 'Months'),
            (3, 'Hours reduced', 'Employment', 18, 'Months'),
            (4, 'Disability', 'Employment', 29, 'Months'),
            (5, 'Death of the subscriber', 'Family', 36, 'Months'),
            (6, 'Divorce', 'Family', 36, 'Months'),
            (7, 'Entitled to Medicare', 'Family', 36, 'Months'),
            (8, 'No longer a dependent', 'Family', 36, 'Months')) AS r (id, a, b, c, d)
        WHERE NOT EXISTS (SELECT FROM reasons WHERE reason_id = r.id)""",
    ),
    "groups": (
        "group_id, name, city, state, original_date, disenroll_date, total_employees",
        """SELECT d.group_id, pg_temp.pick(%(seed)s, d.g, 'name', %(last_names)s::text[]) || ' '
               || pg_temp.pick(%(seed)s, d.g, 'trade', %(trades)s::text[]),
               pg_temp.pick(%(seed)s, d.g, 'city', %(cities)s::text[]), 'OH', make_date(%(year)s - 5, 1, 1),
               left_on, coalesce(s.people, 0)
        FROM demo_group AS d
        LEFT JOIN (SELECT group_id, count(*) AS people FROM demo_subscriber GROUP BY group_id) AS s
            USING (group_id)""",
    ),
    "groupdivision": (
        "group_id, division_id, name, cobra_division, original_date, disenroll_date, default_cobra_reason",
        """SELECT group_id, division_id, coalesce('Division ' || n, 'COBRA'), n IS NULL, began, left_on, 2
        FROM demo_division""",
    ),
    "groupplanyear": (
        "group_id, division_id, plan_year, from_date, thru_date, plan_type",
        """SELECT group_id, division_id, 'CY' || y, make_date(y, 1, 1), make_date(y, 12, 31), 'CAL'
        FROM demo_division, generate_series(%(year)s - 5, %(year)s) AS y""",
    ),
    "groupcontract": (
        "group_id, division_id, coverage_start, coverage_end, benefit_at_member, policy_number",
        """SELECT group_id, division_id, first, last, at_member,
               left(group_id, 15) || '-' || extract(year FROM first)
        FROM demo_contract""",
    ),
    "groupcontractplan": (
        "group_id, division_id, coverage_start, plan_id",
        """SELECT group_id, division_id, first, p
        FROM demo_contract, unnest(ARRAY['MED', 'DEN', 'VIS']) AS p""",
    ),
    "subscribers": (
        "subscriber_id, first_name, last_name, city, state, date_enrolled, disenroll_date, status",
        """SELECT subscriber_id, pg_temp.pick(%(seed)s, n * 8 + 1, 'first', %(first_names)s::text[]),
               last_name, pg_temp.pick(%(seed)s, n, 'home', %(cities)s::text[]), 'OH', hired, gone_on,
               CASE WHEN gone_on IS NULL THEN 'ACTIVE' ELSE 'TERM' END
        FROM demo_subscriber""",
    ),
    "members": (
        "subscriber_id, member_seq, first_name, last_name, relationship, birth_date, sex, ssn, date_enrolled,"
        " disenroll_date",
        """SELECT s.subscriber_id, '0' || m,
               pg_temp.pick(%(seed)s, s.n * 8 + m, 'first', %(first_names)s::text[]), s.last_name,
               CASE m WHEN 1 THEN 'SELF' WHEN 2 THEN 'SPOUSE' ELSE 'CHILD' END,
               make_date(%(year)s - CASE WHEN m <= 2 THEN 25 ELSE 1 END, 1, 1)
                   - floor(pg_temp.chance(%(seed)s, s.n * 8 + m, 'born')
                           * CASE WHEN m <= 2 THEN 14000 ELSE 7000 END)::int,
               CASE WHEN pg_temp.chance(%(seed)s, s.n * 8 + m, 'sex') < 0.5 THEN 'F' ELSE 'M' END,
               '9' || lpad((s.n * 8 + m)::text, 8, '0'), s.hired, s.gone_on
        FROM demo_subscriber AS s, generate_series(1, s.people) AS m""",
    ),
    "subenrollment": (
        "subscriber_id, group_id, division_id, group_coverage_start, start_date, end_date,"
        " original_enrollment_date, date_employed",
        """SELECT subscriber_id, group_id, division_id, contract, first, last, hired, hired
        FROM demo_enrollment""",
    ),
    "subenrollmentplan": (
        "subscriber_id, group_id, division_id, group_coverage_start, start_date, plan_id, plan_start,"
        " plan_end, reason_id, tier",
        """SELECT e.subscriber_id, e.group_id, e.division_id, e.contract, e.first, p.plan, e.first, e.last,
               e.reason,
               CASE WHEN e.people = 1 THEN '1' WHEN e.people = 2 THEN '2' ELSE '3' END
        FROM demo_enrollment AS e
        CROSS JOIN (VALUES ('MED', 1.0), ('DEN', 0.7), ('VIS', 0.4)) AS p (plan, share)
        WHERE pg_temp.chance(%(seed)s, e.n, p.plan) < p.share""",
    ),
    "memenrollmentplan": (
        "subscriber_id, member_seq, group_id, division_id, group_coverage_start, sub_start_date, plan_id,"
        " plan_start, plan_end, reason_id, tier",
        """SELECT e.subscriber_id, '0' || m, e.group_id, e.division_id, e.contract, e.first, 'MED',
               e.first, e.last, e.reason, '1'
        FROM demo_enrollment AS e, generate_series(1, e.people) AS m
        WHERE e.at_member = 'Y'""",
    ),
    "auth": (
        "auth_number, subscriber_id, member_seq, plan_id, auth_code, approved_from, approved_thru, closed",
        """SELECT 'A' || lpad(n::text, 9, '0'), subscriber_id, '01', 'MED', 'OPEN',
               greatest(hired, make_date(%(year)s, 1, 1)), make_date(%(year)s, 12, 31), false
        FROM demo_subscriber WHERE n %% 20 = 0 AND gone_on IS NULL""",
    ),
    "disenrolllog": (
        "subscriber_id, member_seq, group_id, division_id, plan_id, coverage_start, disenroll_date,"
        " reason_id",
        """SELECT e.subscriber_id, '0' || m, e.group_id, e.division_id, p.plan_id, e.first, e.left_on, 1
        FROM demo_enrollment AS e
        JOIN subenrollmentplan AS p ON p.subscriber_id = e.subscriber_id AND p.group_id = e.group_id
            AND p.division_id = e.division_id AND p.group_coverage_start = e.contract
            AND p.start_date = e.first,
            generate_series(1, e.people) AS m
        WHERE e.reason = 1""",
    ),
}
