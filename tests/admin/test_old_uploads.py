"""Old uploaded files: pages delete a few at a time, and a command deletes all of them."""

import datetime
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections, transaction
from django.utils import timezone

from loads.models import FILE, FileLoad, FilePart
from tables.context import databases
from tests.admin.pages import address
from tests.admin.uploads import TWO, now, send
from tests.files.commands import refusal

MANY = 50
# As if the deleting took longer than a statement of the web may.
TOO_LONG = """
    CREATE FUNCTION too_long() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'too long' USING ERRCODE = '57014'; END $$;
    CREATE TRIGGER too_long BEFORE DELETE ON filepart FOR EACH ROW EXECUTE FUNCTION too_long()"""


def old_files(count):
    """Have files in VBA_Demo that were sent a month ago."""
    with databases.using("VBA_Demo"):
        made = FileLoad.objects.bulk_create(
            FileLoad(table_name="groups", file_name="old.csv", file_bytes=1) for _ in range(count)
        )
        FilePart.objects.bulk_create(FilePart(load=each, kind=FILE, number=0, content=b"x") for each in made)
        FileLoad.objects.update(sent_at=timezone.now() - datetime.timedelta(days=30))
    return made


def left(clerk):
    return clerk.count(FilePart, load__file_name="old.csv")


def beside(clerk):
    """Send a file by connections of its own."""
    try:
        return send(clerk, TWO)
    finally:
        connections.close_all()


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("by", ["an upload", "a look at the list"])
def test_old_files_are_deleted_a_few_at_a_time(clerk, by):
    old_files(MANY)
    before = MANY
    for _ in range(3):
        answer = send(clerk, TWO) if by == "an upload" else clerk.get(address(FileLoad, "changelist"))
        assert answer.status_code in (200, 302)
        assert 0 < before - left(clerk) <= 5
        before = left(clerk)
    assert clerk.count(FileLoad, file_name="old.csv", forgotten=True) == MANY - before


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_locked_old_files_do_not_block_uploads(clerk):
    held, other = old_files(2)
    with ThreadPoolExecutor(1) as pool, transaction.atomic(using="VBA_Demo"):
        FileLoad.objects.using("VBA_Demo").select_for_update().get(pk=held.pk)
        sending = pool.submit(beside, clerk)
        with suppress(TimeoutError):  # What waits for us ends only after us.
            sending.result(timeout=60)
        has_waited = not sending.done()
    assert (has_waited, sending.result().status_code) == (False, 302)
    assert clerk.count(FileLoad, file_name="groups.csv") == 1
    assert (now(clerk, held).forgotten, now(clerk, other).forgotten) == (False, True)


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_failed_deletion_of_old_files_does_not_break_a_page(clerk):
    (old,) = old_files(1)
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(TOO_LONG)
        try:
            assert send(clerk, TWO).status_code == 302
            assert clerk.get(address(FileLoad, "changelist")).status_code == 200
        finally:
            cursor.execute("DROP FUNCTION too_long CASCADE")
    assert not now(clerk, old).forgotten
    assert clerk.get(address(FileLoad, "changelist")).status_code == 200
    assert now(clerk, old).forgotten


@pytest.mark.django_db(databases="__all__")
def test_the_command_deletes_all_of_them(clerk):
    old_files(MANY)
    send(clerk, TWO)
    out = io.StringIO()
    call_command("prune_uploads", "--database", "VBA_Demo", stdout=out)
    assert left(clerk) == 0
    assert clerk.count(FileLoad, file_name="groups.csv", forgotten=False) == 1


@pytest.mark.django_db(databases="__all__")
def test_the_command_refuses_wrong_options(clerk):
    send(clerk, TWO)
    assert "--days must be 0 or more" in refusal("--days", "-1", command="prune_uploads")
    assert "VBA_Nowhere" in refusal("--database", "VBA_Nowhere", command="prune_uploads")
    assert clerk.count(FileLoad, forgotten=False) == 1


def test_a_setting_that_would_delete_new_files_is_refused_at_startup(settings):
    for days in (0, -7):
        settings.UPLOAD_DAYS = days
        with pytest.raises(SystemCheckError, match=f"VBA_UPLOAD_DAYS is {days}"):
            call_command("check")
