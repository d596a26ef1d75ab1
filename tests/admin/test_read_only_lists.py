"""Lists of entries that are only read: no address of one entry shows more of it than the list does."""

import pytest
from django.test import Client

from access.models import AccessEntry
from groups.models import Group
from tables.context import databases
from tables.history.models import HistoryEntry
from tests.admin.pages import address
from tests.admin.records import have

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def entries():
    """One entry of the history and one of the access log, by model."""
    have(Group)
    with databases.using("VBA_Demo"):
        entry = HistoryEntry.objects.latest("id")
    shown = AccessEntry.objects.create(kind=AccessEntry.SSN_SHOWN, username="somebody", source="rest")
    return {HistoryEntry: entry, AccessEntry: shown}


@pytest.mark.parametrize("model", [HistoryEntry, AccessEntry])
def test_addresses_of_one_entry_lead_to_the_list(entries, alice, model):
    client = Client()
    client.force_login(alice)
    for page in ("change", "history"):
        answer = client.get(address(model, page, entries[model].pk))
        assert (answer.status_code, answer.url) == (302, address(model, "changelist"))
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "add")).status_code == 403
    assert client.get(address(model, "delete", entries[model].pk)).status_code == 403


@pytest.mark.parametrize("model", [HistoryEntry, AccessEntry])
def test_who_may_not_see_the_list_is_led_nowhere(entries, carol, model):
    client = Client()
    client.force_login(carol)
    for page in ("change", "history"):
        assert client.get(address(model, page, entries[model].pk)).status_code == 403
