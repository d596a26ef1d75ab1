"""A merge under way: what it works on, and what has become of the records so far."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tables.schema.column import Column, Value
from tables.schema.problems import Problem
from tables.write.checks import Check, Mode
from tables.write.staging import Staged


@dataclass
class MergeResult:
    """What a merge did: which records it created and updated (of a load only how many) and which it refused.

    ``refused`` holds the failed ``checks`` of a record as bits, the first check lowest (see
    ``checks.explain``), ``pinned`` what the database itself refused, and ``assigned`` the keys that the
    server gave (the value of the assigned column).
    """

    checks: Sequence[Check]
    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    refused: dict[int, int] = field(default_factory=dict)
    pinned: dict[int, Problem] = field(default_factory=dict)
    assigned: dict[int, Value] = field(default_factory=dict)

    def not_refused(self, numbers: Collection[int]) -> set[int]:
        """Return those of the records that nothing has refused."""
        return set(numbers) - self.refused.keys() - self.pinned.keys()


@dataclass
class MergeState:
    """What the steps of a merge share. ``kept`` are the columns that existing rows keep: whoever acts may
    not see them. Of a load the result has counts, and its rows are locked in any order: loads of a table
    take turns."""

    staged: Staged
    mode: Mode
    is_load: bool
    kept: Sequence[Column]
    result: MergeResult

    def refuse(self, bits: dict[int, int]) -> None:
        """Refuse records by the checks they failed, and write them no more."""
        self.result.refused.update(bits)
        self.staged.drop(bits)
