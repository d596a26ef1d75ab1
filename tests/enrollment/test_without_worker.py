"""Disenroll and reenroll while no worker runs: what is answered, refused, and cancelled."""

import pytest

from groups.models import Group
from tests.enrollment import world
from tests.enrollment.world import Q, R

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_25_one_unfinished_process_a_group(asking):
    world.make(Group, group_id="G2")
    key = asking.queue("disenroll", R)["vbaProcess_Key"]
    for path, body in (("disenroll", R), ("reenroll", Q)):
        assert asking.post(path, body) == (409, f"Process {key} is unfinished for group 'G1'.")
    assert asking.queue("disenroll", R | {"group_ID": "G2"}, group="G2")["process_Start"] is None
