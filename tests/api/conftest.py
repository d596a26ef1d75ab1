"""Fixtures of the API tests: a program that is signed in, and the real web server."""

import pytest

from tests.api.programs import Program
from tests.api.published import GROUP
from tests.api.server import RawProgram, running_server


@pytest.fixture
def program(client, bob, demo_key, signed_in):
    """A program that Bob has signed in to VBA_Demo."""
    return Program(client, signed_in(bob, demo_key))


@pytest.fixture(scope="session")
def port(django_db_setup):
    """The port of the real web server, which starts once for all tests that use it."""
    with running_server() as port:
        yield port


@pytest.fixture
def raw_program(port, bob, demo_key, signed_in):
    """A program on the real server that Bob has signed in to VBA_Demo."""
    program = RawProgram(port, signed_in(bob, demo_key))
    yield program
    program.close()


@pytest.fixture
def have(program):
    """Store groups, given as columns by group_ID."""

    def store(**groups):
        records = [GROUP.record(group_ID=key, **columns) for key, columns in groups.items()]
        assert all(status == 201 for status, _ in program.batch(GROUP, records))

    return store
