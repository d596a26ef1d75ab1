"""Rows that a process holds: who edits them is told soon; files and processes wait for each other and end."""

import json
import os
import re
import time
import urllib.parse
import urllib.request
from unittest.mock import patch

import pytest

from enrollment.sql.process import WAIT_FOR_LOADS
from members.models import Member, Subscriber
from tables.schema.registry import all_tables
from tests.admin.pages import FormReader
from tests.api.families import ENROLLMENT, ENROLLMENT_PLAN, MEMBER, SUBSCRIBER
from tests.api.server import RawProgram, running_server
from tests.enrollment import world
from tests.enrollment.cutting import end_of, rows
from tests.enrollment.others import OF_OTHERS
from tests.enrollment.world import R
from tests.files.commands import end, start
from tests.locks import Other, wait_for_waiting, waits_for

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.usefixtures("worker"),
]

LIMITS = {"VBA_LOCK_SECONDS": "1"}
HELD = "Someone else is changing these records. Try again shortly."
RUN = "SELECT state, attempts, lease_until, clock_timestamp() FROM processrun WHERE vbaprocess_key = %s"
ENDED = {"S1/A": "01-01..06-30", "S2/B": "03-01..06-30"}


@pytest.fixture
def held(f):
    """A disenrollment that has written all but the date of the division, for which it waits; and its key."""
    world.make(Subscriber, subscriber_id="S9", last_name="Rivera")
    with Other() as other:
        other.hold("SELECT FROM groupdivision WHERE division_id = 'A' FOR UPDATE")
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        waits_for(other)
        yield key, other


@pytest.fixture
def web():
    """The port of a real web server, which waits for rows no longer than a second."""
    with patch.dict(os.environ, LIMITS), running_server() as port:
        yield port


def test_who_edits_what_a_process_holds_is_told_soon(f, held, web):
    key, other = held
    program = RawProgram(web, f.headers)
    for kept, changed in (
        (SUBSCRIBER, {"city": "Salem"}),
        (MEMBER, {"last_Name": "Salem"}),
        (ENROLLMENT, {"term_Date": "2024-05-05"}),
        (ENROLLMENT_PLAN, {"tier": "9"}),
    ):
        began = time.monotonic()
        answer = program.call("PUT", f"/vbasoftware{kept.one}", kept.record(**changed))
        assert (answer.status, answer.detail) == (409, HELD), kept.table
        # Not only when the process has ended, for which it would wait for ever here.
        assert time.monotonic() - began < 20
    other_family = SUBSCRIBER.record(subscriber_ID="S9", city="Salem")
    batch = [other_family, SUBSCRIBER.record(city="Salem")]
    answer = program.call("PUT", "/vbasoftware/subscribers-batch", batch)
    assert answer.status == 409, (answer.content, rows(RUN, [key]), f.lines(key))
    assert answer.detail == HELD
    assert Subscriber.objects.get(subscriber_id="S9").city is None
    assert program.call("PUT", "/vbasoftware/subscribers/S9", other_family).status == 200
    assert program.call("GET", f"/vbasoftware{SUBSCRIBER.one}").status == 200
    program.close()
    other.let_go()
    assert end_of(key).process_result == "COMPLETED"
    assert world.spans() == ENDED
    assert Subscriber.objects.get(subscriber_id="S1").city is None
    assert Subscriber.objects.get(subscriber_id="S9").city == "Salem"


def test_the_admin_says_so_on_a_page(alice, client, held, web):
    key, other = held
    page = Page(web, client, alice)
    address = f"/admin/members/subscriber/{Subscriber.objects.get(subscriber_id='S1').pk}/change/"
    status, text = page.send(address, "subscriber_form", city="Salem")
    assert status == 409
    assert HELD in text
    other.let_go()
    assert end_of(key).process_result == "COMPLETED"
    assert page.send(address, "subscriber_form", city="Salem")[0] == 302
    assert Subscriber.objects.get(subscriber_id="S1").city == "Salem"


class Page:
    """Someone signed in to the admin of a real server."""

    def __init__(self, port, client, user):
        client.force_login(user)
        self.port, self.session = port, client.cookies["sessionid"].value
        self.opener = urllib.request.build_opener(NotFurther())

    def send(self, address, form_id, **changes):
        """Open the form at an address, change some of its inputs, and save it."""
        _, text, cookie = self._call(address, None, "")
        reader = FormReader(form_id)
        reader.feed(text)
        body = urllib.parse.urlencode({**reader.fields, **changes, "_save": "Save"}).encode()
        status, text, _ = self._call(address, body, cookie)
        return status, text

    def _call(self, address, body, cookie):
        headers = {"Cookie": f"sessionid={self.session}; {cookie}"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{address}", body, headers)
        try:
            answer = self.opener.open(asked, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        given = re.search(r"csrftoken=[^;]+", answer.headers.get("Set-Cookie", ""))
        return answer.status, answer.read().decode(), given[0] if given else ""


class NotFurther(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *asked):
        return None


# --- files ---


def test_processes_and_folders_take_their_locks_in_one_order():
    named = re.findall(r"'(\w+)'[,\]]", WAIT_FOR_LOADS)
    order = [model._meta.db_table for model in all_tables()]
    assert len(named) == 8
    assert named == sorted(named, key=order.index)


def begin_load(tmp_path, *options, table="members"):
    """Start loading a name for all members."""
    path = tmp_path / "members.csv"
    path.write_text("Subscriber_ID,Member_Seq,Last_Name\nS2,01,Salem\nS1,02,Salem\nS1,01,Salem\n")
    return start("load_table", table, path, *options, "--database", "VBA_Demo")


def names():
    return set(Member.objects.exclude(OF_OTHERS).values_list("last_name", flat=True))


def test_a_file_waits_for_the_process_that_runs(held, tmp_path):
    key, other = held
    load = begin_load(tmp_path)
    wait_for_waiting(kinds=["advisory"])
    other.let_go()
    assert end_of(key).process_result == "COMPLETED"
    code, said = end(load)
    assert (code, names()) == (0, {"Salem"}), said
    assert world.spans() == ENDED
    assert world.dates()["S1/01"] == "06-30"


def test_a_process_waits_for_the_file_that_is_loaded(f, tmp_path):
    with Other() as other:
        other.hold("SELECT FROM members WHERE member_seq = '02' FOR UPDATE")
        load = begin_load(tmp_path)
        waits_for(other)
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        wait_for_waiting(kinds=["advisory"])
        assert world.dates() == {}
        other.let_go()
        code, said = end(load)
    assert code == 0, said
    assert end_of(key).process_result == "COMPLETED"
    assert (names(), world.spans(), world.logged()) == ({"Salem"}, ENDED, 5)


def test_a_file_of_some_columns_keeps_what_is_edited_in_the_others_meanwhile(f, tmp_path):
    # Records of other columns each: what they leave out is read from the rows, which are held from then on.
    path = tmp_path / "members.json"
    family = {"subscriber_ID": "S1"}
    records = [
        {**family, "member_Seq": "01", "last_Name": "Salem"},
        {**family, "member_Seq": "02", "ssn": ""},
    ]
    path.write_text(json.dumps(records))
    with Other() as editor:
        editor.hold("UPDATE members SET first_name = 'Bo' WHERE subscriber_id = 'S1' AND member_seq = '01'")
        load = start("load_table", "members", path, "--database", "VBA_Demo")
        waits_for(editor)
        editor.let_go()
        code, said = end(load)
    assert code == 0, said
    member = Member.objects.get(subscriber_id="S1", member_seq="01")
    assert (member.first_name, member.last_name) == ("Bo", "Salem")


def test_a_folder_that_is_tried_out_and_a_process_never_wait_crosswise(f, tmp_path):
    # All tables in one transaction, which keeps every lock until its end.
    files = {"groups": "Group_ID,City\nG1,Salem\n", "subscribers": "Subscriber_ID,City\nS1,Salem\n"}
    files["members"] = "Subscriber_ID,Member_Seq,Last_Name\nS1,01,Salem\n"
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    with Other() as other:
        other.hold("SELECT FROM subscribers WHERE subscriber_id = 'S1' FOR UPDATE")
        load = start("load_folder", tmp_path, "--dry-run", "--database", "VBA_Demo")
        waits_for(other)
        key = int(f.queue("disenroll", R)["vbaProcess_Key"])
        wait_for_waiting(kinds=["advisory"])
        other.let_go()
        code, said = end(load)
    assert code == 0, said
    assert end_of(key).process_result == "COMPLETED"
    assert rows("SELECT attempts FROM processrun WHERE vbaprocess_key = %s", [key]) == [(1,)]
    assert world.spans() == ENDED
