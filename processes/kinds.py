"""Kinds of processes: which function runs a kind, what it gets, and what it may do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tables.context.hooks import Hook


class Failed(Exception):
    """The process cannot be done. Users see the text as it is: no names, no birth dates."""


class Again(Exception):
    """Others changed what the process had read: run it again from the start."""


class Cancelled(Exception):
    """Someone canceled the process. ``progress`` raises this; runners let it pass."""


@dataclass(frozen=True)
class LogLine:
    """A line of a process's log, with up to five references (name, value)."""

    log_type: str
    message: str
    references: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class RunResult:
    """How a process was done: with warnings in its log, or without. ``lines`` say what was done. The work and
    its lines are stored together: if the work is canceled or lost at the last moment, no line stays."""

    warnings: bool = False
    lines: Sequence[LogLine] = ()


class Run(Protocol):
    """The process that a runner works for: its key, its arguments, and its log."""

    process_key: int
    process_type: str
    group_id: str
    user: str
    arguments: Mapping[str, Any]
    attempt: int

    def log(self, log_type: str, message: str, references: Sequence[tuple[str, str]] = ()) -> None:
        """Write a line of the process's log, with up to five references (name, value). The line stays,
        however the process ends."""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Report the progress, shown within a second. Raises ``Cancelled`` after a request to cancel."""


# A runner is called inside one open transaction of the chosen target database, acting as the process's
# user. What it writes there is committed together with the process's end, or not at all.
Runner = Callable[[Run], RunResult]

# The types of processes that the worker runs, each with its runner.
RUNNERS = Hook[tuple[str, Runner]]()


def is_registered(kind: str) -> bool:
    """Return whether the worker runs processes of this type. Clients cannot store such rows themselves."""
    return kind in dict(RUNNERS)


def runner_of(kind: str) -> Runner:
    """Return the runner of a type. Raises Failed if this version has none."""
    found = dict(RUNNERS).get(kind)
    if found is None:
        raise Failed(f"This worker cannot run processes of type {kind}.")
    return found
