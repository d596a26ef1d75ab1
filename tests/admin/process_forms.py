"""The forms of disenroll and reenroll in the back office: what they send, and a clerk who sends them."""

import re

import pytest
from django.contrib.auth.models import User

from tables.context import databases
from tests.conftest import PASSWORD
from tests.enrollment import world
from tests.enrollment.kept import store
from tests.roles import give_role

FORM = {
    "division_ID": "",
    "disenroll_Date": "2024-06-30",
    "reason_ID": "1",
    "disenrollFamily": "1",
    "disenrollFuture": "2",
    "groupDisenroll": "on",
}
REENROLL = {
    "disenroll_Date": "2024-06-30",
    "mode": "undo",
    "reenrollFamily": "1",
    "resetGroupDisenroll": "on",
}


@pytest.fixture
def clerk(client):
    """A clerk signed in, and fixture F in VBA_Demo."""
    user = User.objects.create_user("u1", password=PASSWORD, is_staff=True)
    give_role(user, "Enrollment clerk", "VBA_Demo")
    client.force_login(user)
    with databases.using("VBA_Demo"):
        store("only_f", world.make_f)
        yield client


def send(client, address, data, step):
    """Send a form, to be started with what its preview had; the database stays chosen."""
    if step == "start" and "previewed" not in data:
        preview = client.post(address, {**data, "step": "preview"}).context or {}
        data = {**data, "previewed": preview.get("previewed", "")}
    answer = client.post(address, {**data, "step": step})
    databases.choose("VBA_Demo")
    return answer


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
