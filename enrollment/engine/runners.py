"""The two kinds of processes: what the worker runs for them, and the lines of their log."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import msgspec

from enrollment.engine import comparing, cover, disenroll, undo
from enrollment.engine.outcome import Family, ProcessOutcome, Progress
from enrollment.engine.parameters import Disenroll, Reenroll
from enrollment.engine.statements import ChangedMeanwhile
from processes import kinds

DISENROLL, REENROLL = "GROUPDISENROLL", "GROUPREENROLL"
_Asked = TypeVar("_Asked", Disenroll, Reenroll)


class ReenrollEngine(Protocol):
    """A module that reenrolls in one way."""

    def preview(self, asked: Reenroll) -> ProcessOutcome:
        """Return what would be done, with a sample of families."""

    def run(self, asked: Reenroll, process_key: int, progress: Progress) -> ProcessOutcome:
        """Reenroll, and journal every change under the process."""


def register() -> None:
    """Register the functions that the worker runs."""
    kinds.RUNNERS.add((DISENROLL, run_disenroll), (REENROLL, run_reenroll))


def run_disenroll(run: kinds.Run) -> kinds.RunResult:
    """Run the disenrollment that the process was started for."""
    asked = msgspec.convert(run.arguments, Disenroll)
    return _run(run, disenroll.run, asked)


def run_reenroll(run: kinds.Run) -> kinds.RunResult:
    """Run the reenrollment that the process was started for."""
    asked = msgspec.convert(run.arguments, Reenroll)
    return _run(run, reenroll_by(asked).run, asked)


def reenroll_by(asked: Reenroll) -> ReenrollEngine:
    """Return the module for this reenrollment: new coverage, or undo."""
    return cover if asked.start or asked.cobra else undo


def _run(
    run: kinds.Run, engine: Callable[[_Asked, int, Progress], ProcessOutcome], asked: _Asked
) -> kinds.RunResult:
    group = ("Group", asked.group_id)
    run.log("START", f"Group '{asked.group_id}', disenroll date {asked.day.isoformat()}.", [group])
    try:
        outcome = engine(asked, run.process_key, run.progress)
    except ChangedMeanwhile as error:
        raise kinds.Again from error
    comparing.keep(run.process_key, asked)
    return kinds.RunResult(warnings=bool(outcome.warnings), lines=list(_lines(outcome, group)))


def _lines(outcome: ProcessOutcome, group: tuple[str, str]) -> Iterator[kinds.LogLine]:
    """Yield the lines that say what was done: a count for each division, warnings, and the totals."""
    for division, counts in outcome.divisions.items():
        place = [group, ("Division", division)]
        yield kinds.LogLine("COUNT", f"Division '{division}': {counts.text()}.", place)
    for warning in outcome.warnings:
        named = ", ".join(family_text(family) for family in warning.families)
        families = f" ({named}{', …' if warning.count > len(warning.families) else ''})" if named else ""
        references = [group, *_references(warning.families[0])] if warning.families else [group]
        yield kinds.LogLine("WARNING", f"{warning.text}: {warning.count:,}{families}.", references)
    yield kinds.LogLine("END", f"Total changes: {outcome.totals.text()}.", [group])


def family_text(family: Family) -> str:
    """Name a family by its keys: ``S1 / 02, A 2024-01-01``."""
    person = f"{family.subscriber_id} / {family.member_seq}" if family.member_seq else family.subscriber_id
    place = [family.division_id, family.start_date and family.start_date.isoformat()]
    return " ".join([person, *(each for each in place if each)])


def _references(family: Family) -> list[tuple[str, str]]:
    named = {
        "Division": family.division_id,
        "Subscriber": family.subscriber_id,
        "Member": family.member_seq,
        "Start": family.start_date and family.start_date.isoformat(),
    }
    return [(column, value) for column, value in named.items() if value]
