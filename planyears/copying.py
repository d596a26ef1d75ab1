"""Copying a division with its contracts, their plans and its plan years, each by one statement."""

from collections.abc import Collection

from django.db import connections, transaction

from groups.models import GroupContract, GroupContractPlan, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.context.actor import acting_user
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.write.sql.names import quote

# What has happened to the source has not happened to the copy.
_LEFT_OUT = {
    GroupDivision: {"disenroll_date", "paid_through"},
    GroupContract: {"last_billed", "paid_through"},
    GroupContractPlan: {"paid_through"},
    GroupPlanYear: set[str](),
}


def copy_division(
    source: GroupDivision, group_id: str, division_id: str, tables: Collection[type[Table]]
) -> None:
    """Copy a division under a new key, with its rows of ``tables``, in the chosen target database.

    Contract plans come only with their contracts. Raises IntegrityError where the key is taken.
    """
    wanted = [table for table in (GroupContract, GroupContractPlan, GroupPlanYear) if table in tables]
    if GroupContract not in wanted:
        wanted = [table for table in wanted if table is not GroupContractPlan]
    params = {
        "from_group": source.group_id,
        "from_division": source.division_id,
        "group": group_id,
        "division": division_id,
        "user": acting_user(),
    }
    using = databases.chosen()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for table in (GroupDivision, *wanted):
            cursor.execute(_copy(table), params)


def _copy(table: type[Table]) -> str:
    """Copy a division's rows of a table to another key, freshly stamped."""
    copied = {
        column.db: quote(column.db)
        for column in columns(table)
        if not column.is_stamp and column.db not in _LEFT_OUT[table]
    }
    copied |= {"group_id": "%(group)s", "division_id": "%(division)s"}
    copied |= {
        "entry_date": "now()",
        "update_date": "now()",
        "entry_user": "%(user)s",
        "update_user": "%(user)s",
    }
    return f"""
        INSERT INTO {quote(table._meta.db_table)} ({", ".join(map(quote, copied))})
        SELECT {", ".join(copied.values())} FROM {quote(table._meta.db_table)}
        WHERE group_id = %(from_group)s AND division_id = %(from_division)s"""
