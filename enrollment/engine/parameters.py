"""The requests that the engine takes, as plain data. Dates are calendar days."""

import datetime
from dataclasses import dataclass
from enum import IntEnum


class DisenrollFamily(IntEnum):
    """Whose coverage a disenrollment ends (option_Key of GET /disenroll-family-options)."""

    FAMILY = 1
    SUBSCRIBER_ONLY = 2
    DEPENDENTS_ONLY = 3


class DisenrollFuture(IntEnum):
    """What happens to enrollments that start after the disenroll date."""

    CANCEL = 2
    LEAVE = 3


class ReenrollFamily(IntEnum):
    """Whose coverage comes back (option_Key of GET /reenroll-family-options)."""

    FAMILY = 1
    SUBSCRIBER_ONLY = 2
    DEPENDENTS_ONLY = 3
    SELECTED_MEMBERS = 4


@dataclass(frozen=True)
class Disenroll:
    """End the coverage of a group or of one of its divisions."""

    user: str
    group_id: str
    day: datetime.date
    reason_id: int
    division_id: str | None = None
    term_date: datetime.date | None = None
    family: DisenrollFamily = DisenrollFamily.FAMILY
    future: DisenrollFuture = DisenrollFuture.CANCEL
    group_disenroll: bool = False
    terminate_auth: bool = False


@dataclass(frozen=True)
class CobraPlan:
    """A plan to continue under COBRA. Without a tier, it keeps the tier it had."""

    plan_id: str
    tier: str | None = None


@dataclass(frozen=True)
class Cobra:
    """Where and for how long coverage continues under COBRA; ``end`` is the last day."""

    division_id: str
    coverage_start: datetime.date
    start: datetime.date
    end: datetime.date
    plans: tuple[CobraPlan, ...] = ()


@dataclass(frozen=True)
class Reenroll:
    """Bring back coverage that a disenrollment for ``day`` ended: as it was (no ``start``, no ``cobra``),
    as new coverage from ``start``, or under COBRA. Without a ``subscriber_id``, for everyone in scope."""

    user: str
    group_id: str
    day: datetime.date
    division_id: str | None = None
    subscriber_id: str | None = None
    family: ReenrollFamily = ReenrollFamily.FAMILY
    members: tuple[str, ...] = ()
    start: datetime.date | None = None
    cobra: Cobra | None = None
    everything: bool = False
    reset_stamps: bool = False
    reset_auth: bool = False
    invoice_date: datetime.date | None = None
