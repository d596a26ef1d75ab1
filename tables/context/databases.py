"""The target database that this request or command works in, and the database router that uses it.

Control tables (users, sessions, keys, tokens) live in ``default``. Mirrored tables live in the
target databases; each query goes to the one chosen in a context variable. Without a choice a query fails.
There is no default.
"""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.apps import apps
from django.conf import settings
from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from psycopg import Connection

_chosen: ContextVar[str | None] = ContextVar("vba_target_database", default=None)


class NoDatabaseChosen(RuntimeError):
    """No target database is chosen, but a target table is used."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnknownDatabase(LookupError):
    """There is no target database of this name."""


def names() -> tuple[str, ...]:
    """Return the names of all configured target databases, in the order of ``VBA_DATABASES``."""
    return tuple(settings.VBA_DATABASES)


def chosen() -> str:
    """Return the name of the chosen target database; raises NoDatabaseChosen."""
    name = _chosen.get()
    if name is None:
        raise NoDatabaseChosen
    return name


def chosen_or_none() -> str | None:
    """Return the name of the chosen target database, or None."""
    return _chosen.get()


def choose(name: str | None) -> None:
    """Choose ``name`` for the rest of this context (None: no database). Raises UnknownDatabase."""
    if name is not None and name not in names():
        raise UnknownDatabase(f"There is no target database '{name}'. Choose one of: {', '.join(names())}.")
    _chosen.set(name)


@contextmanager
def using(name: str) -> Iterator[None]:
    """Work in target database ``name`` inside the block. Raises UnknownDatabase."""
    before = _chosen.get()
    choose(name)
    try:
        yield
    finally:
        _chosen.set(before)


def is_target_app(app_label: str) -> bool:
    """Return whether the app has mirrored tables, which live in the target databases."""
    return getattr(apps.get_app_config(app_label), "in_target_database", False)


@receiver(request_started)
def let_go_of_broken_connections(**signal: object) -> None:
    """Close connections that the server has closed. Django reconnects when it needs them.

    A server sends nothing on an idle connection unless it closes it, so checking the socket is enough. This
    saves the query that Django's CONN_HEALTH_CHECKS makes for each request.
    """
    for connection in connections.all(initialized_only=True):
        kept: Connection | None = connection.connection
        if kept and not connection.in_atomic_block and (kept.closed or _has_news(kept.fileno())):
            connection.close()


def _has_news(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


class TargetDatabaseMiddleware:
    """Starts and ends every request without a chosen database. Authentication and the admin's switcher choose
    one, and the thread's next request must not inherit it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        choose(None)
        try:
            return self.get_response(request)
        finally:
            choose(None)


class TargetDatabaseRouter:
    """Sends mirrored tables to the chosen target database and everything else to the control database."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        return chosen() if is_target_app(model._meta.app_label) else DEFAULT_DB_ALIAS

    db_for_write = db_for_read

    def allow_relation(self, obj1: Model, obj2: Model, **hints: object) -> bool:
        return is_target_app(obj1._meta.app_label) == is_target_app(obj2._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return is_target_app(app_label) == (db in settings.VBA_DATABASES)
