"""How long COBRA lasts: days, months that clip to the month's end, years."""

import datetime

import pytest

from enrollment.refusals import last_day_of_cobra


@pytest.mark.parametrize(
    ("start", "length", "length_type", "last"),
    [
        ("2024-07-01", 18, "Months", "2025-12-31"),
        ("2024-08-31", 18, "MONTHS", "2026-02-27"),
        ("2024-01-31", 1, None, "2024-02-28"),
        ("2024-02-29", 3, "years", "2027-02-27"),
        ("2024-07-01", 30, "Days", "2024-07-30"),
        ("2024-07-01", 1, "Days", "2024-07-01"),
        ("2024-07-01", 2, "weeks", None),
        ("2024-07-01", 0, "Months", None),
        ("2024-07-01", None, "Months", None),
        ("2024-07-01", 2**31 - 1, "Years", None),
    ],
)
def test_how_long_cobra_lasts(start, length, length_type, last):
    found = last_day_of_cobra(datetime.date.fromisoformat(start), length, length_type)
    assert found == (last and datetime.date.fromisoformat(last))
