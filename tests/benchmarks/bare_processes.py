"""The limit of disenroll and undo: bare SQL that writes the same rows of the group BIG, deciding nothing."""

from django.db import connections, transaction

_JOURNAL = (
    "INSERT INTO enrollmentchange"
    " (process_key, table_name, row_key, subscriber_id, member_seq, division_id, before, after)"
)
_END = "jsonb_build_object('{0}', NULL), jsonb_build_object('{0}', '2024-06-30'::date)"

# Each writes one table and journals what it has written.
_DISENROLL = (
    f"""WITH u AS (UPDATE subenrollment SET end_date = '2024-06-30', update_date = now(), update_user = 'bare'
        WHERE group_id = 'BIG' RETURNING id, subscriber_id, division_id)
    {_JOURNAL} SELECT 1, 'subenrollment', id::text, subscriber_id, NULL, division_id,
        {_END.format("end_date")} FROM u""",
    f"""WITH u AS (UPDATE subenrollmentplan SET plan_end = '2024-06-30', reason_id = 1, update_date = now(),
        update_user = 'bare' WHERE group_id = 'BIG' RETURNING id, subscriber_id, division_id)
    {_JOURNAL} SELECT 1, 'subenrollmentplan', id::text, subscriber_id, NULL, division_id,
        jsonb_build_object('plan_end', NULL, 'reason_id', NULL),
        jsonb_build_object('plan_end', '2024-06-30'::date, 'reason_id', 1) FROM u""",
    f"""WITH u AS (UPDATE members SET disenroll_date = '2024-06-30' RETURNING id, subscriber_id, member_seq)
    {_JOURNAL} SELECT 1, 'members', id::text, subscriber_id, member_seq, NULL, {_END.format("disenroll_date")}
    FROM u""",
    f"""WITH u AS (UPDATE subscribers SET disenroll_date = '2024-06-30', update_date = now(),
        update_user = 'bare' RETURNING subscriber_id)
    {_JOURNAL} SELECT 1, 'subscribers', subscriber_id, subscriber_id, NULL, NULL,
        {_END.format("disenroll_date")} FROM u""",
    """INSERT INTO disenrolllog (subscriber_id, member_seq, group_id, division_id, plan_id, coverage_start,
        disenroll_date, reason_id, entry_date, entry_user, update_date, update_user)
    SELECT m.subscriber_id, m.member_seq, 'BIG', p.division_id, p.plan_id, p.start_date, '2024-06-30', 1,
        now(), 'bare', now(), 'bare'
    FROM members AS m JOIN subenrollmentplan AS p USING (subscriber_id)""",
    "UPDATE groupdivision SET disenroll_date = '2024-06-30'",
    "UPDATE groups SET disenroll_date = '2024-06-30'",
)
_UNDO = tuple(
    statement.replace("'2024-06-30'", "NULL").replace("reason_id = 1", "reason_id = NULL")
    for statement in _DISENROLL
    if "disenrolllog (" not in statement
)


def _run(database: str, statements: tuple[str, ...]) -> None:
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        cursor.execute("SELECT set_config('vba.journaled', '1', true)")
        cursor.execute("SELECT set_config('vba.spans_checked', 'on', true)")
        for statement in statements:
            cursor.execute(statement)


def bare_disenroll(database: str) -> None:
    """Write what a disenroll of the whole group writes."""
    _run(database, _DISENROLL)


def bare_undo(database: str) -> None:
    """Write what its undo writes."""
    _run(database, _UNDO)
