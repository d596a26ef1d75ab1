"""A user whose name is longer than what REST and the stamps take runs processes from the admin and a
shell; rights are those of the whole name, and the history shows it."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from groups.models import Group, GroupDivision
from members.models import Subscriber
from processes.models import VBAProcess, VBAProcessParameter
from tables.context import databases
from tests.admin.process_forms import FORM
from tests.conftest import PASSWORD
from tests.enrollment import world
from tests.enrollment.shell import R, command
from tests.roles import give_role
from tests.work.in_process import run_queued

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

MARIA = "maria.gonzalez@acme.com"
STAMP = MARIA[:20]
AS_MARIA = (*R[:-1], MARIA)


def make_user(name, role):
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    give_role(user, role, "VBA_Demo")
    return user


@pytest.fixture
def maria(asking):
    """A clerk with a long name, and someone without rights whose name is what stamps hold of it."""
    make_user(STAMP, "Viewer")
    return make_user(MARIA, "Enrollment clerk")


def post(client, form):
    answer = client.post("/admin/disenroll/G1/", form)
    databases.choose("VBA_Demo")
    return answer


def test_a_clerk_with_a_long_name_disenrolls_and_the_history_names_her(f, client, maria):
    client.force_login(maria)
    preview = post(client, FORM | {"step": "preview"})
    assert preview.status_code == 200
    started = post(client, FORM | {"step": "start", "previewed": preview.context["previewed"]})
    assert started.status_code == 302
    run_queued()
    process = VBAProcess.objects.get(process_end__isnull=False)
    assert (process.process_result, process.process_user) == ("COMPLETED", STAMP)
    assert VBAProcessParameter.objects.get(parameter_name="user_ID").parameter_value1 == MARIA
    stamped = [*GroupDivision.objects.filter(group_id="G1"), Group.objects.get(group_id="G1")]
    assert {row.update_user for row in stamped} == {STAMP}
    family = Subscriber.objects.get(subscriber_id="S1")
    client.force_login(make_user("carol", "Administrator"))
    for page in (
        started["Location"],
        reverse("admin:groups_group_history", args=["G1"]),
        reverse("admin:members_subscriber_history", args=[family.pk]),
        reverse("admin:members_subscriber_change", args=[family.pk]),
    ):
        assert MARIA in client.get(page).content.decode(), page


def test_from_a_shell_the_whole_name_counts(maria):
    command("disenroll_group", *AS_MARIA)
    assert world.spans()["S1/A"] == "01-01..06-30"
    command("reenroll_group", "--group-reenroll", "--reset-group-disenroll", "--user", MARIA)
    assert world.spans()["S1/A"] == "01-01.."


def test_the_rights_of_a_shorter_name_are_not_hers(asking):
    make_user(STAMP, "Enrollment clerk")
    make_user(MARIA, "Viewer")
    assert command("disenroll_group", *AS_MARIA, code=2) == f"user_ID is not valid: '{MARIA}'."
    assert not VBAProcess.objects.exists()


def test_a_rest_body_takes_no_longer_names_than_it_is_published_to(asking, maria):
    status, said = asking.post("disenroll", world.R | {"user_ID": MARIA})
    assert (status, said) == (400, f"user_ID is not valid: '{MARIA}'.")
