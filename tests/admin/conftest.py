"""What the tests of the admin's tables share: a clerk at work."""

import pytest
from django.core.cache import cache

from tables.context import databases
from tests.admin.pages import Clerk
from tests.enrollment import world
from tests.enrollment.kept import store
from tests.enrollment.others import make_others


@pytest.fixture
def clerk(bob):
    """Bob, a member of staff, at work in VBA_Demo."""
    return Clerk.of(bob)


@pytest.fixture
def no_kept_figures():
    """Figures that are kept for minutes are counted anew by each test, and no database stays chosen."""
    cache.clear()
    yield
    cache.clear()
    databases.choose(None)


@pytest.fixture
def world_of_f():
    """Fixture F in VBA_Demo: group G1 with divisions A, B and C (COBRA), families S1 (two members) and S2."""
    with databases.using("VBA_Demo"):
        store("only_f", world.make_f)
        yield


@pytest.fixture
def others(world_of_f):
    """Other employers of the same divisions, plans and people beside fixture F."""
    make_others()
