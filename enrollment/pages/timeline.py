"""A family's coverage over time: enrollments and their plans as bars on one axis, and in words."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# Limits of the axis in days: an end of 9999-12-31 or a start of 1900-01-01 would squeeze everything else.
_AHEAD, _BACK = 730, 25 * 365
_MARGIN = 0.04
_STEPS = (1, 3, 6, 12, 24, 60, 120)
_MOST_TICKS = 8
_NARROWEST = 0.6


@dataclass(frozen=True)
class Coverage:
    """One bar's dates: an enrollment, or a plan under it. A plan without an end ends at ``parent_end``."""

    title: str
    start: datetime.date
    end: datetime.date | None
    url: str = ""
    note: str = ""
    parent_end: datetime.date | None = None
    parts: Sequence["Coverage"] = ()

    @property
    def is_void(self) -> bool:
        """Whether it covers no day."""
        return self.end is not None and self.end < self.start

    @property
    def last(self) -> datetime.date | None:
        """The last day; None if there is no end."""
        ends = [end for end in (self.end, self.parent_end) if end is not None]
        return min(ends) if ends else None


@dataclass(frozen=True)
class Bar:
    """A bar as the page draws it: its left edge and width in percent, and its dates in words."""

    cover: Coverage
    state: str
    left: float
    width: float
    is_open: bool
    bars: list["Bar"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The dates in words."""
        cover = self.cover
        if cover.is_void:
            return f"{cover.start}, void (never took effect)"
        last = "open" if cover.last is None else str(cover.last)
        more = {"ended": "ended", "later": "starts later", "now": "in effect"}[self.state]
        return f"{cover.start} – {last}, {more}"


@dataclass(frozen=True)
class Tick:
    """A date on the axis."""

    label: str
    left: float


@dataclass(frozen=True)
class Timeline:
    """The bars, the ticks of the axis, and the position of today."""

    bars: list[Bar]
    ticks: list[Tick]
    today: float


def draw(covers: Sequence[Coverage], today: datetime.date) -> Timeline:
    """Return the bars on an axis that shows all of them and today, within the limits above."""
    first, last = _axis([*covers, *(part for cover in covers for part in cover.parts)], today)
    scale = _Scale(first, last)
    return Timeline(
        [_bar(cover, scale, today) for cover in covers], _ticks(first, last, scale), scale.percent(today)
    )


@dataclass(frozen=True)
class _Scale:
    first: datetime.date
    last: datetime.date

    def percent(self, day: datetime.date) -> float:
        within = min(max(day, self.first), self.last)
        return round(100 * (within - self.first).days / (self.last - self.first).days, 2)


def _axis(covers: Sequence[Coverage], today: datetime.date) -> tuple[datetime.date, datetime.date]:
    latest = max([today, *(cover.start for cover in covers)])
    ends = [min(cover.last, _shifted(latest, _AHEAD)) for cover in covers if cover.last]
    last = max([latest, *ends])
    first = max(min([today, *(cover.start for cover in covers)]), _shifted(last, -_BACK))
    margin = max(int((last - first).days * _MARGIN), 30)
    # The axis needs a length, even at the end of the year 9999.
    return min(first, _shifted(datetime.date.max, -margin)), _shifted(last, margin)


def _shifted(day: datetime.date, days: int) -> datetime.date:
    """Return the day ``days`` later, or the first or last day of the calendar if there is none."""
    number = min(max(day.toordinal() + days, 1), datetime.date.max.toordinal())
    return datetime.date.fromordinal(number)


def _bar(cover: Coverage, scale: _Scale, today: datetime.date) -> Bar:
    left = scale.percent(cover.start)
    right = 100.0 if cover.last is None else scale.percent(cover.last)
    width = 0.0 if cover.is_void else max(right - left, 0.0)
    return Bar(
        cover=cover,
        state=_state(cover, today),
        left=min(left, 100 - _NARROWEST),
        width=max(round(width, 2), _NARROWEST),
        is_open=cover.last is None and not cover.is_void,
        bars=[_bar(part, scale, today) for part in cover.parts],
    )


def _state(cover: Coverage, today: datetime.date) -> str:
    if cover.is_void:
        return "void"
    if cover.start > today:
        return "later"
    return "now" if cover.last is None or cover.last >= today else "ended"


def _ticks(first: datetime.date, last: datetime.date, scale: _Scale) -> list[Tick]:
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((each for each in _STEPS if months / each <= _MOST_TICKS), _STEPS[-1])
    return [
        Tick(str(day.year) if step >= _STEPS[3] else f"{day:%Y-%m}", scale.percent(day))
        for day in _firsts(first, last, step)
    ]


def _firsts(first: datetime.date, last: datetime.date, step: int) -> Iterable[datetime.date]:
    """Yield the first days of every ``step``th month, counted from January of the year 0."""
    month = -(-(first.year * 12 + first.month - 1) // step) * step
    while (year := month // 12) <= datetime.MAXYEAR:
        day = datetime.date(year, month % 12 + 1, 1)
        if day > last:
            return
        if day >= first:
            yield day
        month += step
