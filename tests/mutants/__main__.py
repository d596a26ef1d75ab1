"""The command line: ``.venv/bin/python -m tests.mutants --help``."""

import argparse
import random
import sys
from pathlib import Path

from tests import mutants as package
from tests.mutants import results
from tests.mutants.bench import TROUBLE, Limits
from tests.mutants.making import ROOT, Mutant, all_mutants
from tests.mutants.running import Runner

KINDS = ("operator", "constant", "word", "predicate", "lock", "call")


def main() -> int:
    """Do what is asked for; return the exit code: 0 all were killed or may live, 1 some survived, 2 it could
    not work."""
    asked = _arguments()
    if asked.report:
        print(results.report(results.kept(asked.out)))
        return 0
    mutants = _chosen(asked)
    if asked.list:
        for mutant in mutants:
            print(mutant.told())
        print(f"{len(mutants)} mutants", file=sys.stderr)
        return 0
    if asked.resume:
        lines = results.kept(asked.out)
        known = {results.name_of(line) for line in lines if line["outcome"] != TROUBLE}
        mutants = [mutant for mutant in mutants if mutant.name not in known]
    elif asked.out.exists():
        asked.out.rename(asked.out.with_suffix(".before.jsonl"))
    limits = Limits(whole=asked.limit, silence=asked.silence)
    whole = Runner(mutants, asked.out, limits, check=not asked.unchecked).run(asked.workers)
    lines = results.kept(asked.out)
    print(results.report(lines))
    return 2 if not whole else int(any(line["outcome"] == results.SURVIVED for line in lines))


def _chosen(asked: argparse.Namespace) -> list[Mutant]:
    """Return the mutants that are asked for: the same ones for the same seed, source and options."""
    found = [
        mutant
        for mutant in all_mutants()
        if mutant.file.startswith(tuple(asked.only) or "") and mutant.kind in (asked.kind or KINDS)
    ]
    found = [mutant for mutant in found if not results.is_listed(mutant)]
    if asked.sample is not None and asked.sample < len(found):
        found = random.Random(asked.seed).sample(found, asked.sample)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description=package.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--only",
        action="append",
        default=[],
        metavar="PATH",
        help="files that begin so; may come several times",
    )
    add("--kind", action="append", choices=KINDS, help="changes of this kind alone; may come several times")
    add("--sample", type=int, metavar="N", help="so many of them, drawn at random (default: all)")
    add("--seed", type=int, default=1, help="which ones are drawn (default 1)")
    add("--workers", type=int, default=2, help="how many run at the same time (default 2)")
    add("--limit", type=float, default=1800, help="seconds that the tests of one may take (default 1800)")
    add("--silence", type=float, default=240, help="seconds that one test may take (default 240)")
    add(
        "--out", type=Path, default=ROOT / "var" / "mutants.jsonl", help="results (default var/mutants.jsonl)"
    )
    add("--resume", action="store_true", help="go on: leave out those that are in the results")
    add("--unchecked", action="store_true", help="do not first run the tests without any change")
    add("--list", action="store_true", help="only say which they are")
    add("--report", action="store_true", help="only print the table of the results")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
