"""Who acts: the user whose name is stamped on rows, kept for the length of a request or command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STAMP_LENGTH = 20

_acting: ContextVar[str | None] = ContextVar("vba_acting_user", default=None)


def acting_user() -> str | None:
    """Return the acting user's name as stamps hold it (20 characters), or None when nobody is known."""
    return _acting.get()


@contextmanager
def acting_as(username: str | None) -> Iterator[None]:
    """Stamp what is written inside the block with ``username``."""
    token = _acting.set(username[:STAMP_LENGTH] if username else None)
    try:
        yield
    finally:
        _acting.reset(token)


def set_acting_user(username: str | None) -> None:
    """Stamp what is written in the rest of this context with ``username`` (None: nobody)."""
    _acting.set(username[:STAMP_LENGTH] if username else None)
