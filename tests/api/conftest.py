"""What the tests of the API share: a program that is signed in."""

import pytest

from tests.api.programs import Program


@pytest.fixture
def program(client, bob, demo_key, signed_in):
    """A program that Bob has signed in to VBA_Demo."""
    return Program(client, signed_in(bob, demo_key))
