"""Records are staged for a block: they can be merged only inside it, and nothing is left after it."""

import json

import pytest
from django.db import InterfaceError, connections, transaction

from groups.models import Group
from tables.context import databases
from tables.context.actor import acting_as
from tables.schema.columns import find_column
from tables.write.json_reading import JsonReader
from tables.write.merging import merge
from tables.write.records import writable
from tables.write.sql.names import STAGING
from tables.write.staging import FEW, staged, staged_copy
from tests.api.published import GROUP

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def at_work():
    """Bob works in VBA_Demo, in one transaction."""
    with databases.using("VBA_Demo"), acting_as("bob"), transaction.atomic(using="VBA_Demo"):
        yield


@pytest.fixture(params=[1, FEW + 1], ids=["few", "many"])
def records(request):
    """Groups that were read."""
    sent = [GROUP.record(group_ID=f"G{n:03}") for n in range(request.param)]
    return list(JsonReader(Group).read_array(json.dumps(sent).encode()).accepted)


def is_staging_table_there():
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [STAGING])
        return cursor.fetchone()[0]


def test_staged_records_can_be_merged_inside_the_block(records):
    with staged(Group, writable(Group), records) as there:
        assert there.count == len(records)
        assert merge(there).created == {n for n, _ in records}
    assert Group.objects.count() == len(records)


def test_staged_records_cannot_be_merged_after_the_block(records):
    with staged(Group, writable(Group), records) as there:
        pass
    with pytest.raises(InterfaceError):
        merge(there)
    assert not Group.objects.exists()


def test_nothing_is_left_and_the_same_transaction_may_stage_again(records):
    for _ in range(2):
        with staged(Group, writable(Group), records) as there:
            assert is_staging_table_there() is there.is_table is (len(records) > FEW)
        assert not is_staging_table_there()


def test_a_copy_that_fails_stages_nothing():
    def fill(copy):
        raise LookupError

    with (
        pytest.raises(LookupError),
        transaction.atomic(using="VBA_Demo"),
        staged_copy(Group, writable(Group), fill),
    ):
        pytest.fail("there is nothing to merge")
    assert not is_staging_table_there()


def test_copy_tells_which_records_it_has_left_out():
    columns = [find_column(Group, "group_ID"), None, find_column(Group, "original_date")]

    def fill(copy):
        copy.write("1\tA\tignored\t2024-01-01\n2\tB\tignored\tnever\n3\tC\tignored\t\n")
        return [1, 2, 3]

    with staged_copy(Group, columns, fill, checking=True) as there:
        assert there.left_out == [2]
        assert [column.db for column in there.columns] == ["group_id", "original_date"]
