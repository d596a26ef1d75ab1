"""Which code an authorization gets that a disenrollment cancels: the operator's own, where one is set."""

import io

import pytest
from django.core.management import call_command

from tables.context import databases
from tests.enrollment import world

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize("code", ["CANC", "TERM"])
def test_a_canceled_authorization_has_the_code_that_is_set(asking, settings, code):
    settings.DISENROLL_AUTH_CODE = code
    world.authorization("AU1", "01", approved_from="07-05")
    told = ("--disenroll-date", "2024-06-30", "--reason", "1", "--group-disenroll", "--terminate-auth")
    call_command(
        "disenroll_group", "G1", *told, "--user", "u1", "--database", "VBA_Demo", stdout=io.StringIO()
    )
    databases.choose("VBA_Demo")
    assert world.authorizations() == {"AU1": f"{code} 07-05.."}
