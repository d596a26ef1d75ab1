"""The state of a merge: its records, and their results so far."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tables.schema.column import Column, Value
from tables.schema.problems import Problem
from tables.write.checks import Check, Mode
from tables.write.staging import Staged


@dataclass
class MergeResult:
    """The result of a merge: which records it created and updated (for a load, only how many), and which it
    refused.

    ``refused`` has a record's failed ``checks`` as bits, the first check lowest (see ``checks.explain``).
    ``pinned`` has the records that the database itself refused. ``assigned`` has the keys that the server
    assigned (the value of the assigned column).
    """

    checks: Sequence[Check]
    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    refused: dict[int, int] = field(default_factory=dict)
    pinned: dict[int, Problem] = field(default_factory=dict)
    assigned: dict[int, Value] = field(default_factory=dict)

    def not_refused(self, numbers: Collection[int]) -> set[int]:
        """Return those of the records that are not refused."""
        return set(numbers) - self.refused.keys() - self.pinned.keys()


@dataclass
class MergeState:
    """What the steps of a merge share. ``kept`` are the columns that existing rows keep, because the acting
    user may not see them. A load only counts results and locks rows in any order, because loads of a table
    take turns."""

    staged: Staged
    mode: Mode
    is_load: bool
    kept: Sequence[Column]
    result: MergeResult

    def refuse(self, bits: dict[int, int]) -> None:
        """Refuse records by their failed checks, and do not write them."""
        self.result.refused.update(bits)
        self.staged.drop(bits)
