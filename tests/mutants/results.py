"""What came of the mutants: lines of JSON in a file, the list of those that may live, and the table."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from tests.mutants.bench import KILLED, SURVIVED, TIMED_OUT, TROUBLE, Ending
from tests.mutants.making import ROOT, Mutant, squeezed

MAY_LIVE = Path(__file__).parent / "may_live.toml"
Name = tuple[str, str, str, int]


def may_live() -> list[dict[str, str]]:
    """Return the mutants that need not be killed: file, before, after (both with blanks squeezed) and why."""
    entries = tomllib.loads(MAY_LIVE.read_text()).get("may_live", [])
    return [
        {**entry, "before": squeezed(entry["before"]), "after": squeezed(entry["after"])} for entry in entries
    ]


def is_listed(mutant: Mutant) -> bool:
    """Return whether the mutant may live."""
    return any(
        (entry["file"], entry["before"], entry["after"]) == (mutant.file, mutant.before, mutant.after)
        for entry in may_live()
    )


def is_rotten(entry: dict[str, str]) -> bool:
    """Return whether the text of an entry is no longer in its file."""
    path = ROOT / entry["file"]
    return not path.exists() or entry["before"] not in squeezed(path.read_text())


def line_of(mutant: Mutant, ending: Ending) -> dict[str, Any]:
    """Return what is kept of a mutant that was run."""
    return {
        "outcome": ending.outcome,
        "file": mutant.file,
        "line": mutant.line,
        "kind": mutant.kind,
        "before": mutant.before,
        "after": mutant.after,
        "nth": mutant.nth,
        "by": ending.by,
        "seconds": ending.seconds,
        **({"tail": ending.tail} if ending.tail else {}),
    }


def keep(out: Path, line: dict[str, Any]) -> None:
    """Add a line to the results."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def kept(out: Path) -> list[dict[str, Any]]:
    """Return the results; of a mutant that was run twice the later one."""
    if not out.exists():
        return []
    lines = [json.loads(line) for line in out.read_text().splitlines() if line.strip()]
    return [*{name_of(line): line for line in lines}.values()]


def name_of(line: dict[str, Any]) -> Name:
    """Return what a mutant is known by (``Mutant.name``)."""
    return line["file"], line["before"], line["after"], line["nth"]


def report(lines: list[dict[str, Any]]) -> str:
    """Return the table for people: counts by file, the share that was killed, and who survived."""
    listed = {(entry["file"], entry["before"], entry["after"]): entry["why"] for entry in may_live()}
    excused = [line for line in lines if name_of(line)[:3] in listed and line["outcome"] == SURVIVED]
    counted = [line for line in lines if line not in excused]
    files = sorted({line["file"] for line in counted})
    told = [f"{'':44} {'killed':>8} {'timed out':>10} {'survived':>9} {'trouble':>8}"]
    for file in [*files, "in all"]:
        by = Counter(line["outcome"] for line in counted if file in (line["file"], "in all"))
        row = f"{by[KILLED]:>8} {by[TIMED_OUT]:>10} {by[SURVIVED]:>9} {by[TROUBLE]:>8}"
        told.append(f"{file:44} {row}")
    outcomes = Counter(line["outcome"] for line in counted)
    died = outcomes[KILLED] + outcomes[TIMED_OUT]
    if died + outcomes[SURVIVED]:
        share = 100 * died / (died + outcomes[SURVIVED])
        told.append(f"\n{share:.1f}% killed of {died + outcomes[SURVIVED]}; {len(excused)} more may live.")
    for outcome in (SURVIVED, TIMED_OUT, TROUBLE):
        some = [line for line in counted if line["outcome"] == outcome]
        told += [f"\n{outcome.capitalize()}:"] if some else []
        for line in some:
            told.append(f"  {line['file']}:{line['line']} [{line['kind']}] {line['by']}")
            told += [f"    - {line['before']}", f"    + {line['after']}"]
    return "\n".join(told)
