"""Links on the page of a record that apps further up add: to what can be done with it, or seen of it."""

from collections.abc import Callable, Iterable
from typing import Any

# Returns pairs of text and address for a record and a user.
Links = Callable[[Any, Any], Iterable[tuple[str, str]]]
_registered: list[Links] = []


def register_links(links: Links) -> None:
    """Let the pages of records show what ``links(record, user)`` yields."""
    _registered.append(links)


def links_of(record: Any, user: Any) -> list[tuple[str, str]]:
    """Return the links of a record for a user."""
    return [link for links in _registered for link in links(record, user)]
