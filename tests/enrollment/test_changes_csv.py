"""The changes of a process as csv: every changed column of the tables one may see, and nothing that runs."""

import csv
import io

import pytest

from processes.models import VBAProcess
from tests.enrollment import world
from tests.enrollment.shell import R, command
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def changes(asking, client, carol):
    """G1 was disenrolled with authorizations; ``changes`` is what a browser gets as its changes."""
    world.authorization("AU1", "01", approved_from="07-05")
    world.make_family("=S3", "A", "01-01")
    command("disenroll_group", *R, "--terminate-auth")

    def download(role=None, *, rights=()):
        give_role(carol, role) if role else give_rights(carol, *rights)
        client.force_login(carol)
        key = VBAProcess.objects.get().vbaprocess_key
        answer = client.get(f"/admin/process-changes/{key}.csv")
        assert answer.status_code == 200
        text = b"".join(answer.streaming_content).decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    return download


def test_every_changed_column_is_a_line(changes):
    lines = changes("Enrollment clerk")
    ends = [line for line in lines if line["column"] == "end_date"]
    assert {line["subscriber_ID"] for line in ends} == {"S1", "S2", "'=S3"}
    assert {(line["before"], line["after"]) for line in ends} == {("", "2024-06-30")}
    (code,) = [line for line in lines if line["table"] == "auth"]
    assert (code["row"], code["column"], code["before"], code["after"]) == (
        "AU1",
        "auth_code",
        "OPEN",
        "CANC",
    )


def test_who_may_not_see_authorizations_gets_none(changes):
    assert {line["table"] for line in changes("Viewer")} == {
        "groups",
        "groupdivision",
        "subscribers",
        "members",
        "subenrollment",
        "subenrollmentplan",
    }


def test_a_user_who_may_see_only_enrollments_gets_only_their_changes(changes):
    lines = changes(rights=["enrollment.view_subenrollment", "processes.view_vbaprocess"])
    assert {line["table"] for line in lines} == {"subenrollment"}
