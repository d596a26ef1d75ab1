"""The time and the text of an answer do not reveal which users and databases exist."""

import re
from time import thread_time

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api.doors import sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def people(settings):
    """Users of every status, and a password hash that takes measurable time."""
    settings.PASSWORD_HASHERS = ["tests.hashing.SomewhatSlow"]
    User.objects.create_user("known", password=PASSWORD, is_staff=True)
    User.objects.create_user("inactive", password=PASSWORD, is_active=False, is_staff=True)
    User.objects.create_user("unusable", password=None, is_staff=True)
    return {
        "known": "wrong",
        "inactive": PASSWORD,
        "unusable": PASSWORD,
        "unknown": PASSWORD,
        "nul\0": PASSWORD,
    }


def by_rest(demo_key):
    def ask(name, password):
        response = sign_in(Client(), demo_key, name, password)
        return response.status_code, response.json()["error"]["detail"]

    return ask


def by_admin(name, password):
    response = Client().post("/admin/login/", {"username": name, "password": password})
    said = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    return response.status_code, said.replace(name.replace("\0", ""), "")


def quickest(ask, *credentials):
    """Return the shortest of three times, and the answer. The time is that of the processor, which is what a
    hash takes: on a busy machine the clock tells more of others' work than of ours."""
    times = []
    for _ in range(3):
        begun = thread_time()
        answer = ask(*credentials)
        times.append(thread_time() - begun)
    return min(times), answer


@pytest.mark.parametrize("door", ["rest", "admin"])
def test_a_refused_sign_in_takes_the_same_time_and_says_the_same_for_any_name(people, demo_key, door):
    ask = by_rest(demo_key) if door == "rest" else by_admin
    ask("known", "warm up")
    if door == "admin":
        del people["nul\0"]  # The form refuses it before it looks for a user.
    asked = {name: quickest(ask, name, password) for name, password in people.items()}
    assert len({answer for _, answer in asked.values()}) == 1
    reference = asked["known"][0]
    assert reference > 0.02
    for name, (time, _) in asked.items():
        assert 0.4 < time / reference < 2.5, (name, time, reference)


def test_a_closed_database_gets_the_answer_of_an_unknown_one(client, bob, both_key):
    told = [sign_in(client, both_key, database=name).json()["error"] for name in ("VBA_Acme", "VBA_Nowhere")]
    for each in told:
        each.pop("instance", None)
    assert told[0] == told[1]
