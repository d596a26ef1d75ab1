"""The SQL of lists of enrolled people: the same people, by the same conditions, as the summary counts.

A page starts after a key, not at a row number. It walks the index of enrollments by group, division and
subscriber, in each division only as far as one page needs. Without the filter ``today``, the lists have
everyone who was ever covered.
"""

from collections.abc import Collection

from enrollment.sql.conditions import CONTRACT_AT_MEMBER, covers, member_covers, void, void_plan
from enrollment.sql.summary import TODAY, is_covered
from members.finding import MOST_NAMES

# The key of a family (False) or a member (True).
_COLUMNS = {False: "e.subscriber_id, ''", True: "e.subscriber_id, m.member_seq"}

# The plan ``p`` is of the enrollment ``e`` and matches the filter.
_PLAN_OF_ENROLLMENT = """p.subscriber_id = e.subscriber_id AND p.group_id = e.group_id
            AND p.division_id = e.division_id AND p.group_coverage_start = e.group_coverage_start
            AND p.plan_id = %(plan)s AND (%(tier)s::text = '' OR p.tier = %(tier)s)"""


def _holds_plan(table: str, start: str, more: str, *, today: bool) -> str:
    """The enrollment has a matching plan in this table that is not void and, with ``today``, in force."""
    day = f" AND {covers('p.plan_start', 'p.plan_end', TODAY)}" if today else ""
    return f"""EXISTS (
            SELECT FROM {table} AS p WHERE {_PLAN_OF_ENROLLMENT} AND p.{start} = e.start_date{more}
            AND NOT {void_plan("p")}{day})"""


def _plan(*, members: bool, today: bool) -> str:
    """The family holds the plan of the filter. If members hold benefits, the member holds it."""
    family = _holds_plan("subenrollmentplan", "start_date", "", today=today)
    of_member = " AND p.member_seq = m.member_seq" if members else ""
    own = _holds_plan("memenrollmentplan", "sub_start_date", of_member, today=today)
    return f"CASE WHEN c.coverage_start IS NULL THEN {family} ELSE {own} END"


def _has_name(row: str, way: int) -> str:
    """The person's names begin with the names in the search, as one ``way`` reads them. A search without a
    first name matches any first name."""
    return f"""upper({row}.last_name) LIKE %(last_name_{way})s
            AND (%(first_name_{way})s = '' OR upper({row}.first_name) LIKE %(first_name_{way})s
                 OR upper({row}.first_name) = %(whole_first_name_{way})s)"""


# The families with a person whose name matches, for each way to read the search.
_PEOPLE = [
    f"SELECT n.subscriber_id FROM members AS n WHERE {_has_name('n', way)}" for way in range(MOST_NAMES)
]
# The family of the enrollment has such a person, or has this ID. Each is found by its index.
_FOUND = f"e.subscriber_id IN ({' UNION ALL '.join(_PEOPLE)} UNION ALL SELECT %(subscriber)s::text)"

# The member's name matches, or the family has this ID.
_NAMED = " OR ".join(f"({_has_name('m', way)})" for way in range(MOST_NAMES))
_IS_FOUND = f"(m.subscriber_id = %(subscriber)s OR {_NAMED})"


def _enrollments(filters: Collection[str], *, members: bool, division: str) -> tuple[str, list[str]]:
    """The enrollments that the filters select, in one division or a whole group: tables and conditions.

    ``filters`` are the names of those that are set: contract, today, plan, search.
    """
    today = "today" in filters
    # A subquery hides the group from the planner. It may believe that a group that was just loaded has one
    # enrollment, and would then compare each enrollment with each family found.
    conditions = ["e.group_id = (SELECT %(group)s::text)", f"NOT {void('e')}"]
    conditions += [f"e.division_id = {division}"] if division else []
    conditions += ["e.group_coverage_start = %(contract)s::date"] if "contract" in filters else []
    conditions += [covers("e.start_date", "e.end_date", TODAY)] if today else []
    conditions += [_FOUND] if "search" in filters else []
    conditions += [_plan(members=False, today=today)] if "plan" in filters and not members else []
    contract = f" LEFT JOIN {CONTRACT_AT_MEMBER}" if members or "plan" in filters else ""
    return f"subenrollment AS e{contract}", conditions


def _of_member(filters: Collection[str]) -> list[str]:
    """The conditions that the filters put on a member of the family."""
    today = "today" in filters
    conditions = ["m.subscriber_id = e.subscriber_id", is_covered("(c.coverage_start IS NOT NULL)")]
    conditions += [member_covers("m", TODAY)] if today else []
    conditions += [_plan(members=True, today=today)] if "plan" in filters else []
    return conditions + ([_IS_FOUND] if "search" in filters else [])


def _covered(filters: Collection[str], *, members: bool, division: str) -> str:
    """The enrollments that the filters select, each with its members if ``members``."""
    tables, conditions = _enrollments(filters, members=members, division=division)
    if members:
        tables, conditions = f"{tables}, members AS m", conditions + _of_member(filters)
    return f"FROM {tables} WHERE {' AND '.join(conditions)}"


def _in_scope(filters: Collection[str], *, members: bool) -> str:
    """The same, in the division of the filter, or else in the whole group."""
    division = "%(division)s" if "division" in filters else ""
    return _covered(filters, members=members, division=division)


def count(filters: Collection[str], *, members: bool) -> str:
    """Count the people, each once."""
    return f"""SELECT count(*) FROM (
        SELECT DISTINCT {_COLUMNS[members]} {_in_scope(filters, members=members)}) AS people"""


def all_keys(filters: Collection[str], *, members: bool) -> str:
    """Select the keys of all people, in order."""
    return f"SELECT DISTINCT {_COLUMNS[members]} {_in_scope(filters, members=members)} ORDER BY 1, 2"


def enrollments_of(filters: Collection[str], *, members: bool) -> str:
    """Select the keys of the people in some families, each with the enrollments that put them on the list."""
    scope = _in_scope([name for name in filters if name != "search"], members=members)
    return f"SELECT {_COLUMNS[members]}, e.id {scope} AND e.subscriber_id = ANY(%(subscribers)s::text[])"


def page_of_keys(filters: Collection[str], *, members: bool, backwards: bool) -> str:
    """Select the keys of one page: those after a key, or those before it, the nearest first.

    For members, select the families first. Each has at least one member, so the query looks at no more
    families than a page needs, whatever the planner expects of the members' dates.
    """
    beyond, order = ("<", "DESC") if backwards else (">", "ASC")
    families = _page_of_families(filters, members=members, beyond=beyond, order=order)
    if not members:
        return f"SELECT f.subscriber_id, '' FROM ({families}) AS f ORDER BY 1 {order}"
    return f"""
        WITH families AS MATERIALIZED ({families})
        SELECT DISTINCT {_COLUMNS[members]} {_in_scope(filters, members=members)}
            AND e.subscriber_id IN (SELECT f.subscriber_id FROM families AS f) AND {_position(beyond)}
        ORDER BY 1 {order}, 2 {order} LIMIT %(size)s"""


def _position(beyond: str) -> str:
    """The member comes after the key, or before it."""
    return f"(m.subscriber_id, m.member_seq) {beyond} (%(from_subscriber)s, %(from_member)s)"


def _page_of_families(filters: Collection[str], *, members: bool, beyond: str, order: str) -> str:
    """Select the families of one page, in each division by the index."""
    tables, conditions = _enrollments(filters, members=members, division="d.division_id")
    conditions += [f"e.subscriber_id {beyond}{'=' if members else ''} %(from_subscriber)s"]
    if members:
        of_member = " AND ".join([*_of_member(filters), _position(beyond)])
        tables += f" CROSS JOIN LATERAL (SELECT FROM members AS m WHERE {of_member} LIMIT 1) AS one"
    of_division = " AND d.division_id = %(division)s" if "division" in filters else ""
    return f"""
        SELECT DISTINCT k.subscriber_id
        FROM groupdivision AS d
        CROSS JOIN LATERAL (
            SELECT DISTINCT e.subscriber_id FROM {tables} WHERE {" AND ".join(conditions)}
            ORDER BY 1 {order} LIMIT %(size)s
        ) AS k
        WHERE d.group_id = %(group)s{of_division}
        ORDER BY 1 {order} LIMIT %(size)s"""
