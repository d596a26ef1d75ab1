"""Tells the database who acts, before the first write of each transaction."""

from collections.abc import Callable

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from tables.context.actor import acting_source, acting_user_in_full
from tables.context.requests import activity_id
from tables.history import sql
from tables.schema.django_private import transaction_place

_READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SHOW", "EXPLAIN", "VALUES")


class _Telling:
    """What a connection has told the database, and in which transaction. Rolling back a savepoint undoes
    it."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._told: tuple[str, ...] | None = None
        self._place: tuple[object, ...] = ()

    def __call__(
        self,
        execute: Callable[..., object],
        statement: object,
        params: object,
        many: bool,
        context: dict[str, object],
    ) -> object:
        # Act before any statement that may write, in any form that psycopg accepts.
        if not (isinstance(statement, str) and statement.lstrip()[:9].upper().startswith(_READS)):
            self._tell()
        return execute(statement, params, many, context)

    def _tell(self) -> None:
        connection = self._connection
        place = transaction_place(connection)
        actor = (acting_user_in_full() or "", acting_source(), activity_id().strip("-"))
        if place and self._told == actor and place[: len(self._place)] == self._place:
            return
        # Use psycopg's own cursor, so that Django does not count this query.
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            cursor.execute(sql.TELL.format(local="true" if place else "false"), actor)
        self._told, self._place = (actor, place) if place else (None, ())


def tell_before_writes(connection: BaseDatabaseWrapper, **signal: object) -> None:
    """Watch the statements of a new connection to a target database."""
    if connection.alias not in settings.VBA_DATABASES:
        return
    connection.execute_wrappers[:] = [
        each for each in connection.execute_wrappers if not isinstance(each, _Telling)
    ]
    connection.execute_wrappers.append(_Telling(connection))
