"""Disenroll and reenroll while no worker runs: what is answered, refused, and canceled."""

import pytest

from groups.models import Group
from tests.enrollment import world
from tests.enrollment.cutting import end_of
from tests.enrollment.world import Q, R
from tests.work.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_25_one_unfinished_process_a_group(asking):
    world.make(Group, group_id="G2")
    key = asking.queue("disenroll", R)["vbaProcess_Key"]
    for path, body in (("disenroll", R), ("reenroll", Q)):
        assert asking.post(path, body) == (409, f"Process {key} of group 'G1' is unfinished.")
    assert asking.queue("disenroll", R | {"group_ID": "G2"}, group="G2")["process_Start"] is None


def test_what_was_asked_for_without_a_worker_runs_when_one_starts(asking):
    row = asking.queue("disenroll", R)
    assert (row["process_Start"], row["process_End"], row["process_Result"]) == (None, None, None)
    worker = Worker().start()
    try:
        done = end_of(int(row["vbaProcess_Key"]))
    finally:
        worker.end()
    assert done.process_result == "COMPLETED"
    assert done.entry_date < done.process_start < done.process_end
    assert world.spans() == {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}
