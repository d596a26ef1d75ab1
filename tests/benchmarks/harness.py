"""Races between ours, the limit and the naive ways, and the table of ratios they end in.

The contestants of a race take turns, round by round, so that the machine's noise hits all alike. A ratio is
the median of the rounds' own ratios; beside it stand the least and the greatest of them.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
OUT = Path(os.environ.get("BENCH_OUT", "var/bench.md"))

# Does the work once and returns its rate: rows or requests a second.
Contestant = Callable[[], float]
Rates = dict[str, list[float]]


def scaled(rows: int) -> int:
    """Return a number of rows at the scale of this run."""
    return max(100, round(rows * SCALE))


def timed(work: float, run: Callable[[], object], before: Callable[[], object] | None = None) -> Contestant:
    """Return a contestant that does ``before`` untimed, then ``run``, which is ``work`` rows or requests."""

    def measure() -> float:
        if before:
            before()
        started = time.perf_counter()
        run()
        return work / (time.perf_counter() - started)

    return measure


def race(contestants: dict[str, Contestant], *, rounds: int = ROUNDS) -> Rates:
    """Let the contestants take turns, each round beginning with another one; return their rates."""
    names = list(contestants)
    rates: Rates = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            rates[name].append(contestants[name]())
    return rates


@dataclass(frozen=True)
class Goal:
    """What performance.md asks for; None asks for nothing."""

    ratio: float | None = None
    times: float | None = None
    megabytes: float | None = None


@dataclass
class Line:
    """One line of the table: a race, who in it is the limit and who goes about it naively."""

    what: str
    rows: int
    unit: str
    rates: Rates
    limit: str = "limit"
    naives: Sequence[str] = ()
    goal: Goal = field(default_factory=Goal)
    megabytes: float | None = None

    def ratios(self, to: str) -> list[float]:
        """Return ours to another, round by round."""
        return [ours / other for ours, other in zip(self.rates["ours"], self.rates[to], strict=True)]

    def cells(self) -> list[str]:
        """Return the line's texts, in the order of HEADER."""
        ratios = self.ratios(self.limit)
        ratio, reached = median(ratios), []
        if self.goal.ratio:
            reached.append((f"≥ {self.goal.ratio:.2g}", ratio >= self.goal.ratio))
        if self.goal.times:
            least = min(median(self.ratios(name)) for name in self.naives[-1:])
            reached.append((f"≥ {self.goal.times:g}×", least >= self.goal.times))
        if self.goal.megabytes and self.megabytes:
            reached.append((f"≤ {self.goal.megabytes:g} MB", self.megabytes <= self.goal.megabytes))
        return [
            self.what,
            f"{self.rows:,}",
            f"{_rate(self.rates['ours'])} {self.unit}",
            f"{_rate(self.rates[self.limit])} ({self.limit})",
            f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            ", ".join(f"{text} {'yes' if is_reached else 'NO'}" for text, is_reached in reached) or "–",
            "; ".join(f"{_rate(self.rates[name])} ({name})" for name in self.naives) or "–",
            "; ".join(f"{median(self.ratios(name)):.3g}×" for name in self.naives) or "–",
            f"{self.megabytes:.0f} MB" if self.megabytes else "–",
        ]


HEADER = ["what", "rows", "ours", "limit", "of the limit", "goal", "naive", "times naive", "memory"]


def _rate(rates: Sequence[float]) -> str:
    rate = median(rates)
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


@dataclass
class Report:
    """What a run has measured, and under which circumstances."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def add(self, line: Line) -> None:
        """Keep a line, and show it at once to whoever waits."""
        self.lines.append(line)
        print("\n  " + " | ".join(line.cells()), flush=True)  # noqa: T201

    def text(self) -> str:
        """Return the table, in Markdown."""
        rows = [HEADER, *(line.cells() for line in self.lines)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
        texts = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in rows
        ]
        texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        spread = [max(rates) / min(rates) for line in self.lines for rates in [line.rates[line.limit]]]
        circumstances = (
            f"{datetime.now():%Y-%m-%d %H:%M}, scale {SCALE:g}, {ROUNDS} rounds, {os.cpu_count()} cores,"
            f" load {self.load_before:.1f} before and {os.getloadavg()[0]:.1f} after;"
            f" noise: the limits' own fastest round is {median(spread):.2f} times their slowest (median)."
        )
        ratios = "Of the limit: the median of the rounds' ratios (least–greatest)."
        return "\n".join([*texts, "", circumstances, ratios, *self.notes, ""])
