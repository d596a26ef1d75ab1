"""What the tests of the admin's tables share: a clerk at work."""

import pytest

from tests.admin.pages import Clerk


@pytest.fixture
def clerk(bob):
    """Bob, a member of staff, at work in VBA_Demo."""
    return Clerk.of(bob)
