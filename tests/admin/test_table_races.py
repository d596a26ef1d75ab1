"""Two people at once: what the checks could not see is told like everything else, never as a failure."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections, transaction
from django.urls import reverse

from groups.models import Group, GroupDivision
from loads.models import FILE, FileLoad, FilePart
from loads.storing import keep
from tables.context import databases
from tests.admin.pages import address, errors_of, text_of
from tests.admin.records import have
from tests.locks import wait_for_waiting

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@contextmanager
def meanwhile(act):
    """Run ``act`` beside the block; the block commits only after ``act`` has begun to wait for it."""
    answer = []

    def run():
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with databases.using("VBA_Demo"), transaction.atomic(using="VBA_Demo"):
            yield answer
            future = pool.submit(run)
            wait_for_waiting()
        answer.append(future.result(timeout=60))


def test_a_key_that_somebody_else_takes_while_the_form_is_saved_is_told_beside_it(clerk):
    with meanwhile(lambda: clerk.send(address(Group, "add"), group_id="G1", name="Ours")) as answer:
        have(Group, name="Theirs")
    assert errors_of(answer[0]) == {"group_id": ["Group 'G1' already exists."]}
    assert 'value="Ours"' in answer[0].content.decode()
    assert clerk.stored(Group, group_id="G1").name == "Theirs"


def test_a_parent_that_goes_while_its_child_is_added_is_told_beside_the_key(clerk):
    have(Group)
    add = f"{address(GroupDivision, 'add')}"
    send = {"group_id": "G1", "division_id": "A", "tax_day_limit_type": "1"}
    with meanwhile(lambda: clerk.send(add, **send)) as answer:
        Group.objects.get(group_id="G1").delete()
    assert errors_of(answer[0]) == {"group_id": ["Group 'G1' was not found."]}


def test_a_child_that_comes_while_its_parent_is_deleted_keeps_it(clerk):
    have(Group)
    page = address(Group, "delete", "G1")
    with meanwhile(lambda: clerk.client.post(page, {"post": "yes"}, follow=True)) as answer:
        have(GroupDivision)
    assert "still has 1 division and cannot be deleted" in text_of(answer[0])
    assert clerk.count(Group) == 1


def test_a_child_that_comes_while_several_are_deleted_keeps_its_parent_and_is_told_first(clerk):
    for n in (1, 2):
        have(Group, group_id=f"G{n}")
    chosen = {"action": "delete_selected", "_selected_action": ["G1", "G2"]}
    listed = address(Group, "changelist")
    sent = {**chosen, "previewed": clerk.client.post(listed, chosen).context["deletion"].digest}
    with meanwhile(lambda: clerk.client.post(listed, sent, follow=True)) as answer:
        have(GroupDivision)
    assert "Nothing was deleted" in text_of(answer[0])
    assert "1 stays because other records belong to it: G1" in text_of(answer[0])
    assert clerk.count(Group) == 2


def test_a_record_that_is_deleted_while_it_is_changed_is_gone_and_does_not_come_back(clerk):
    have(Group, name="Acme")
    page = address(Group, "change", "G1")
    with meanwhile(lambda: clerk.send(page, name="Blue Harbor")) as answer:
        Group.objects.get(group_id="G1").delete()
    assert answer[0].status_code == 302
    assert clerk.count(Group) == 0


@pytest.mark.parametrize("step", ["forget", "read"])
def test_a_file_that_somebody_begins_to_load_is_neither_deleted_nor_read_otherwise(clerk, step):
    with databases.using("VBA_Demo"):
        file = FileLoad.objects.create(table_name="groups", file_name="g.csv", file_bytes=1, state="checked")
        keep(file, FILE, io.BytesIO(b"x"))
    page = reverse("load_one", args=["groups", file.pk])
    sent = {"step": step, "encoding": "cp1252"}
    with meanwhile(lambda: clerk.client.post(page, sent, follow=True)) as answer:
        FileLoad.objects.filter(pk=file.pk).update(state="loading")
    assert "Nothing was started" in text_of(answer[0])
    found = clerk.stored(FileLoad, pk=file.pk)
    assert (found.state, found.encoding, clerk.count(FilePart)) == ("loading", "", 1)
