"""A worker for a module of tests, and ``f``: fixture F in VBA_Demo, asked by REST.

What is asked for is run in the test's own process; tests that take the fixture ``worker`` as well have it run
by a real worker process.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections

from enrollment.models import DisenrollLog, SubEnrollment, SubEnrollmentPlan
from processes.models import VBAProcess, VBAProcessLog
from tables.context import databases
from tests.conftest import PASSWORD
from tests.database_faults import DatabaseFault, database_fault
from tests.enrollment import world
from tests.enrollment.cutting import end_of
from tests.enrollment.kept import store
from tests.enrollment.others import make_others, rows_of_others
from tests.enrollment.world import Q, R
from tests.roles import give_role
from tests.work.in_process import run_queued
from tests.work.workers import Worker

BASE = "/vbasoftware"
# What a failing database says: words that must not get out.
SECRET = "Sam Harbor 900-12-3456"


@pytest.fixture(scope="module")
def worker(django_db_setup, django_db_blocker) -> Iterator[Worker]:
    """One worker process for all tests of a module, which no one kills."""
    with django_db_blocker.unblock():
        worker = Worker().start()
        connections.close_all()
    yield worker
    worker.end()


class Asking:
    """Asks for processes of group G1 by REST, and sees to their ends; ``has_worker`` says whether a worker
    runs them, or the test itself."""

    def __init__(self, client: Any, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers
        self.has_worker = False
        self.database = headers["vbasoftware-database"]

    def send(self, what: str, body: dict[str, Any], *, group: str = "G1", query: str = "") -> Any:
        """POST a request and return the answer."""
        path = f"{BASE}/groups/{group}/{what}{query}"
        return self._in_database(
            self.client.post(path, body, content_type="application/json", headers=self.headers)
        )

    def get(self, path: str) -> Any:
        """GET an address below the base and return the answer."""
        return self._in_database(self.client.get(f"{BASE}/{path}", headers=self.headers))

    def _in_database(self, answer: Any) -> Any:
        # A request leaves no database chosen behind it.
        databases.choose(self.database)
        return answer

    def post(self, what: str, body: dict[str, Any], *, group: str = "G1") -> tuple[int, str]:
        """POST a request that is refused; return status and detail."""
        answer = self.send(what, body, group=group)
        return answer.status_code, answer.json()["error"]["detail"]

    def queue(self, what: str, body: dict[str, Any], *, group: str = "G1") -> dict[str, Any]:
        """POST a request and return the process's row as it was answered."""
        answer = self.send(what, body, group=group)
        assert answer.status_code == 200, answer.content
        row: dict[str, Any] = answer.json()["data"]
        return row

    def preview(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what a request would do."""
        answer = self.send(what, body, query="?preview=true")
        assert answer.status_code == 200, answer.content
        data: dict[str, Any] = answer.json()["data"]
        return data

    def end_of(self, key: int) -> VBAProcess:
        """Return a process's row when it has ended; where no worker runs, it is run now."""
        if not self.has_worker:
            run_queued()
        return end_of(key)

    def _run(self, what: str, body: dict[str, Any], expect: str) -> int:
        told, others = self.preview(what, body), rows_of_others()
        key = int(self.queue(what, body)["vbaProcess_Key"])
        row = self.end_of(key)
        assert row.process_result == expect, self.lines(key)
        assert bool(told["warnings"]) == (expect == "COMPLETED WITH WARNINGS")
        counted = {name: count for name, count in told["totals"].items() if count}
        (end,) = self.lines(key, "END")
        assert all(f"{count:,}" in end for count in counted.values())
        assert rows_of_others() == others
        # Others have a division Z.
        assert not any("'Z'" in line for line in self.lines(key, "COUNT"))
        return key

    def disenroll(self, *, expect: str = "COMPLETED", **changes: Any) -> int:
        """Run R with changes; return the process's key."""
        return self._run("disenroll", R | changes, expect)

    def reenroll(self, *, expect: str = "COMPLETED", **changes: Any) -> int:
        """Run Q with changes; return the process's key."""
        return self._run("reenroll", Q | changes, expect)

    def refused(self, *, path: str = "G1", **changes: Any) -> tuple[int, str]:
        """Ask for R with changes, which is refused; return status and detail."""
        return self.post("disenroll", R | changes, group=path)

    def summary(self, as_of: str) -> tuple[int, int, int, int]:
        """Return the group's summary as of a day."""
        people = self.get(f"groups/G1/enrollment-summary?asOfDate={world.day(as_of)}").json()["data"]
        return (
            people["totalSubscribers"],
            people["totalMembers"],
            people["totalSubscribersCurrent"],
            people["totalMembersCurrent"],
        )

    def lines(self, process: int, log_type: str | None = None) -> list[str]:
        """Return the messages of a process's log, all or of one type."""
        lines = VBAProcessLog.objects.filter(vbaprocess_key=process).order_by("vbaprocesslog_key")
        return [line.log_message for line in lines if log_type in (None, line.log_type)]

    def log_lines(self, subscriber: str) -> list[Any]:
        """Return what DisenrollLog has of a family."""
        return list(DisenrollLog.objects.filter(subscriber_id=subscriber))

    def move(self, subscriber: str, start: str) -> None:
        """Let the family of division B start on another day."""
        for model in (SubEnrollmentPlan, SubEnrollment):
            model.objects.filter(subscriber_id=subscriber, group_id="G1").delete()
        world.enroll(subscriber, "B", start)


def make_f_and_others() -> None:
    """Store fixture F, and the other employers."""
    world.make_f()
    make_others()


@pytest.fixture
def asking(client, signed_in, alice, demo_key) -> Iterator[Asking]:
    """Someone who asks, in VBA_Demo, and u1, in whose name processes run."""
    give_role(User.objects.create_user("u1", password=PASSWORD), "Enrollment clerk", "VBA_Demo")
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    with databases.using("VBA_Demo"):
        store("f_and_others", make_f_and_others)
        yield Asking(client, signed_in(alice, demo_key))


@pytest.fixture
def f(asking, request) -> Asking:
    """Fixture F, and what is asked for is run: by the worker, where the test takes one."""
    asking.has_worker = "worker" in request.fixturenames
    return asking  # type: ignore[no-any-return]


@pytest.fixture
def breaking() -> Iterator[DatabaseFault]:
    """Lets writes to plans of enrollments fail; by then the enrollments are written."""
    with database_fault("subenrollmentplan", "UPDATE", said=SECRET) as fault:
        yield fault
