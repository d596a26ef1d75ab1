"""Made-up records of every mirrored table, and what their tests have in common."""

import datetime

import pytest

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.acting import acting_as
from tables.columns import Kind, columns
from tables.registry import all_tables
from vbaadmin import databases

every_table = pytest.mark.parametrize("model", all_tables(), ids=lambda model: model.__name__)

YESTERDAY, TODAY, TOMORROW = (
    datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=n) for n in (-1, 0, 1)
)
KEYS = {"group_id": "G1", "division_id": "D1", "plan_year": "CY2024"}
LINEAGE = (Group, GroupDivision, GroupPlanYear)


def least(model, **values):
    """Return the values of a record with the made-up key and only what is required."""
    required = {column.db: 1 for column in columns(model) if column.required and not column.is_key}
    flags = {column.db: False for column in columns(model) if column.kind is Kind.FLAG and column.required}
    return {**required, **flags, **{name: KEYS[name] for name in model.key}, **values}


def have(model, **values):
    """Store a record, stamped by somebody else."""
    with databases.using("VBA_Demo"), acting_as("somebody"):
        return model.objects.create(**least(model, **values))


def have_with_parents(model, **values):
    """Store a record and everything above it."""
    above = [have(parent) for parent in LINEAGE[: LINEAGE.index(model)]]
    return [*above, have(model, **values)]


def listed(response):
    """Return the keys of the rows that a list shows, in its order."""
    return [" / ".join(row.key_values()) for row in response.context["cl"].result_list]
