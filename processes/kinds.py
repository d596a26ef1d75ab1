"""Kinds of processes: which function runs a kind, and what that function is given and may do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tables.context.hooks import Hook


class Failed(Exception):
    """The process cannot be done. The text is shown to users as it is: no names, no birth dates."""


class Again(Exception):
    """What the process has read changed under it: it is to be run again from the start."""


class Cancelled(Exception):
    """Somebody asked for the process to be cancelled. Raised in ``progress``; runners let it pass."""


@dataclass(frozen=True)
class LogLine:
    """A line of a process's log, with up to five references (what, value)."""

    log_type: str
    message: str
    references: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class RunResult:
    """How a process was done: with warnings in its log, or without. ``lines`` tell what was done, and are
    written together with it: none of them stays of work that was cancelled or lost at the last moment."""

    warnings: bool = False
    lines: Sequence[LogLine] = ()


class Run(Protocol):
    """What a runner works with."""

    process_key: int
    process_type: str
    group_id: str
    user: str
    arguments: Mapping[str, Any]
    attempt: int

    def log(self, log_type: str, message: str, references: Sequence[tuple[str, str]] = ()) -> None:
        """Write a line of the process's log, which stays whatever becomes of the process; up to five
        references (what, value)."""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Tell how far it is, to be shown within a second. Raises Cancelled where that was asked for."""


# A runner is called inside one open transaction of the chosen target database, acting as the process's
# user. What it writes there is committed together with the process's end, or not at all.
Runner = Callable[[Run], RunResult]

# The types of processes that the worker runs, each with its runner.
RUNNERS = Hook[tuple[str, Runner]]()


def is_registered(kind: str) -> bool:
    """Tell whether the worker runs processes of this type: clients cannot store such rows themselves."""
    return kind in dict(RUNNERS)


def runner_of(kind: str) -> Runner:
    """Return the runner of a type. Raises Failed where this version has none."""
    found = dict(RUNNERS).get(kind)
    if found is None:
        raise Failed(f"This worker knows no process of type {kind}.")
    return found
