"""The bars of a family's cover: where they begin and end on the axis, and what is said beside them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.pages.timeline import Coverage, draw

TODAY = datetime.date(2026, 7, 1)


def day(text):
    return datetime.date.fromisoformat(text)


def cover(start, end=None, **more):
    return Coverage("G1 / A", day(start), day(end) if end else None, **more)


def drawn(*covers):
    return draw(covers, TODAY).bars


@pytest.mark.parametrize(
    ("span", "state", "text"),
    [
        (cover("2026-01-01"), "now", "2026-01-01 – open, in effect"),
        (cover("2026-01-01", "2026-07-01"), "now", "2026-01-01 – 2026-07-01, in effect"),
        (cover("2026-01-01", "2026-06-30"), "ended", "2026-01-01 – 2026-06-30, ended"),
        (cover("2026-07-02"), "later", "2026-07-02 – open, starts later"),
        (cover("2026-01-01", "2025-12-31"), "void", "2026-01-01, void (never took effect)"),
        (cover("2026-01-01", parent_end=day("2026-03-31")), "ended", "2026-01-01 – 2026-03-31, ended"),
    ],
)
def test_a_span_is_told_in_words(span, state, text):
    (bar,) = drawn(span)
    assert (bar.state, bar.text) == (state, text)
    assert bar.is_open == text.count("open")


def test_bars_follow_one_another_on_the_axis():
    first, second, void = drawn(
        cover("2024-01-01", "2024-12-31"), cover("2025-01-01"), cover("2025-03-01", "2025-02-28")
    )
    assert first.left < first.left + first.width <= second.left + 0.1 < void.left
    assert second.left + second.width == 100
    assert void.width < 1


def test_an_end_in_the_year_9999_does_not_press_the_rest_into_a_corner():
    timeline = draw([cover("2020-01-01", "2020-12-31"), cover("2021-01-01", "9999-12-31")], TODAY)
    assert timeline.bars[0].width > 8
    assert timeline.today < 90
    assert draw([cover("9999-12-31")], TODAY).bars[0].width > 0


def test_the_axis_has_a_handful_of_dates():
    for start, labels in (("2026-05-01", "2026-05"), ("2015-01-01", "2016"), ("2021-06-01", "2022")):
        ticks = draw([cover(start)], TODAY).ticks
        assert 2 <= len(ticks) <= 9
        assert labels in [tick.label for tick in ticks]


_days = st.dates()


@given(st.lists(st.tuples(_days, st.none() | _days), max_size=5), _days)
def test_any_dates_can_be_drawn(spans, today):
    timeline = draw(
        [Coverage("x", start, end, parts=[Coverage("p", start, end)]) for start, end in spans], today
    )
    for bar in timeline.bars:
        assert 0 <= bar.left <= 100
        assert 0 < bar.width <= 100
    assert 0 <= timeline.today <= 100
    assert len(timeline.ticks) <= 9
