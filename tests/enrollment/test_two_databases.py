"""The same group, families and process keys in two databases: a disenrollment of each stays in its own."""

import csv
import io
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from enrollment.models import DisenrollLog, EnrollmentChange, SubEnrollment, SubEnrollmentPlan
from processes.models import VBAProcess
from tables.context import databases
from tests.admin.pages import text_of
from tests.enrollment import world
from tests.enrollment.conftest import Asking
from tests.enrollment.world import Q, R, day
from tests.roles import give_role
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

# The same keys in both: a process that looked into the wrong database would find something there.
SAME_NUMBERS = """
    ALTER SEQUENCE vbaprocess_key_seq RESTART WITH 7001;
    ALTER TABLE vbaprocess ALTER COLUMN id RESTART WITH 7001
"""


@dataclass(frozen=True)
class Office:
    """One database: who asks in it by REST, and a browser that works in it."""

    name: str
    asking: Asking
    browser: Client

    def queue(self, what, body):
        """Ask for a process; return its key."""
        return int(self.asking.queue(what, body)["vbaProcess_Key"])

    def wait(self, key):
        """Wait for the end of a process and return its result."""
        with databases.using(self.name):
            ended = VBAProcess.objects.filter(vbaprocess_key=key, process_end__isnull=False)
            return wait_until(ended.first, what=f"the end of process {key}").process_result

    def seen(self):
        """Return the enrollments, and every date at which someone or something was disenrolled."""
        with databases.using(self.name):
            return world.spans(), world.dates()

    def changes(self, key):
        """Return (subscriber, end date) of each enrollment that a process changed, as its csv has them."""
        answer = self.browser.get(f"/admin/process-changes/{key}.csv")
        text = b"".join(answer.streaming_content).decode()
        lines = csv.DictReader(io.StringIO(text, newline=""))
        return {
            (line["subscriber_ID"], line["after"])
            for line in lines
            if (line["table"], line["column"]) == ("subenrollment", "end_date")
        }

    def page(self, process):
        """Return the text of a process's page."""
        return text_of(self.browser.get(f"/admin/processes/vbaprocess/{process}/watch/"))


@pytest.fixture
def offices(alice, both_key, signed_in, worker):
    """VBA_Demo with fixture F; VBA_Acme with the same keys, where S2 ends with the year and S3 is, too."""
    give_role(User.objects.create_user("u1"), "Enrollment clerk", *databases.names())
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    made = []
    for name in databases.names():
        with databases.using(name):
            world.make_f()
            with connections[name].cursor() as cursor:
                cursor.execute(SAME_NUMBERS)
        browser = Client()
        browser.force_login(alice)
        browser.post("/admin/choose-database/", {"database": name})
        made.append(Office(name, Asking(Client(), signed_in(alice, both_key, name)), browser))
    with databases.using("VBA_Acme"):
        world.make_family("S3", "A", "02-01")
        SubEnrollment.objects.filter(subscriber_id="S2").update(end_date=day("12-31"))
        SubEnrollmentPlan.objects.filter(subscriber_id="S2").update(plan_end=day("12-31"))
    yield made
    databases.choose(None)


def test_processes_of_the_same_key_in_two_databases_do_not_mix(offices):
    demo, acme = offices
    demo_before = demo.seen()
    keys = (
        demo.queue("disenroll", R),
        acme.queue(
            "disenroll", R | {"division_ID": "A", "disenroll_Date": "2024-05-31", "groupDisenroll": False}
        ),
    )
    assert keys == (7001, 7001)
    assert [office.wait(7001) for office in offices] == ["COMPLETED", "COMPLETED"]
    acme_after = (
        {"S1/A": "01-01..05-31", "S2/B": "03-01..12-31", "S3/A": "02-01..05-31"},
        dict.fromkeys(("A", "S1", "S1/01", "S1/02", "S3", "S3/01"), "05-31"),
    )
    assert demo.seen() == (
        {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"},
        dict.fromkeys(("G1", "A", "B", "C", "S1", "S2", "S1/01", "S1/02", "S2/01"), "06-30"),
    )
    assert acme.seen() == acme_after
    _each_tells_its_own(demo, acme)

    # Undone in one of them, by what that one has journaled.
    assert demo.queue("reenroll", Q) == 7002
    assert demo.wait(7002) == "COMPLETED"
    assert (demo.seen(), acme.seen()) == (demo_before, acme_after)
    journals = {}
    for office in offices:
        with databases.using(office.name):
            journals[office.name] = set(EnrollmentChange.objects.values_list("process_key", flat=True))
    assert journals == {"VBA_Demo": {7001, 7002}, "VBA_Acme": {7001}}


def _each_tells_its_own(demo, acme):
    """Logs, figures, changes and pages of process 7001 are of the database where one looks."""
    days = {demo: ("2024-06-30", {"S1", "S2"}), acme: ("2024-05-31", {"S1", "S3"})}
    for office, (last_day, ended) in days.items():
        with databases.using(office.name):
            assert VBAProcess.objects.count() == 1
            assert {
                (line.subscriber_id, str(line.disenroll_date)) for line in DisenrollLog.objects.all()
            } == {(subscriber, last_day) for subscriber in ended}
            assert "2 enrollments" in office.asking.lines(7001, "END")[0]
        assert office.changes(7001) == {(subscriber, last_day) for subscriber in ended}
        shown = office.page(7001)
        assert [day for day, _ in days.values() if day in shown] == [last_day]
    summaries = [
        office.asking.get("groups/G1/enrollment-summary?asOfDate=2024-06-15").json()["data"]
        for office in days
    ]
    assert [(one["totalSubscribers"], one["totalMembersCurrent"]) for one in summaries] == [(2, 3), (3, 1)]
