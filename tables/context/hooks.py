"""Hooks: what upper floors add to lower ones while the apps start.

A lower floor may not import an upper one. So it declares a hook beside what it needs it for, and ``ready`` of
an app further up adds to it. ``git grep "Hook\\["`` finds every hook there is.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

Part = TypeVar("Part")


class Hook(Generic[Part]):
    """A place for parts of one type, iterated in the order in which they were added."""

    def __init__(self, *parts: Part) -> None:
        self._parts = list(parts)

    def add(self, *parts: Part) -> None:
        """Add parts behind those that are there."""
        self._parts.extend(parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)
