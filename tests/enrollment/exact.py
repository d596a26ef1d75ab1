"""What the tests of exact days share: fixture F's days, and asking as every door asks, run by the engine in
the test's own transaction."""

import itertools
from typing import Any

import pytest

from enrollment.engine import disenroll
from enrollment.engine.outcome import ProcessOutcome
from enrollment.engine.runners import reenroll_by
from enrollment.models import SubEnrollment
from enrollment.process_requests.process_request import DISENROLL, REENROLL, read_request
from members.models import Member
from tests.enrollment import world
from tests.enrollment.storing import of_g1
from tests.enrollment.world import Q, R, day

# D is 06-30, new coverage begins on 09-01.
AROUND_D = ("06-29", "06-30", "07-01")
AROUND_START = ("08-31", "09-01", "09-02")
NEW = {"start_Date": "2024-09-01"}
ONE = {"division_ID": "A", "groupDisenroll": False}
DEPENDENTS = ONE | {"disenrollFamily": 3}
S1 = {"groupReenroll": False, "resetGroupDisenroll": False, "subscriber_ID": "S1"}
COBRA = S1 | {"reenrollCOBRA": True, "cobraDivision": "C", "cobraReason": 2}
_keys = itertools.count(3_000_000)


def end(**changes: Any) -> ProcessOutcome:
    """Disenroll as R asks, with changes."""
    asked = read_request(DISENROLL, "G1", R | changes).asked
    return disenroll.run(asked, next(_keys), lambda done, steps, text: None)


def back(**changes: Any) -> ProcessOutcome:
    """Reenroll as Q asks, with changes."""
    asked = read_request(REENROLL, "G1", Q | changes).asked
    done: ProcessOutcome = reenroll_by(asked).run(asked, next(_keys), lambda done, steps, text: None)
    return done


def kinds(outcome: ProcessOutcome) -> dict[str, int]:
    """The warnings by kind, with their counts."""
    return {warning.problem: warning.count for warning in outcome.warnings}


def had(subscriber: str, *, model: Any = SubEnrollment, **values: Any) -> None:
    """The family's enrollment or plans had these dates."""
    dates = {name: day(value) for name, value in values.items() if value is not None}
    of_g1(model).filter(subscriber_id=subscriber).update(**dates)


def member(subscriber: str, seq: str, **values: Any) -> None:
    """A member has these values."""
    Member.objects.filter(subscriber_id=subscriber, member_seq=seq).update(**values)


def span(name: str) -> str | None:
    """An enrollment as ``world.spans`` tells it."""
    return world.spans().get(name)


def each(days: tuple[str, ...], *found: Any) -> Any:
    """Each of the days with what is to be found."""
    return pytest.mark.parametrize(("when", "found"), list(zip(days, found, strict=True)), ids=days)
