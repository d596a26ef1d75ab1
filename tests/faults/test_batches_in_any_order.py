"""Batches over the same keys, each in an order of its own, wait for each other and all end well."""

import os
import random

import pytest
from django.test import Client

from tests.api.families import DIVISION_A, GROUP, have
from tests.api.programs import Program, data_of
from tests.at_once import together

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

# `SHUFFLED_ROUNDS=200 pytest tests/faults/test_batches_in_any_order.py` is the long way.
ROUNDS = int(os.environ.get("SHUFFLED_ROUNDS", "8"))
CLIENTS, KEYS = 8, 500


@pytest.mark.parametrize("keys", [KEYS, 50], ids=["many", "few"])
def test_clients_with_the_same_keys_in_any_order_all_succeed(bob, demo_key, signed_in, keys):
    headers = signed_in(bob, demo_key)
    have(Program(Client(), headers), GROUP)
    chance = random.Random(7)

    def put(records):
        path = "/vbasoftware/groups/G1/divisions-batch"
        return lambda: Program(Client(), headers).put(path, records)

    for turn in range(ROUNDS):
        # Half of the keys were written in the round before, half of them are new.
        names = [f"D{n:05}" for n in range(turn * keys // 2, turn * keys // 2 + keys)]
        acts = []
        for client in range(CLIENTS):
            chance.shuffle(names)
            acts.append(put([DIVISION_A.record(division_ID=n, city=f"{client}") for n in names]))
        for answer in together(*acts):
            assert answer.status_code == 207, answer.content
            assert {each["status"] for each in data_of(answer, 207)} <= {200, 201}


def test_answers_stay_in_the_order_sent(bob, demo_key, signed_in):
    program = Program(Client(), signed_in(bob, demo_key))
    have(program, GROUP)
    names = [f"D{n:03}" for n in range(150)]
    random.Random(3).shuffle(names)
    for some in (names[:50], names):
        answers = data_of(
            program.put(
                "/vbasoftware/groups/G1/divisions-batch", [DIVISION_A.record(division_ID=n) for n in some]
            ),
            207,
        )
        assert [each["id"][1]["value"] for each in answers] == some
    was_there = set(names[:50])
    assert [each["status"] for each in answers] == [200 if name in was_there else 201 for name in names]
