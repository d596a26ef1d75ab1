"""Hooks: how higher layers extend lower ones when the apps start.

A lower layer must not import a higher one. So it declares a hook next to the code that needs it, and the
``ready`` method of a higher-level app adds to it. ``git grep "Hook\\["`` finds all hooks.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

Part = TypeVar("Part")


class Hook(Generic[Part]):
    """A list of parts of one type, in the order in which they were added."""

    def __init__(self, *parts: Part) -> None:
        self._parts = list(parts)

    def add(self, *parts: Part) -> None:
        """Add parts at the end."""
        self._parts.extend(parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)
