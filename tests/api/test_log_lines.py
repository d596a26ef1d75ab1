"""The log: one line for each request, and never personal data or secrets, whatever is sent."""

import io
import json
import logging
import re

import pytest
from django.core.management import call_command

from groups.models import Group
from members.models import Member, Subscriber
from tables.context import databases
from tables.context.logs import JsonFormatter, WithoutPath
from tables.context.requests import ActivityFilter
from tests.conftest import PASSWORD
from tests.enrollment.world import make

pytestmark = pytest.mark.django_db(databases="__all__")
BASE = "/vbasoftware"
PLANTED = ("Zebedee", "Quillfeather", "900-77-8888", "1987-06-05", PASSWORD, "S-SECRET")


@pytest.fixture
def lines():
    """All log lines of the test, as production writes them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(ActivityFilter())
    handler.addFilter(WithoutPath())
    root = logging.getLogger()
    root.addHandler(handler)
    before, root.level = root.level, logging.INFO
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


def of_requests(lines):
    return [line for line in lines() if line["logger"] == "vbaadmin.requests"]


def test_each_request_is_one_line_with_what_an_operator_needs(lines, client, signed_in, bob, demo_key):
    with databases.using("VBA_Demo"):
        make(Group, group_id="G1")
    answer = client.get(f"{BASE}/groups?name=Zebedee", headers=signed_in(bob, demo_key))
    (line,) = of_requests(lines)
    assert line["activityID"] == answer.json()["debug"]["activityID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/vbasoftware/groups", 200)
    assert (line["key"], line["user"], line["database"]) == ("Payroll link", "bob", "VBA_Demo")
    assert line["rows"] == 0
    assert line["ms"] > 0


@pytest.mark.parametrize(
    ("path", "status", "route"),
    [
        ("groups/Zebedee", 404, "/vbasoftware/groups/<key:group_id>"),
        ("groups?page=0", 400, "/vbasoftware/groups"),
        ("nowhere/Zebedee", 404, "/vbasoftware/"),
    ],
)
def test_errors_are_lines_too(lines, client, signed_in, bob, demo_key, path, status, route):
    client.get(f"{BASE}/{path}", headers=signed_in(bob, demo_key))
    (line,) = of_requests(lines)
    assert (line["status"], line["route"]) == (status, route)


def test_the_log_names_no_person(lines, client, signed_in, alice, demo_key, tmp_path):
    headers = signed_in(alice, demo_key)
    client.raise_request_exception = False
    with databases.using("VBA_Demo"):
        make(Subscriber, subscriber_id="S-SECRET", first_name="Zebedee", last_name="Quillfeather")
        member = make(
            Member, subscriber_id="S-SECRET", member_seq="01", ssn="900-77-8888", birth_date="1987-06-05"
        )

    def send(method, path, body=b""):
        getattr(client, method)(f"{BASE}/{path}", data=body, content_type="application/json", headers=headers)

    person = {"subscriber_ID": "S-SECRET", "first_Name": "Zebedee", "last_Name": "Quillfeather" * 9}
    send("post", "subscribers", json.dumps(person))
    send("put", "subscribers-batch", json.dumps([person, {**person, "date_Enrolled": "1987-06-05x"}]))
    send("put", "subscribers/S-SECRET", b'{"first_Name": "Zebedee"')
    send("get", "subscribers/S-SECRET/members?ssn=900-77-8888&birth_Date=1987-06-05")
    send("get", "subscribers/S-SECRET/nothing/Quillfeather")
    send("delete", "subscribers/S-SECRET")
    client.post("/admin/login/", {"username": "Zebedee", "password": PASSWORD})
    client.force_login(alice)
    client.get("/admin/members/member/?q=Quillfeather")
    client.get(f"/admin/members/member/{member.pk}/change/")
    client.post(
        f"/admin/members/member/{member.pk}/change/", {"ssn": "900-77-8888", "birth_date": "1987-06-05x"}
    )
    client.get("/admin/members/member/Quillfeather/change/")
    path = tmp_path / "people.csv"
    path.write_text(
        "subscriber_id,first_name,last_name,date_enrolled\nS-SECRET,Zebedee,Quillfeather,1987-06-05x\n"
    )
    with pytest.raises(SystemExit):
        call_command("load_table", "subscribers", str(path), database="VBA_Demo", stdout=io.StringIO())
    told = json.dumps(lines())
    assert len(of_requests(lines)) == 11
    secrets = (*PLANTED, demo_key, headers["authorization"].split()[1])
    assert [word for word in secrets if word in told] == []


def test_an_unexpected_error_is_logged_once_with_its_place_and_no_values(
    lines, client, signed_in, alice, demo_key, monkeypatch
):
    def fail(*args, **options):
        raise ValueError(" ".join(PLANTED))

    monkeypatch.setattr("tables.rest.api.page_of", fail)
    headers = signed_in(alice, demo_key)
    client.raise_request_exception = False
    answer = client.get(f"{BASE}/groups", headers=headers)
    assert answer.status_code == 500
    told = [line for line in lines() if "traceback" in line]
    assert len(told) == 1
    assert told[0]["activityID"] == answer.json()["debug"]["activityID"]
    assert re.search(r"in fail\b", told[0]["traceback"])
    assert "Quillfeather" not in json.dumps(lines())
