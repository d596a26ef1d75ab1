"""The address of a request, which limits and lockouts use and which no client can change."""

import os
import socket
from unittest.mock import patch

import pytest
from django.db import connections

from tests.api.server import running_server
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__")
GROUPS = "/vbasoftware/groups"
WRONG = {"x-api-key": "wrong", "vbasoftware-database": "VBA_Demo"}
# One request in 15 minutes: the second request of an address is refused, however slow the machine is.
ONE_TURN = 0.001


@pytest.fixture
def one_turn(settings):
    """An address that sends a wrong key may make one request."""
    settings.API_RATE_LIMIT = ONE_TURN


@pytest.fixture
def behind_proxy(settings):
    settings.BEHIND_PROXY = True


def knock(client, forwarded=None, remote="10.0.0.1"):
    """Send a wrong key from ``remote`` and return the status: 401 within the limit of the address, else
    429."""
    told = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return client.get(GROUPS, headers={**WRONG, **told}, REMOTE_ADDR=remote).status_code


def test_without_a_proxy_the_header_says_nothing(one_turn, client):
    assert knock(client, "203.0.113.7") == 401
    assert knock(client, "203.0.113.8") == 429
    assert knock(client) == 429
    assert knock(client, "203.0.113.7", remote="10.0.0.2") == 401


@pytest.mark.parametrize(
    "claimed", ["198.51.100.1, ", "198.51.100.1,", "a, b, c, ", ", ", "203.0.113.9, x,  "]
)
def test_behind_a_proxy_the_clients_own_claims_do_not_change_its_address(
    one_turn, behind_proxy, client, claimed
):
    assert knock(client, "203.0.113.7") == 401
    assert knock(client, f"{claimed}203.0.113.7") == 429


def test_behind_a_proxy_each_client_has_its_own_limit(one_turn, behind_proxy, client):
    assert knock(client, "203.0.113.7") == 401
    assert knock(client, "203.0.113.7, 203.0.113.8") == 401
    assert knock(client, remote="203.0.113.8") == 429
    assert knock(client) == 401


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("2001:db8::1", "2001:0DB8:0::1", "2001:db8::2"),
        ("2001:db8::1", "[2001:db8::1]", "[2001:db8::2]"),
        ("2001:db8::1", "[2001:db8::1]:51234", "[2001:db8::2]:51234"),
        ("203.0.113.7", "203.0.113.7:51234", "203.0.113.8:51234"),
        ("fe80::1", "fe80::1%eth0", "fe80::2%eth0"),
        ("203.0.113.7:1", "203.0.113.7:2", "203.0.113.8:2"),
    ],
)
def test_each_notation_of_an_address_counts_as_the_same_address(
    one_turn, behind_proxy, client, one, same, another
):
    assert knock(client, one) == 401
    assert knock(client, f"198.51.100.1, {same}") == 429
    assert knock(client, another) == 401


GARBAGE = ["unknown", "_hidden", "", " ", ",", "203.0.113.7,", "'; --", "300.1.1.1", "1:2:3", "é", "x" * 5000]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_text_that_is_not_an_address_counts_as_the_proxys_address(one_turn, behind_proxy, client, garbage):
    assert knock(client, garbage) == 401
    assert knock(client, "no address either") == 429
    assert knock(client) == 429


# --- lockout ---


def sign_in(client, forwarded, password="wrong"):
    return client.post(
        "/admin/login/",
        {"username": "bob", "password": password},
        headers={"x-forwarded-for": forwarded},
        REMOTE_ADDR="10.0.0.1",
    ).status_code


def test_behind_a_proxy_an_address_is_locked_out_whatever_it_claims(behind_proxy, client, bob):
    answers = [sign_in(client, f"198.51.100.{n}, 203.0.113.7") for n in range(5)]
    assert answers == [200] * 4 + [429]
    assert sign_in(client, "203.0.113.8, 203.0.113.7", PASSWORD) == 429
    assert sign_in(client, "203.0.113.7, 203.0.113.8", PASSWORD) == 302


@pytest.mark.parametrize("garbage", [*GARBAGE, "fe80::1%eth0"])
def test_a_wrong_password_is_refused_when_the_proxy_gives_no_address(behind_proxy, client, bob, garbage):
    assert sign_in(client, garbage) == 200
    assert sign_in(client, garbage, PASSWORD) == 302


# --- the real server ---


@pytest.fixture
def no_turns_taken():
    """No address has made a request yet. The server's counts are not rolled back after a test."""
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM access_bucket")
        yield
        cursor.execute("DELETE FROM access_bucket")


@pytest.mark.django_db(databases="__all__", transaction=True)
@pytest.mark.parametrize(("behind", "third"), [("on", 401), ("off", 429)])
def test_the_last_of_several_header_lines_counts(no_turns_taken, behind, third):
    told = {"VBA_BEHIND_PROXY": behind, "VBA_RATE_LIMIT": str(ONE_TURN)}
    with patch.dict(os.environ, told), running_server() as port:
        assert ask(port, "198.51.100.1", "203.0.113.7") == 401
        assert ask(port, "198.51.100.2", "203.0.113.7") == 429
        assert ask(port, "203.0.113.7", "198.51.100.2, 203.0.113.8") == third


def ask(port, *lines):
    """Send a wrong key with so many lines X-Forwarded-For, and return the status."""
    sent = [f"GET {GROUPS} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    sent += [f"{name}: {value}" for name, value in WRONG.items()]
    sent += [f"X-Forwarded-For: {line}" for line in lines]
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(("\r\n".join(sent) + "\r\n\r\n").encode())
        return int(connection.makefile("rb").readline().split()[1])
