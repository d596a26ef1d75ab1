"""The made-up employers behind the example records. Each is drawn once; the records follow from it."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from making.branches import BRANCHES, UNUSUAL, Branch
from making.vocabulary import PLACES, SURNAMES, TOWNS, WORDS, Town

Choice = TypeVar("Choice")

# The day that the data treats as today.
AS_OF = date(2026, 11, 1)
FIRST_YEAR, LAST_YEAR = 1998, 2025
COUNT = 300


class Draw:
    """Choices seeded by names, so a new record or column does not change the choices of others."""

    def __init__(self, *names: str) -> None:
        # Of Random, only seeding by text and random() stay the same in later versions of Python.
        self._random = Random("/".join(names))  # noqa: S311

    def number(self, low: int, high: int, step: int = 1) -> int:
        """Return one of low, low + step, … up to high."""
        return low + step * int(self._random.random() * ((high - low) // step + 1))

    def pick(self, *choices: Choice) -> Choice:
        """Return one of the choices."""
        return choices[self.number(0, len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        """Return True with this probability."""
        return self.number(1, 100) <= percent

    def maybe(self, percent: int, value: Choice) -> Choice | None:
        """Return the value with this probability, otherwise None (the column is left out)."""
        return value if self.chance(percent) else None


@dataclass(frozen=True)
class Employer:
    """What an employer's records have in common."""

    position: int
    group_id: str
    name: str
    branch: Branch
    town: Town
    letters: str
    original: date
    disenrolled: date | None
    start_month: int
    division_count: int
    has_cobra: bool
    employees: int

    @property
    def is_over(self) -> bool:
        """Whether coverage has ended."""
        return self.disenrolled is not None and self.disenrolled <= AS_OF

    @property
    def is_old(self) -> bool:
        """Whether the employer was entered while the retired columns were still in use."""
        return self.original.year < 2008 and self.position % 3 == 0


def month_end(year: int, month: int) -> date:
    """Return the last day of a month; months above 12 belong to later years."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def all_employers() -> list[Employer]:
    """Return the employers in the order in which they became clients."""
    spread = COUNT // len(UNUSUAL)
    unusual = {spread // 2 + number * spread: each for number, each in enumerate(UNUSUAL)}
    taken = {name for _, name, _ in UNUSUAL}
    employers = []
    for position in range(COUNT):
        if position in unusual:
            group_id, name, kind = unusual[position]
            employers.append(_employer(position, BRANCHES[kind], name, group_id))
        else:
            branch, name = _new_name(position, taken)
            taken.add(name)
            employers.append(_employer(position, branch, name))
    return employers


def _new_name(position: int, taken: set[str]) -> tuple[Branch, str]:
    for attempt in range(COUNT):
        draw = Draw("name", str(position), str(attempt))
        branch = draw.pick(*(branch for branch in BRANCHES.values() for _ in range(branch.share)))
        name = draw.pick(*branch.names).format(
            p=draw.pick(*PLACES),
            # Two partners of a company have different names.
            s=draw.pick(*SURNAMES[::2]),
            t=draw.pick(*SURNAMES[1::2]),
            w=draw.pick(*WORDS),
            n=draw.number(12, 970),
        )
        if name not in taken:
            break
    return branch, name


def _employer(position: int, branch: Branch, name: str, group_id: str = "") -> Employer:
    draw = Draw("employer", str(position))
    near = next((number for number, place in enumerate(PLACES) if place in name), position)
    town, letters = TOWNS[near % len(TOWNS)], _letters(name)
    start_month = draw.pick(*branch.starts)
    year = FIRST_YEAR + position * (LAST_YEAR - FIRST_YEAR + 1) // COUNT
    divisions = draw.pick(1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6)
    employees = draw.number(branch.size // 3, branch.size * 2) * divisions * draw.pick(1, 1, 2, divisions)
    return Employer(
        position=position,
        group_id=group_id or _group_id(draw, position, letters, year, town.state),
        name=name,
        branch=branch,
        town=town,
        letters=letters,
        original=date(year, start_month if draw.chance(80) else draw.number(1, 12), 1),
        disenrolled=_disenrolled(draw, year),
        start_month=start_month,
        division_count=min(divisions, len(branch.divisions)),
        # COBRA applies to employers with 20 or more employees.
        has_cobra=divisions > 1 and employees >= 20 and draw.chance(60),
        employees=employees,
    )


def _letters(name: str) -> str:
    words = [word for word in name.upper().split() if word not in ("CITY", "VILLAGE", "HOUSING", "LAW", "OF")]
    plain = [letter for letter in words[0] if "A" <= letter <= "Z"]
    return (plain[0] + "".join(letter for letter in plain[1:] if letter not in "AEIOU"))[:3]


def _group_id(draw: Draw, position: int, letters: str, year: int, state: str) -> str:
    running = 100 + position * 9 + draw.number(0, 8)
    styles = (
        *[f"{running:05}"] * 7,
        *[f"{letters}{running // 10 * 10}"] * 5,
        *[f"10-{4000 + running}"] * 2,
        *[f"{state}-{running:04}"] * 2,
        *[f"G{year}-{position % 11 + 1:03}"] * 2,
        f"{letters.lower()}{running}",
        f"{letters} {running}",
    )
    return draw.pick(*styles)


def _disenrolled(draw: Draw, year: int) -> date | None:
    fate = draw.number(1, 100)
    if fate <= 8 and year < LAST_YEAR:
        ended = draw.number(max(year + 1, 2013), AS_OF.year - 1)
        return month_end(ended, draw.pick(12, 12, 6, draw.number(1, 11)))
    if fate >= 98:
        return draw.pick(date(2026, 12, 31), date(2026, 12, 31), date(2027, 3, 31), date(2027, 6, 30))
    return None
