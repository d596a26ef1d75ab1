"""Pages show and read times in the time zone of the business; the API keeps UTC."""

import datetime
import re

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.models import AccessEntry, ApiKey
from groups.models import Group
from tables.context import databases
from tests.admin.pages import text_of
from tests.enrollment.world import make

pytestmark = pytest.mark.django_db(databases="__all__")

# A moment in UTC, and how a page in Chicago shows it: around midnight, and around both clock changes of 2026.
# In the hour that comes twice in November, Django leaves the zone out.
SHOWN = {
    "2026-07-01 04:59:59+00": "2026-06-30 23:59:59 CDT",
    "2026-07-01 05:00:00+00": "2026-07-01 00:00:00 CDT",
    "2026-03-08 07:59:59+00": "2026-03-08 01:59:59 CST",
    "2026-03-08 08:00:00+00": "2026-03-08 03:00:00 CDT",
    "2026-11-01 05:59:59+00": "2026-11-01 00:59:59 CDT",
    "2026-11-01 08:00:00+00": "2026-11-01 02:00:00 CST",
}


@pytest.fixture(autouse=True)
def chicago(settings):
    settings.BUSINESS_ZONE = "America/Chicago"


@pytest.fixture
def office(alice):
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def group():
    """A group with a line of history at each of the moments."""
    with databases.using("VBA_Demo"), connections["VBA_Demo"].cursor() as cursor:
        make(Group, group_id="G1")
        cursor.execute("DELETE FROM historyentry")
        cursor.execute(
            "INSERT INTO historyentry (at, actor, source, table_name, row_key, action)"
            " SELECT at, 'bob', 'sql', 'groups', ARRAY['G1'], 'updated' FROM unnest(%s::timestamptz[]) AS at",
            [list(SHOWN)],
        )


def moments_of(text):
    return re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+", text)


def test_the_history_of_a_record_shows_each_moment_with_its_zone(office, group):
    page = text_of(office.get(reverse("admin:groups_group_history", args=["G1"])))
    assert set(moments_of(page)) == set(SHOWN.values())


def test_a_record_shows_its_stamps_in_the_zone(office, group):
    with databases.using("VBA_Demo"):
        Group.objects.update(entry_date=next(iter(SHOWN)))
    page = text_of(office.get(reverse("admin:groups_group_change", args=["G1"])))
    assert SHOWN[next(iter(SHOWN))] in page
    assert "UTC" not in page


def test_lists_show_moments_in_the_zone_and_filter_by_its_days(office, group):
    listed = reverse("admin:history_historyentry_changelist")
    assert set(moments_of(text_of(office.get(listed)))) == set(SHOWN.values())
    day = {"at_from_0": "2026-06-30", "at_from_1": "00:00", "at_to_0": "2026-06-30", "at_to_1": "23:59:59"}
    assert moments_of(text_of(office.get(listed, day))) == ["2026-06-30 23:59:59 CDT"]
    odd = {"at_from_0": "\0", "at_from_1": "25:00", "at_to_0": "2026-06-30"}
    assert len(moments_of(text_of(office.get(listed, odd)))) == len(SHOWN)


def test_the_access_log_shows_and_filters_in_the_zone(office):
    for at in SHOWN:
        AccessEntry.objects.create(kind=AccessEntry.SSN_SHOWN, username="bob", source="admin", at=at)
    listed = reverse("admin:access_accessentry_changelist")
    assert set(moments_of(text_of(office.get(listed)))) == set(SHOWN.values())
    until = {"at_to_0": "2026-03-08", "at_to_1": "01:59:59"}
    assert moments_of(text_of(office.get(listed, until))) == ["2026-03-08 01:59:59 CST"]


def test_the_end_of_a_key_is_typed_and_shown_in_the_zone(office):
    typed = {"expires_at_0": "2999-07-01", "expires_at_1": "00:00"}
    sent = {"name": "Payroll", "databases": ["VBA_Demo"], **typed}
    assert "until 2999-07-01 00:00:00 CDT." in text_of(office.post("/admin/access/apikey/add/", sent))
    key = ApiKey.objects.get()
    assert key.expires_at == datetime.datetime(2999, 7, 1, 5, tzinfo=datetime.UTC)
    page = office.get(f"/admin/access/apikey/{key.pk}/change/")
    assert "America/Chicago" in text_of(page)
    assert 'value="2999-07-01"' in page.content.decode()


def test_an_export_is_named_by_the_time_of_the_zone(office, settings, group):
    settings.BUSINESS_ZONE = "Pacific/Kiritimati"
    answer = office.get(reverse("admin:groups_group_changelist") + "export/csv/")
    zone = datetime.timezone(datetime.timedelta(hours=14))
    now = datetime.datetime.now(zone)
    names = [f"groups-{now - datetime.timedelta(minutes=n):%Y-%m-%d-%H%M}.csv" for n in range(3)]
    assert any(name in answer["Content-Disposition"] for name in names), answer["Content-Disposition"]


def test_the_api_keeps_utc(client, signed_in, bob, demo_key, group):
    stored = datetime.datetime(2026, 7, 1, 4, 59, 59, tzinfo=datetime.UTC)
    with databases.using("VBA_Demo"):
        Group.objects.update(entry_date=stored)
    headers = signed_in(bob, demo_key)
    (found,) = client.get("/vbasoftware/groups", headers=headers).json()["data"]
    assert found["entry_Date"] == "2026-07-01T04:59:59Z"
    for query, count in (("entry_Date__gte=2026-07-01", 1), ("entry_Date__lt=2026-07-01", 0)):
        assert len(client.get(f"/vbasoftware/groups?{query}", headers=headers).json()["data"]) == count


def test_a_page_does_not_leave_its_zone_to_the_next_request(office):
    office.get("/admin/")
    assert timezone.get_current_timezone_name() == "UTC"
