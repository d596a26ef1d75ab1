"""What a disenrollment or reenrollment did, or would do: counts, warnings, and a sample of families."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields

SAMPLE_FAMILIES = 10

# Reports how far a run is: steps done, steps in total, and the current step.
Progress = Callable[[int, int, str], None]


@dataclass
class Counts:
    """How many rows changed in each table, and how many lines were added to DisenrollLog."""

    enrollments: int = 0
    plans: int = 0
    member_plans: int = 0
    members: int = 0
    subscribers: int = 0
    authorizations: int = 0
    divisions: int = 0
    groups: int = 0
    log_rows: int = 0

    def text(self) -> str:
        """Return the counts as a line, without the zeros: ``2 enrollments, 3 plans``."""
        told = [(getattr(self, each.name), each.name.replace("_", " ")) for each in fields(self)]
        return (
            ", ".join(f"{count:,} {name[:-1] if count == 1 else name}" for count, name in told if count)
            or "nothing"
        )

    @property
    def changes(self) -> int:
        """How many rows changed, without the lines of the log."""
        return sum(int(getattr(self, each.name)) for each in fields(self)) - self.log_rows

    @classmethod
    def in_all(cls, divisions: Iterable["Counts"], others: Sequence[int]) -> "Counts":
        """Return the sum of the divisions' counts, plus what belongs to no division: members, subscribers,
        authorizations, divisions and groups."""
        members, subscribers, authorizations, stamped, groups = others
        total = cls(0, 0, 0, members, subscribers, authorizations, stamped, groups)
        for each in divisions:
            total.enrollments += each.enrollments
            total.plans += each.plans
            total.member_plans += each.member_plans
            total.log_rows += each.log_rows
        return total


@dataclass(frozen=True)
class Family:
    """A family by its keys, with those of a member or an enrollment if a warning is about one."""

    subscriber_id: str
    member_seq: str | None = None
    division_id: str | None = None
    start_date: datetime.date | None = None


@dataclass(frozen=True)
class ProcessWarning:
    """One kind of warning: how often it occurred, and the first families it is about."""

    problem: str
    text: str
    count: int
    families: Sequence[Family] = ()


@dataclass(frozen=True)
class SampleEnrollment:
    """An enrollment of the sample, and its last day before and after."""

    subscriber_id: str
    division_id: str
    start_date: datetime.date
    end_before: datetime.date | None
    end_after: datetime.date | None
    members: int


@dataclass
class ProcessOutcome:
    """What was done, in total and in each division, and the warnings. Only previews fill ``sample``."""

    totals: Counts = field(default_factory=Counts)
    divisions: dict[str, Counts] = field(default_factory=dict)
    warnings: list[ProcessWarning] = field(default_factory=list)
    sample: list[SampleEnrollment] = field(default_factory=list)
