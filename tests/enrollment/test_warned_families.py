"""Whom a process warned of: some are named in its log and by a preview, all are in its list of changes."""

import csv
import io

import pytest
from django.contrib.auth.models import User

from enrollment.models import EnrollmentWarning, SubEnrollment
from processes.models import VBAProcess, VBAProcessLog
from tables.context import databases
from tests.conftest import PASSWORD
from tests.enrollment import world
from tests.enrollment.conftest import BASE
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
# More than are named.
MANY = 130


def listed(client, key, *rights):
    """Return the warnings in the list of changes of a process, as an Enrollment clerk gets it."""
    user = User.objects.create_user(f"clerk{key}{len(rights)}", password=PASSWORD, is_staff=True)
    give_rights(user, *rights) if rights else give_role(user, "Enrollment clerk", "VBA_Demo")
    client.force_login(user)
    answer = client.get(f"/admin/process-changes/{key}.csv")
    text = b"".join(answer.streaming_content).decode()
    databases.choose("VBA_Demo")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    return [line for line in lines if line["table"] == "warning"]


def keys(lines):
    """The keys of listed warnings: subscriber, member, division, start."""
    return [(line["subscriber_ID"], line["member_Seq"], line["division_ID"], line["row"]) for line in lines]


def test_those_of_other_divisions_who_stay_alive_are_all_listed(f, client):
    families = ["S2", *world.more_families(MANY, like="S2")]
    (told,) = f.preview("disenroll", world.R | {"division_ID": "A"})["warnings"]
    assert (told["count"], len(told["families"])) == (MANY + 1, 100)
    assert told["families"][0] == {
        "subscriber_ID": "M0001",
        "member_Seq": None,
        "division_ID": "B",
        "start_Date": "2024-03-01T00:00:00Z",
    }
    assert not EnrollmentWarning.objects.exists()
    key = f.disenroll(division_ID="A", expect=WARNED)
    (line,) = f.lines(key, "WARNING")
    assert line.startswith("Enrollments in other divisions stay active in a disenrolled group: 131 (M0001 B ")
    assert (line.count(" B 2024-03-01"), line.endswith(", …).")) == (100, True)
    warned = listed(client, key)
    assert keys(warned) == [(each, "", "B", "2024-03-01") for each in sorted(families)]
    assert {each["after"] for each in warned} == {line.partition(":")[0]}


def test_those_who_were_not_reopened_are_all_listed_also_when_the_process_was_deleted(f, client):
    families = world.more_families(MANY, like="S2")
    f.disenroll()
    SubEnrollment.objects.filter(subscriber_id__in=families).update(end_date="2024-05-31")
    key = f.reenroll(expect=WARNED)
    f.client.delete(f"{BASE}/vbaprocesses/{key}/types/GROUPREENROLL", headers=f.headers)
    databases.choose("VBA_Demo")
    assert not VBAProcess.objects.filter(vbaprocess_key=key).exists()
    warned = listed(client, key)
    assert keys(warned) == [(each, "", "B", "2024-03-01") for each in families]
    assert {each["after"] for each in warned} == {"Changed since the disenrollment; left as it is"}


def test_coverage_beyond_a_date_that_stays_names_its_families(f, client):
    f.disenroll()
    key = f.reenroll(resetGroupDisenroll=False, expect=WARNED)
    assert f.lines(key, "WARNING") == [
        "Coverage continues past the disenroll date of its division or group: 2"
        " (S1 A 2024-01-01, S2 B 2024-03-01)."
    ]
    assert keys(listed(client, key)) == [("S1", "", "A", "2024-01-01"), ("S2", "", "B", "2024-03-01")]


def test_cobra_that_begins_late_names_its_families(f, client):
    f.disenroll(division_ID="A", groupDisenroll=False)
    cobra = {"reenrollCOBRA": True, "resetGroupDisenroll": False, "cobraDivision": "C", "cobraReason": 2}
    key = f.reenroll(**cobra, cobraStart="2024-08-01", expect=WARNED)
    assert f.lines(key, "WARNING") == [
        "COBRA starts later than the day after the disenroll date: 1 (S1 C 2024-08-01)."
    ]
    assert keys(listed(client, key)) == [("S1", "", "C", "2024-08-01")]


def test_the_first_family_of_a_warning_stands_in_the_columns_of_its_line(f):
    f.disenroll(division_ID="A", groupDisenroll=False, disenrollFamily=3, expect=WARNED)
    world.Member.objects.filter(subscriber_id="S1", member_seq="02").update(date_of_death=world.JAN_1)
    key = f.reenroll(expect=WARNED)
    path = f"vbaprocesses/{key}/types/GROUPREENROLL/logs?log_Type=WARNING"
    (line,) = f.get(path).json()["data"]
    assert line["log_Message"].endswith(": 1 (S1 / 02).")
    found = [(line[f"log_Reference_Column{n}"], line[f"log_Reference_Value{n}"]) for n in range(1, 6)]
    assert found == [("Group", "G1"), ("Subscriber", "S1"), ("Member", "02"), (None, None), (None, None)]


def test_members_are_listed_for_those_who_may_see_members(f, client):
    f.disenroll(division_ID="A", groupDisenroll=False, disenrollFamily=3, expect=WARNED)
    world.Member.objects.filter(subscriber_id="S1", member_seq="02").update(date_of_death=world.JAN_1)
    key = f.reenroll(expect=WARNED)
    assert keys(listed(client, key)) == [("S1", "02", "", "")]
    assert listed(client, key, "enrollment.view_subenrollment") == []
    assert VBAProcessLog.objects.filter(vbaprocess_key=key, log_type="WARNING").count() == 1
