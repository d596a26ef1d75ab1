"""Copies a division with its contracts, their plans and its plan years, by one statement per table."""

from collections.abc import Collection

from django.db import connections, transaction

from groups.models import GroupContract, GroupContractPlan, GroupDivision
from planyears import sql
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.context.actor import acting_user
from tables.schema.models import Table

# Columns that a copy leaves out, because they record what happened to the source.
_LEFT_OUT: dict[type[Table], set[str]] = {
    GroupDivision: {"disenroll_date", "paid_through"},
    GroupContract: {"last_billed", "paid_through"},
    GroupContractPlan: {"paid_through"},
    GroupPlanYear: set(),
}


def copy_division(
    source: GroupDivision, group_id: str, division_id: str, tables: Collection[type[Table]]
) -> None:
    """Copy a division under a new key, with its rows of ``tables``, in the chosen target database.

    It copies contract plans only with their contracts. Raises IntegrityError if the key is taken.
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
            cursor.execute(sql.copy_rows(table, _LEFT_OUT[table]), params)
