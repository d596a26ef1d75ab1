"""Made-up records of every mirrored table, and what their tests have in common."""

import datetime

import pytest

from enrollment.models import SubEnrollment
from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.context.actor import acting_as
from tables.context.days import business_date
from tables.schema.column import Kind
from tables.schema.columns import columns, key_columns, parents
from tables.schema.registry import all_tables

every_table = pytest.mark.parametrize("model", all_tables(), ids=lambda model: model.__name__)

# The business day, which tests/postgres.py has chosen so that it lasts until the tests are over.
YESTERDAY, TODAY, TOMORROW = (business_date() + datetime.timedelta(days=n) for n in (-1, 0, 1))
KEYS = {"group_id": "G1", "division_id": "D1", "plan_year": "CY2024"}
LINEAGE = (Group, GroupDivision, GroupPlanYear)


def least(model, **values):
    """Return the values of a record with the made-up key and only what is required."""
    made_up = {Kind.FLAG: False, Kind.DAY: datetime.date(2024, 1, 1)}
    required = {
        column.db: KEYS.get(column.db, made_up.get(column.kind, 1))
        for column in columns(model)
        if column.required or column.is_key
    }
    return {**required, **values}


def numbered(model, n):
    """Return the last column of the key as the ``n``th of records that differ in it alone."""
    last = key_columns(model)[-1]
    day = datetime.date(2000, 1, 1) + datetime.timedelta(days=n)
    value = {Kind.INTEGER: 10 + n, Kind.DAY: day}.get(last.kind, str(10 + n))
    # Void, so that enrollments do not overlap.
    void = {"end_date": day - datetime.timedelta(days=1)} if model is SubEnrollment else {}
    return {last.db: value, **void}


def have(model, **values):
    """Store a record, stamped by somebody else."""
    with databases.using("VBA_Demo"), acting_as("somebody"):
        return model.objects.create(**least(model, **values))


def have_with_parents(model, **values):
    """Store a record and everything above it."""
    above = [have(parent) for parent in _ancestors(model)]
    return [*above, have(model, **values)]


def _ancestors(model):
    """Return all tables above this one, the highest first, each once."""
    found = []
    for parent in parents(model):
        above = parent.parent_model(model)
        found += [each for each in (*_ancestors(above), above) if each not in found]
    return found


def listed(response):
    """Return the keys of the rows that a list shows, in its order."""
    return [" / ".join(row.key_values()) for row in response.context["cl"].result_list]
