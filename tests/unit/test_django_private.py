"""The undocumented parts of Django that we use still exist, and do what we use them for."""

import inspect
import json

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CheckConstraint, Q, QuerySet
from django.db.models.signals import post_delete
from django.test.utils import CaptureQueriesContext

from groups.models import Group
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.schema.columns import rules
from tables.schema.django_private import check_condition, delete_at_once, transaction_place
from tables.write.engine import write
from tables.write.json_reading import JsonReader
from tests.api.published import GROUP

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def at_work():
    """A user works in VBA_Demo."""
    with databases.using("VBA_Demo"):
        yield


def parameters(function):
    return list(inspect.signature(function).parameters)


# --- CheckConstraint._get_check_sql ---


def test_a_check_constraint_still_has_a_method_for_its_condition():
    assert hasattr(CheckConstraint, "_get_check_sql"), "Django has moved CheckConstraint._get_check_sql."
    assert parameters(CheckConstraint._get_check_sql) == ["self", "model", "schema_editor"]


def test_the_condition_of_a_rule_is_sql_over_bare_column_names():
    (rule,) = (rule for rule in rules(GroupPlanYear) if rule.name == "groupplanyear_dates")
    editor = connections["VBA_Demo"].schema_editor()
    assert check_condition(rule, GroupPlanYear, editor) == '"thru_date" >= ("from_date")'


def test_the_condition_of_a_rule_has_its_values_in_place():
    rule = CheckConstraint(condition=~Q(name="it's"), name="example")
    condition = check_condition(rule, Group, connections["VBA_Demo"].schema_editor())
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(f"SELECT {condition} FROM (VALUES ('100%'), ('it''s')) AS t (name)")
        assert [is_true for (is_true,) in cursor.fetchall()] == [True, False]


# --- QuerySet._raw_delete ---


def test_a_queryset_still_has_a_method_that_deletes_without_the_collector():
    assert hasattr(QuerySet, "_raw_delete"), "Django has moved QuerySet._raw_delete."
    assert parameters(QuerySet._raw_delete) == ["self", "using"]


def test_rows_are_deleted_by_one_statement_and_without_signals():
    records = [GROUP.record(group_ID=key) for key in ("A", "B", "C")]
    write(Group, list(JsonReader(Group).read_array(json.dumps(records).encode()).accepted))
    heard = []
    post_delete.connect(lambda **signal: heard.append(signal), sender=Group, weak=False, dispatch_uid="heard")
    try:
        with CaptureQueriesContext(connections["VBA_Demo"]) as queries:
            assert delete_at_once(Group.objects.using("VBA_Demo").filter(group_id__in=["A", "B"])) == 2
    finally:
        post_delete.disconnect(sender=Group, dispatch_uid="heard")
    assert [each["sql"].split()[0] for each in queries] == ["DELETE"]
    assert [group.group_id for group in Group.objects.all()] == ["C"]
    assert not heard


# --- BaseDatabaseWrapper.atomic_blocks and savepoint_ids ---


def test_a_connection_still_keeps_its_transaction_and_savepoints():
    connection = connections["VBA_Demo"]
    assert isinstance(connection, BaseDatabaseWrapper)
    for name in ("in_atomic_block", "atomic_blocks", "savepoint_ids"):
        assert hasattr(connection, name), f"Django has moved BaseDatabaseWrapper.{name}."


def test_a_savepoint_is_a_place_within_its_transaction_and_gone_when_it_ends():
    connection = connections["VBA_Demo"]
    with transaction.atomic(using="VBA_Demo"):
        outside = transaction_place(connection)
        assert outside
        with transaction.atomic(using="VBA_Demo"):
            first = transaction_place(connection)
        assert transaction_place(connection) == outside
        with transaction.atomic(using="VBA_Demo"):
            second = transaction_place(connection)
    assert first[: len(outside)] == second[: len(outside)] == outside
    assert len(first) == len(second) == len(outside) + 1
    assert first != second


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_each_transaction_has_its_own_place_and_there_is_none_outside():
    connection = connections["VBA_Demo"]
    assert transaction_place(connection) == ()
    with transaction.atomic(using="VBA_Demo"):
        first = transaction_place(connection)
    with transaction.atomic(using="VBA_Demo"):
        second = transaction_place(connection)
    assert first != second
    assert transaction_place(connection) == ()
