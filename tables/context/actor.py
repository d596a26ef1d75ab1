"""Who acts, from where and with which permissions. Row stamps, history and sensitive columns use it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STAMP_LENGTH = 20
SHELL = "shell"

_acting: ContextVar[str | None] = ContextVar("vba_acting_user", default=None)
_source: ContextVar[str] = ContextVar("vba_acting_source", default=SHELL)


# Tells whether the acting user has a permission (``members.view_ssn``) in the chosen database.
May = Callable[[str], bool]


def everything(permission: str) -> bool:
    """Allow everything, as for an operator at a shell."""
    return True


def nothing(permission: str) -> bool:
    """Allow nothing, as for a request before sign-in."""
    return False


_may: ContextVar[May] = ContextVar("vba_acting_may", default=everything)


def acting_user() -> str | None:
    """Return the acting user's name as stamps hold it (20 characters), or None if no user is known."""
    name = _acting.get()
    return name[:STAMP_LENGTH] if name else None


def acting_user_in_full() -> str | None:
    """Return the acting user's full name, or None if no user is known."""
    return _acting.get()


def acting_source() -> str:
    """Return where the action comes from: ``admin``, ``rest``, ``file``, ``process`` or ``shell``."""
    return _source.get()


def acting_may(permission: str) -> bool:
    """Return whether the acting user has a permission in the chosen database."""
    return _may.get()(permission)


@contextmanager
def acting_as(username: str | None, *, source: str | None = None, may: May | None = None) -> Iterator[None]:
    """Act as ``username`` inside the block: stamps and history name them. ``source`` says where the action
    comes from, ``may`` which permissions it has (None: as before)."""
    token, source_token = _acting.set(username or None), _source.set(source or _source.get())
    may_token = _may.set(may or _may.get())
    try:
        yield
    finally:
        _acting.reset(token)
        _source.reset(source_token)
        _may.reset(may_token)


def set_acting_user(username: str | None, *, source: str = SHELL, may: May = everything) -> None:
    """Act as ``username`` (None: no one) for the rest of this context, with the permissions for which ``may``
    returns true."""
    _acting.set(username or None)
    _source.set(source)
    _may.set(may)
