"""Two loads into one table at the same time."""

import threading

import pytest
from django.db import connections

from groups.models import Group
from tables.context import databases
from tables.files.loading import load
from tables.files.readers import open_reader
from tables.files.source import open_source
from tests.files.rows import make
from tests.locks import somebody_waits
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_two_loads_that_change_the_same_rows_in_opposite_orders_both_end_well(file_of, monkeypatch):
    monkeypatch.setattr("tables.files.loading.SEGMENT", 1)
    half_way, go_on = {name: threading.Event() for name in "xy"}, threading.Event()
    done, failed = [], []

    def run(name, keys):
        # The lines are so long that each is its own segment.
        lines = [f"{key},{name * 150_000}" for key in keys]
        path = file_of("\n".join(["Group_ID,Notes", *lines, ""]).encode(), f"{name}.csv")

        def progress(loaded):
            if loaded.read == 2:
                half_way[name].set()
                assert go_on.wait(PATIENCE), "they did not meet"

        try:
            with databases.using("VBA_Demo"), open_source(path) as source:
                loaded = load(Group, source, open_reader(Group, source), progress=progress)
            done.append(loaded.counts["updated"])
        except AssertionError as error:
            failed.append(error)
        finally:
            connections.close_all()

    with databases.using("VBA_Demo"):
        for key in "AB":
            make(Group, group_id=key)
    threads = [threading.Thread(target=run, args=each) for each in (("x", "AB"), ("y", "BA"))]
    for thread in threads:
        thread.start()
    # The loads meet: each holds its first row before it reaches the other's, or one waits for the other to
    # end.
    wait_until(
        lambda: all(each.is_set() for each in half_way.values()) or somebody_waits(), what="their meeting"
    )
    go_on.set()
    for thread in threads:
        thread.join()
    assert (done, failed) == ([2, 2], [])
