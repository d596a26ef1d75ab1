"""How long COBRA lasts, in days, months or years. If a month lacks the day, its last day counts."""

import datetime

import pytest

from enrollment.engine.cobra_end import last_day_of_cobra


@pytest.mark.parametrize(
    ("start", "length", "length_type", "last"),
    [
        ("2024-07-01", 18, "Months", "2025-12-31"),
        ("2024-07-15", 18, "Months", "2026-01-14"),
        ("2024-07-31", 1, "Months", "2024-08-30"),
        ("2024-08-31", 18, "MONTHS", "2026-02-28"),
        ("2024-08-30", 18, "months", "2026-02-28"),
        ("2024-08-29", 18, "months", "2026-02-28"),
        ("2024-08-28", 18, "months", "2026-02-27"),
        ("2026-01-31", 1, "Months", "2026-02-28"),
        ("2024-01-31", 1, None, "2024-02-29"),
        ("2024-01-30", 1, None, "2024-02-29"),
        ("2024-01-29", 1, None, "2024-02-28"),
        ("2024-03-31", 1, None, "2024-04-30"),
        ("2024-02-29", 12, "Months", "2025-02-28"),
        ("2024-02-29", 1, "Years", "2025-02-28"),
        ("2024-02-29", 3, "years", "2027-02-28"),
        ("2024-02-29", 4, "Years", "2028-02-28"),
        ("2023-03-01", 1, "Years", "2024-02-29"),
        ("2024-07-01", 30, "Days", "2024-07-30"),
        ("2024-01-31", 29, "days", "2024-02-28"),
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
