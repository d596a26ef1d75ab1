"""Conditions and joins that several statements share, in the words of docs/enrollment.md.

``%(day)s`` is the disenroll date in the statements of disenrollments and reenrollments. A span is void if it
ends before it starts: it covers no day, and stays only as history.
"""


def void(row: str, start: str = "start_date", end: str = "end_date") -> str:
    """The row's span covers no day."""
    return f"coalesce({row}.{end} < {row}.{start}, false)"


def void_plan(row: str) -> str:
    """The span of a plan covers no day."""
    return void(row, "plan_start", "plan_end")


def covers(first: str, last: str, day: str) -> str:
    """The span from ``first`` through ``last`` (null: no end) covers the day."""
    return f"{first} <= {day} AND coalesce({last}, 'infinity') >= {day}"


def member_covers(row: str, day: str) -> str:
    """The member's own dates include the day. Without date_enrolled, they have no beginning."""
    return covers(f"coalesce({row}.date_enrolled, '-infinity')", f"{row}.disenroll_date", day)


def live_after_day(row: str, start: str = "start_date", end: str = "end_date") -> str:
    """The row's span is not void and continues after the disenroll date."""
    return f"({row}.{end} IS NULL OR ({row}.{end} > %(day)s::date AND {row}.{end} >= {row}.{start}))"


def in_scope(row: str) -> str:
    """The row belongs to the group, and to the division if one is given."""
    return f"{row}.group_id = %(group)s AND (%(division)s::text IS NULL OR {row}.division_id = %(division)s)"


def same_enrollment(left: str, right: str, left_start: str = "start_date") -> str:
    """Two rows belong to the same enrollment; ``left_start`` is the left one's column of the start."""
    return (
        f"{left}.subscriber_id = {right}.subscriber_id AND {left}.group_id = %(group)s"
        f" AND {left}.division_id = {right}.division_id"
        f" AND {left}.group_coverage_start = {right}.group_coverage_start"
        f" AND {left}.{left_start} = {right}.start_date"
    )


def overlaps(left_start: str, left_end: str, right_start: str, right_end: str) -> str:
    """Two spans, neither of them void, have a day in common."""
    return (
        f"{left_start} <= coalesce({right_end}, 'infinity')"
        f" AND {right_start} <= coalesce({left_end}, 'infinity')"
    )


# The contract of an enrollment ``e``, if members hold its benefits. If families do, its columns are null.
CONTRACT_AT_MEMBER = """groupcontract AS c ON c.benefit_at_member = 'Y' AND c.group_id = e.group_id
        AND c.division_id = e.division_id AND c.coverage_start = e.group_coverage_start"""
