"""The warnings of a process: counted, with the first families named, and all families kept."""

from collections.abc import Mapping

import msgspec

from enrollment.engine.outcome import Family, ProcessOutcome, ProcessWarning
from enrollment.engine.statements import Statements
from enrollment.sql import process

# How many families a warning names at most; the list of changes has them all.
FAMILIES_NAMED = 100


def warn(statements: Statements, outcome: ProcessOutcome, taking: str, texts: Mapping[str, str]) -> None:
    """Add the warnings of a run to its outcome, in the order of ``texts``, which explains each problem.

    ``taking`` makes the temporary table ``run_warned``: a row for each family that has a problem.
    """
    statements.take("run_warned", taking, "problem")
    found = statements.rows(process.WARNINGS, limit=FAMILIES_NAMED)
    for problem, text in texts.items():
        rows = [row for row in found if row[0] == problem]
        if rows:
            families = tuple(Family(*row[2:]) for row in rows)
            outcome.warnings.append(ProcessWarning(problem, text, rows[0][1], families))


def keep(statements: Statements, outcome: ProcessOutcome) -> None:
    """Store every family that has a warning, in the transaction that ends the process."""
    if outcome.warnings:
        texts = {warning.problem: warning.text for warning in outcome.warnings}
        statements.run(process.KEEP_WARNINGS, texts=msgspec.json.encode(texts).decode())
