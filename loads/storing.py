"""Stores files in pieces in the target database, where every worker can read them."""

import logging
import tempfile
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.db import DatabaseError, connections

from loads import sql
from loads.models import FILE, FileLoad, FilePart
from tables.context import databases

_log = logging.getLogger(__name__)
_PIECE = 1 << 20
# A file may have a gigabyte, which takes a second to delete.
_AT_ONCE = 5


def keep(load: FileLoad, kind: str, content: IO[bytes]) -> None:
    """Store a file or a report, replacing the earlier one."""
    FilePart.objects.filter(load=load, kind=kind).delete()
    content.seek(0)
    for number, piece in enumerate(iter(lambda: content.read(_PIECE), b"")):
        FilePart.objects.create(load=load, kind=kind, number=number, content=piece)


def pieces(load: FileLoad, kind: str, database: str | None = None) -> Iterator[bytes]:
    """Yield a file from its start, a piece at a time."""
    parts = FilePart.objects.using(database or databases.chosen()).filter(load=load.pk, kind=kind)
    number = 0
    while (part := parts.filter(number=number).values_list("content", flat=True).first()) is not None:
        yield bytes(part)
        number += 1


def fetched(load: FileLoad, most: int | None = None, *, kind: str = FILE) -> BinaryIO:
    """Return the file or a report, or its first bytes, as a temporary file. It has no name, so nothing stays
    on the disk."""
    copy = tempfile.TemporaryFile(prefix="vbaadmin-")  # noqa: SIM115 - the caller closes it
    for piece in pieces(load, kind):
        copy.write(piece)
        if most is not None and copy.tell() >= most:
            break
    copy.seek(0)
    return cast(BinaryIO, copy)


def forget_findings(load: FileLoad) -> None:
    """Delete the reports of a file and clear its counts and errors. The caller saves the file."""
    load.parts.exclude(kind=FILE).delete()
    load.shown, load.notes = [], []
    load.rows_read = load.rows_created = load.rows_updated = None
    load.rows_unchanged = load.rows_refused = None


def forget(load: FileLoad) -> None:
    """Delete a file and its reports. Its result stays."""
    load.parts.all().delete()
    load.forgotten, load.shown, load.notes = True, [], []
    load.save(update_fields=["forgotten", "shown", "notes"])


def forget_some_old() -> None:
    """Delete a few old files during a request. A failure is logged and does not break the page."""
    try:
        forget_old()
    except DatabaseError as error:
        _log.warning("Old files could not be deleted: %s", type(error).__name__)


def forget_old(days: int | None = None) -> int:
    """Delete a few files of the chosen database that are older than ``days``, with their reports. Return how
    many: 0 if none are left, except those that others lock.

    A few at a time, so that a page can call it.
    """
    with connections[databases.chosen()].cursor() as cursor:
        kept = settings.UPLOAD_DAYS if days is None else days
        cursor.execute(sql.FORGET, {"days": kept, "most": _AT_ONCE})
        return int(cursor.rowcount)
