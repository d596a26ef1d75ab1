"""Forms of mirrored tables: what is stamped, kept and stored when a record is saved."""

import re
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Group, GroupDivision
from tests.admin.pages import Clerk, address, text_of
from tests.admin.records import have

pytestmark = pytest.mark.django_db(databases="__all__")


def test_saving_stamps_the_user_and_the_moment(clerk):
    assert clerk.send(address(Group, "add"), group_id="G7", name="Acme").status_code == 302
    added = clerk.stored(Group, group_id="G7")
    assert added.entry_user == added.update_user == "bob"
    have(Group)
    assert clerk.send(address(Group, "change", "G1"), name="Blue Harbor").status_code == 302
    changed = clerk.stored(Group, group_id="G1")
    assert (changed.entry_user, changed.update_user) == ("somebody", "bob")
    assert changed.update_date > changed.entry_date


def test_stamps_and_the_key_of_a_stored_record_cannot_be_sent(clerk):
    have(Group)
    clerk.send(
        address(Group, "change", "G1"), group_id="G2", update_user="mallory", entry_user="mallory", name="N"
    )
    assert clerk.count(Group) == 1
    stored = clerk.stored(Group, group_id="G1")
    assert (stored.name, stored.entry_user, stored.update_user) == ("N", "somebody", "bob")


def test_an_empty_text_is_stored_as_null_and_blanks_stay(clerk):
    have(Group, name="Acme", city="Bend")
    clerk.send(address(Group, "change", "G1"), name="", city=" Bend ")
    stored = clerk.stored(Group, group_id="G1")
    assert (stored.name, stored.city) == (None, " Bend ")


def test_numbers_keep_the_digits_they_have(clerk):
    have(Group, caserate=Decimal("1000.50"))
    page = clerk.get(address(Group, "change", "G1"))
    assert 'value="1000.50"' in page.content.decode()
    clerk.send(address(Group, "change", "G1"), name="Acme")
    assert str(clerk.stored(Group, group_id="G1").caserate) == "1000.50"
    clerk.send(address(Group, "change", "G1"), caserate="0.1000000000000000000000000000000001")
    assert str(clerk.stored(Group, group_id="G1").caserate) == "0.1000000000000000000000000000000001"


def test_a_change_writes_only_the_columns_that_were_changed(clerk):
    have(Group, name="Acme", city="Bend")
    with CaptureQueriesContext(connections["VBA_Demo"]) as queries:
        clerk.send(address(Group, "change", "G1"), city="Salem")
    (update,) = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert set(re.findall(r'"(\w+)" = ', update)) - {"group_id"} == {"city", "update_date", "update_user"}


def test_an_unknown_flag_is_a_third_choice(clerk):
    have(Group, use_employer_state=None)
    assert '<option value="unknown" selected>' in clerk.get(address(Group, "change", "G1")).content.decode()
    for choice, meaning in (("true", True), ("false", False), ("unknown", None)):
        clerk.send(address(Group, "change", "G1"), use_employer_state=choice)
        assert clerk.stored(Group, group_id="G1").use_employer_state is meaning


def test_a_new_record_starts_with_the_defaults_of_its_columns(clerk):
    assert clerk.send(address(Group, "add"), group_id="G1").status_code == 302
    assert clerk.stored(Group, group_id="G1").use_employer_state is False


def test_nothing_is_refused_for_its_format(clerk):
    have(Group)
    odd = {
        "contact_email_address": "call me",
        "phone": "none",
        "state": "??",
        "zip_code": "x",
        "check_birthday": "9",
    }
    assert clerk.send(address(Group, "change", "G1"), **odd).status_code == 302
    assert clerk.stored(Group, group_id="G1").contact_email_address == "call me"


def test_the_admin_log_stays_empty(clerk, alice):
    clerk.send(address(Group, "add"), group_id="G1")
    clerk.send(address(Group, "change", "G1"), name="Acme")
    clerk.client.post(address(Group, "delete", "G1"), {"post": "yes"})
    assert clerk.count(Group) == 0
    assert LogEntry.objects.count() == 0
    assert "Recent actions" not in text_of(Clerk.of(alice).get(reverse("admin:index")))


def test_a_new_record_marks_the_tabs_that_must_be_filled(clerk):
    response = clerk.get(address(GroupDivision, "add"))
    assert [panel.title for panel in response.context["panels"] if panel.required] == ["Identity", "Taxes"]
    assert response.content.decode().count('title="Has required fields"') == 2
