"""Who a process may run for: only an active user who may start processes in that very database."""

import pytest
from django.contrib.auth.models import User

from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from processes.process_run import ProcessRun
from tests.admin.process_forms import FORM, send
from tests.enrollment import shell, world
from tests.enrollment.world import Q, R
from tests.roles import give_role

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WRITTEN_BY_PROCESSES = (VBAProcess, VBAProcessParameter, VBAProcessLog, ProcessRun)


@pytest.fixture
def people(asking):
    """Users in whose name nothing may run in VBA_Demo; who asks is a superuser, who himself may."""
    User.objects.create_superuser("retired admin", is_active=False)
    for name, role, database, is_active in (
        ("retired clerk", "Enrollment clerk", "VBA_Demo", False),
        ("viewer", "Viewer", "VBA_Demo", True),
        ("account manager", "Account manager", "VBA_Demo", True),
        ("clerk of Acme", "Enrollment clerk", "VBA_Acme", True),
    ):
        give_role(User.objects.create_user(name, is_active=is_active), role, database)
    User.objects.create_user("no role")
    return asking


@pytest.mark.parametrize(
    "name",
    ["retired admin", "retired clerk", "viewer", "account manager", "clerk of Acme", "no role", "U1", "u1 "],
)
def test_a_process_in_the_name_of_who_may_not_start_it_is_refused_at_every_door(people, name):
    before = world.everything()
    said = f"user_ID is not valid: '{name}'."
    for what, body in (("disenroll", R), ("reenroll", Q)):
        for query in ("", "?preview=true"):
            answer = people.send(what, body | {"user_ID": name}, query=query)
            assert (answer.status_code, answer.json()["error"]["detail"]) == (400, said), what + query
    asked = {
        "disenroll_group": shell.R[:-1],
        "reenroll_group": ("--group-reenroll", "--disenroll-date", "2024-06-30", "--user"),
    }
    for command, options in asked.items():
        assert shell.command(command, *options, name, code=2) == said
    assert world.everything() == before
    assert world.logged() == 0
    assert [model.objects.count() for model in WRITTEN_BY_PROCESSES] == [0, 0, 0, 0]


def test_by_the_form_of_the_admin_no_one_names_another_user(people, client, alice):
    client.force_login(alice)
    assert send(client, "/admin/disenroll/G1/", FORM | {"user_ID": "u1"}, "start").status_code == 302
    assert VBAProcess.objects.get().process_user == "alice"
