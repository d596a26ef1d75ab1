"""How many requests a key may make, and what those get who make more."""

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


def test_a_key_may_make_a_burst_and_then_has_to_wait(limited, client, signed_in, bob, demo_key):
    headers = signed_in(bob, demo_key)
    assert statuses(client, headers, 4) == [200] * 4
    answer = client.get(GROUPS, headers=headers)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "1"
    assert answer.json()["error"]["status"] == 429
    assert answer.json()["data"] is None


def test_each_key_has_its_own_turns(limited, client, signed_in, bob, demo_key, both_key):
    assert 429 in statuses(client, signed_in(bob, demo_key), 6)
    assert statuses(client, signed_in(bob, both_key), 3) == [200] * 3


def test_without_a_limit_nobody_waits(client, signed_in, bob, demo_key):
    assert statuses(client, signed_in(bob, demo_key), 60) == [200] * 60


@pytest.mark.parametrize("key", ["wrong", "", "revoked"])
def test_wrong_keys_are_limited_by_address_and_told_no_more(limited, client, key):
    if key == "revoked":
        from django.utils import timezone

        made, key = ApiKey.objects.create_key(name="Old", databases=["VBA_Demo"])
        made.revoked_at = timezone.now()
        made.save()
    found = statuses(client, {"x-api-key": key, "vbasoftware-database": "VBA_Demo"}, 6)
    assert found[:4] == [401] * 4
    assert found[4:] == [429] * 2


def test_signing_in_takes_turns_too(limited, client, bob, demo_key):
    headers = {"x-api-key": demo_key, "vbasoftware-database": "VBA_Demo", "authorization": "Basic Ym9iOng="}
    found = [client.post("/vbasoftware/user-authentication", headers=headers).status_code for _ in range(6)]
    assert found == [401] * 4 + [429] * 2
