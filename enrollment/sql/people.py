"""The SQL of subscribers: who is active, and whom a new enrollment brings back."""

# The columns of an active subscriber, under their API names.
ACTIVE_COLUMNS = {
    "subscriberId": "e.subscriber_id",
    "memberSeq": "m.member_seq",
    "birthDate": "m.birth_date",
    "firstName": "coalesce(m.first_name, s.first_name)",
    "lastName": "coalesce(m.last_name, s.last_name)",
    "planDescription": "p.plan_id",
    "tierDescription": "p.tier",
    "startDate": "e.start_date",
    "endDate": "e.end_date",
}

# Enrollments, each with its plans that include the day. An enrollment without such a plan has one row.
_ENROLLMENTS = """
    FROM subenrollment AS e
    LEFT JOIN subenrollmentplan AS p
        ON p.subscriber_id = e.subscriber_id AND p.group_id = e.group_id AND p.division_id = e.division_id
        AND p.group_coverage_start = e.group_coverage_start AND p.start_date = e.start_date
        AND p.plan_start <= %(day)s::date AND (p.plan_end IS NULL OR p.plan_end >= %(day)s::date)"""

# The insured of each enrollment: the subscriber ``s``, and the lowest member ``m``.
_INSURED = """
    JOIN subscribers AS s ON s.subscriber_id = e.subscriber_id
    LEFT JOIN LATERAL (
        SELECT member_seq, birth_date, first_name, last_name FROM members
        WHERE subscriber_id = e.subscriber_id ORDER BY member_seq LIMIT 1
    ) AS m ON true"""


def _holds_on_day(*, group: bool, division: bool) -> str:
    """The enrollment includes the day, and is of the group and the division if these are given."""
    return (
        "e.start_date <= %(day)s::date AND (e.end_date IS NULL OR e.end_date >= %(day)s::date)"
        + (" AND e.group_id = %(group)s" if group else "")
        + (" AND e.division_id = %(division)s" if division else "")
    )


def count_active(*, group: bool, division: bool) -> str:
    """Count the rows of ``select_active``."""
    return f"SELECT count(*) {_ENROLLMENTS} WHERE {_holds_on_day(group=group, division=division)}"


def select_active(order: str, *, group: bool, division: bool) -> str:
    """Select one page of the enrollments that include the day, by plan, with the insured's name.

    The query looks up the insured only for the rows of the page, unless the order needs their columns.
    """
    holds = _holds_on_day(group=group, division=division)
    if "m." in order:
        return f"""
        SELECT {", ".join(ACTIVE_COLUMNS.values())}
        {_ENROLLMENTS} {_INSURED}
        WHERE {holds} ORDER BY {order} LIMIT %(size)s OFFSET %(start)s"""
    return f"""
        SELECT {_of_page(", ".join(ACTIVE_COLUMNS.values()))} FROM (
            SELECT e.subscriber_id, e.group_id, e.division_id, e.start_date, e.end_date, p.plan_id, p.tier
            {_ENROLLMENTS}
            WHERE {holds} ORDER BY {order} LIMIT %(size)s OFFSET %(start)s
        ) AS e {_INSURED} ORDER BY {_of_page(order)}"""


def _of_page(columns: str) -> str:
    """The columns as the page names them: those of plans ``p`` are columns of ``e`` there."""
    return columns.replace("p.", "e.")


# Bring back members whose coverage ended before the enrollment starts, except those who have died.
BRING_BACK_MEMBERS = """
    UPDATE members SET disenroll_date = NULL
    WHERE subscriber_id = %(subscriber)s AND disenroll_date < %(start)s::date AND date_of_death IS NULL
        AND (%(all)s OR member_seq = (
            SELECT min(member_seq) FROM members WHERE subscriber_id = %(subscriber)s))"""

# Bring back the subscriber in the same way.
BRING_BACK_SUBSCRIBER = """
    UPDATE subscribers SET disenroll_date = NULL, update_date = now(), update_user = %(user)s
    WHERE subscriber_id = %(subscriber)s AND disenroll_date < %(start)s::date"""
