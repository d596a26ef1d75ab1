"""A worker that is killed, or loses its connections, at random moments of a large disenroll: it ends
complete or unchanged, nothing twice, and the queue goes on.

``CUT_ENROLLMENTS=100000 CUT_MOMENTS=20 pytest tests/enrollment/test_cut_off.py -s`` does it at full size,
in about twenty minutes (``CUT_KINDS=killed`` or ``cut``: one half of it); ``CUT_SEED`` repeats the moments of
an earlier run.
"""

import os
import random
import time

import pytest

from processes.models import VBAProcess
from processes.process_run import ProcessRun
from tests.benchmarks.enrolled import make_enrolled_group
from tests.enrollment import cutting
from tests.enrollment.world import Q, R
from tests.waiting import wait_until
from tests.work.workers import SHORT_LEASE, Worker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases="__all__", transaction=True)]

ENROLLMENTS = int(os.environ.get("CUT_ENROLLMENTS", "2000"))
MOMENTS = int(os.environ.get("CUT_MOMENTS", "4"))
KINDS = os.environ.get("CUT_KINDS", "killed,cut").split(",")
SEED = int(os.environ.get("CUT_SEED", time.time_ns() % 1_000_000))
PATIENCE = 60 + ENROLLMENTS / 1000


@pytest.fixture(autouse=True)
def _no_worker_stays():
    yield
    while Worker.alive:
        left = Worker.alive.pop()
        left.kill()
        _print(left.printed())


def _print(text):
    print(text, flush=True)  # noqa: T201 - pytest shows it with -s


class Story:
    """A large group, as it is, and as a disenrollment that no one disturbs leaves it."""

    def __init__(self, asking):
        self.asking = asking
        make_enrolled_group(cutting.DATABASE, ENROLLMENTS)
        self.start = cutting.digest()
        worker = Worker(lease=SHORT_LEASE).start()
        for _ in range(2):  # The first one of a worker is slower than all later ones.
            self._undisturbed()
            self.bring_back()
        worker.end()
        cutting.all_gone()

    def _undisturbed(self):
        key = self.disenroll()
        done = cutting.end_of(key, PATIENCE)
        assert done.process_result == "COMPLETED", self.asking.lines(key)
        self.seconds = (done.process_end - done.process_start).total_seconds()
        self.end, self.written = cutting.digest(), cutting.written(key)
        assert self.end != self.start
        assert self.written.changes == self.written.rows_changed > 4 * ENROLLMENTS

    def disenroll(self):
        asked = R | {"group_ID": "BIG"}
        return int(self.asking.queue("disenroll", asked, group="BIG")["vbaProcess_Key"])

    def bring_back(self):
        """Undo it: the next process of the queue, which must leave all as it was."""
        key = int(self.asking.queue("reenroll", Q, group="BIG")["vbaProcess_Key"])
        assert cutting.end_of(key, PATIENCE).process_result == "COMPLETED", self.asking.lines(key)
        assert cutting.digest() == self.start
        cutting.tidy()

    def must_be_complete_or_unchanged(self, key):
        """Look at all that there is at one moment; return whether the process is complete."""
        with cutting.snapshot():
            complete = VBAProcess.objects.get(vbaprocess_key=key).process_end is not None
            assert ProcessRun.objects.get(vbaprocess_key=key).state == ("ended" if complete else "running")
            assert cutting.digest() == (self.end if complete else self.start)
            assert cutting.written(key) == (self.written if complete else cutting.Written(0, 0, 0, 0))
        return complete

    def must_be_complete(self, key):
        """Wait for its end: everything is there, and once. Return how often it was begun."""
        assert cutting.end_of(key, PATIENCE).process_result == "COMPLETED", self.asking.lines(key)
        assert (cutting.digest(), cutting.written(key)) == (self.end, self.written)
        return ProcessRun.objects.get(vbaprocess_key=key).attempts

    def disenroll_until(self, moment):
        """Start a disenrollment, and return its key so long after it has begun."""
        key = self.disenroll()
        begun = VBAProcess.objects.filter(vbaprocess_key=key, process_start__isnull=False)
        wait_until(begun.exists, what="its start")
        time.sleep(moment)
        return key


def test_a_worker_cut_off_in_a_disenroll_leaves_it_complete_or_unchanged_and_once(asking):
    chance = random.Random(SEED)
    _print(f"\n{ENROLLMENTS:,} enrollments, CUT_SEED={SEED}")
    story = Story(asking)
    worker = Worker(lease=SHORT_LEASE).start()
    for kind in [kind for kind in KINDS for _ in range(MOMENTS)]:
        moment = chance.uniform(0, 1.05 * story.seconds)
        key = story.disenroll_until(moment)
        if kind == "killed":
            worker.kill()
            cutting.all_gone()
        else:
            kind = f"cut ({cutting.cut_connections(chance)})"
        complete = story.must_be_complete_or_unchanged(key)
        if worker.process.poll() is not None:
            worker = Worker(lease=SHORT_LEASE).start()
        attempts = story.must_be_complete(key)
        found = "complete" if complete else "unchanged"
        _print(f"{kind} after {moment:.2f} of {story.seconds:.2f} s: {found}, attempts {attempts}")
        assert attempts == 1 or not complete
        story.bring_back()
    worker.end()
