"""Who acts, from where and with which rights: for the stamps of rows, the history and sensitive columns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STAMP_LENGTH = 20
SHELL = "shell"

_acting: ContextVar[str | None] = ContextVar("vba_acting_user", default=None)
_source: ContextVar[str] = ContextVar("vba_acting_source", default=SHELL)


# Whether the one who acts has a right (``members.view_ssn``) in the chosen database.
May = Callable[[str], bool]


def everything(permission: str) -> bool:
    """What an operator at a shell may do."""
    return True


def nothing(permission: str) -> bool:
    """What a request may do before anybody has signed in."""
    return False


_may: ContextVar[May] = ContextVar("vba_acting_may", default=everything)


def acting_user() -> str | None:
    """Return the acting user's name as stamps hold it (20 characters), or None when nobody is known."""
    name = _acting.get()
    return name[:STAMP_LENGTH] if name else None


def acting_user_in_full() -> str | None:
    """Return the acting user's whole name, or None when nobody is known."""
    return _acting.get()


def acting_source() -> str:
    """Return from where is acted: ``admin``, ``rest``, ``file``, ``process`` or ``shell``."""
    return _source.get()


def acting_may(permission: str) -> bool:
    """Tell whether the one who acts has a right in the chosen database."""
    return _may.get()(permission)


@contextmanager
def acting_as(username: str | None, *, source: str | None = None, may: May | None = None) -> Iterator[None]:
    """Stamp what is written inside the block with ``username``; ``source`` says from where, ``may`` with
    which rights (None: as before)."""
    token, source_token = _acting.set(username or None), _source.set(source or _source.get())
    may_token = _may.set(may or _may.get())
    try:
        yield
    finally:
        _acting.reset(token)
        _source.reset(source_token)
        _may.reset(may_token)


def set_acting_user(username: str | None, *, source: str = SHELL, may: May = everything) -> None:
    """Stamp what is written in the rest of this context with ``username`` (None: nobody), who has the rights
    that ``may`` is true of."""
    _acting.set(username or None)
    _source.set(source)
    _may.set(may)
