"""The limit of requests for a key, and the answer to requests over it."""

import time

import pytest

from access.models import ApiKey

pytestmark = pytest.mark.django_db(databases="__all__")
GROUPS = "/vbasoftware/groups"


@pytest.fixture
def limited(settings):
    """Two requests a second, in bursts of four."""
    settings.API_RATE_LIMIT = 2.0


def statuses(client, headers, times):
    return [client.get(GROUPS, headers=headers).status_code for _ in range(times)]


def until_refused(ask):
    """Ask until there is no turn left; return the answer that says so and the statuses before: a burst's, and
    of turns that came meanwhile."""
    began, found = time.monotonic(), []
    while (answer := ask()).status_code != 429:
        found.append(answer.status_code)
        assert len(found) < 500, "nobody is ever refused"
    assert 4 <= len(found) <= 4 + 2 * (time.monotonic() - began)
    return answer, found


def test_a_key_may_make_a_burst_and_then_has_to_wait(limited, client, signed_in, bob, demo_key):
    headers = signed_in(bob, demo_key)
    answer, before = until_refused(lambda: client.get(GROUPS, headers=headers))
    assert set(before) == {200}
    assert answer["Retry-After"] == "1"
    assert answer.json()["error"]["status"] == 429
    assert answer.json()["data"] is None


def test_each_key_has_its_own_limit(limited, client, signed_in, bob, demo_key, both_key):
    headers = signed_in(bob, demo_key)
    until_refused(lambda: client.get(GROUPS, headers=headers))
    assert statuses(client, signed_in(bob, both_key), 3) == [200] * 3


def test_without_a_limit_nobody_waits(client, signed_in, bob, demo_key):
    assert statuses(client, signed_in(bob, demo_key), 60) == [200] * 60


@pytest.mark.parametrize("key", ["wrong", "", "revoked"])
def test_wrong_keys_are_limited_by_address(limited, client, key):
    if key == "revoked":
        from django.utils import timezone

        made, key = ApiKey.objects.create_key(name="Old", databases=["VBA_Demo"])
        made.revoked_at = timezone.now()
        made.save()
    headers = {"x-api-key": key, "vbasoftware-database": "VBA_Demo"}
    _, before = until_refused(lambda: client.get(GROUPS, headers=headers))
    assert set(before) == {401}


def test_signing_in_counts_for_the_limit_too(limited, client, bob, demo_key):
    headers = {"x-api-key": demo_key, "vbasoftware-database": "VBA_Demo", "authorization": "Basic Ym9iOng="}
    _, before = until_refused(lambda: client.post("/vbasoftware/user-authentication", headers=headers))
    assert set(before) == {401}
