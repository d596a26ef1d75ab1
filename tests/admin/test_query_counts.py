"""Pages of processes, previews and figures: as many queries for many people and divisions as for few."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import Reason
from enrollment.process_requests import process_request
from groups.models import GroupDivision
from processes import running
from processes.models import VBAProcessLog
from tables.context import databases
from tests.admin.pages import text_of
from tests.admin.records import TODAY
from tests.enrollment import world

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.usefixtures("no_kept_figures"),
]

FEW, MANY = 2, 14
ENDED = TODAY - datetime.timedelta(days=50)
DISENROLL = {"disenroll_Date": str(TODAY), "reason_ID": "1", "disenrollFamily": "1", "disenrollFuture": "2"}
UNDO = {"disenroll_Date": str(ENDED), "division_ID": "A", "mode": "undo", "reenrollFamily": "1"}


def make_world(size):
    """Store fixture F with so many more divisions, families and reasons, division A ended fifty days ago."""
    world.make_f()
    for n in range(size):
        world.make(GroupDivision, group_id="G1", division_id=f"D{n}", cobra_division=n % 2 == 0)
        world.make_contract(f"D{n}")
        world.make(Reason, reason_id=10 + n, description=f"Reason {n}")
        world.make_family(f"A{n}", "A", "01-01", plans=("MED", "DEN"), members=("01", "02"))
        world.make_family(f"B{n}", "B", "01-01")
        world.make_family(f"D{n}", f"D{n}", "01-01")
    asked = {"division_ID": "A", "groupDisenroll": False, "reason_ID": 2, "disenroll_Date": str(ENDED)}
    process = process_request.read_request(process_request.DISENROLL, "G1", world.R | asked).start()
    running.run(databases.chosen(), process.vbaprocess_key, process.vbaprocess_type)
    return process.pk


def lengthen_log(size):
    """Give the process's log so many more lines, half of them warnings."""
    line = VBAProcessLog.objects.order_by("vbaprocesslog_key").last()
    key = line.vbaprocesslog_key
    for n in range(size):
        line.pk, line.vbaprocesslog_key, line.log_type = None, key + 1 + n, ("WARNING", "COUNT")[n % 2]
        line.save(force_insert=True)


def counted(browser, database, ask):
    """Return how many queries a page makes in the control and the target database, and the page."""
    with CaptureQueriesContext(connection) as control, CaptureQueriesContext(connections[database]) as target:
        answer = ask(browser)
    assert answer.status_code == 200, text_of(answer)
    return len(control) + len(target), answer


@pytest.fixture
def offices(alice):
    """By database, a browser of Alice's and the process's primary key: few in VBA_Demo, many in VBA_Acme."""
    User.objects.create_superuser("u1")
    made = {}
    for name, size in (("VBA_Demo", FEW), ("VBA_Acme", MANY)):
        with databases.using(name):
            pk = make_world(size)
            databases.choose(name)
            lengthen_log(size)
        browser = Client()
        browser.force_login(alice)
        browser.post(reverse("choose_database"), {"database": name})
        made[name] = browser, pk
    yield made
    databases.choose(None)


def pages(process):
    """Return the pages by name, each as what a browser does."""
    disenroll, reenroll = (reverse(f"{each}_group", args=["G1"]) for each in ("disenroll", "reenroll"))
    watch = reverse("admin:processes_vbaprocess_watch", args=[process])
    state = reverse("admin:processes_vbaprocess_state", args=[process])
    return {
        "watch": lambda browser: browser.get(watch),
        "state": lambda browser: browser.get(state),
        "disenroll": lambda browser: browser.get(disenroll),
        "preview of a disenroll": lambda browser: browser.post(disenroll, DISENROLL | {"step": "preview"}),
        "reenroll": lambda browser: browser.get(reenroll, {"disenroll_Date": str(ENDED)}),
        "preview of a reenroll": lambda browser: browser.post(reenroll, UNDO | {"step": "preview"}),
        "COBRA offers": lambda browser: browser.get(reverse("cobra_offers")),
        "pictures": lambda browser: browser.get(reverse("enrollment_pictures", args=["G1"])),
    }


def test_a_page_makes_as_many_queries_for_many_as_for_few(offices):
    counts, sizes = {}, {}
    for name, (browser, process) in offices.items():
        for page, ask in pages(process).items():
            counted(browser, name, ask)  # what is kept for later is kept then
            counts[page, name], answer = counted(browser, name, ask)
            sizes[page, name] = len(answer.content)
    few, many = ({page: n for (page, name), n in counts.items() if name == each} for each in offices)
    assert few == many
    # There was more to show.
    assert all(sizes[page, "VBA_Acme"] > sizes[page, "VBA_Demo"] for page in few)
