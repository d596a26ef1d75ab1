"""How long coverage lasts under COBRA: the length that a reason allows."""

import calendar
import datetime

_DAY = datetime.timedelta(days=1)


def last_day_of_cobra(
    start: datetime.date, length: int | None, length_type: str | None
) -> datetime.date | None:
    """Return the last day of coverage that starts on ``start`` and lasts ``length`` days, months (the
    default) or years. Return None if the length or its unit is not valid.

    One month from January 15 ends on February 14. If the last month has no such day, coverage lasts through
    its end: one month from January 31 ends on the last day of February.
    """
    if not length or length < 1:
        return None
    unit = (length_type or "months").strip().lower()
    try:
        if unit == "days":
            return start + datetime.timedelta(days=length - 1)
        if unit == "years":
            length *= 12
        elif unit != "months":
            return None
        month = start.month - 1 + length
        year, month = start.year + month // 12, month % 12 + 1
        days_in_month = calendar.monthrange(year, month)[1]
        if start.day > days_in_month:
            return datetime.date(year, month, days_in_month)
        return datetime.date(year, month, start.day) - _DAY
    except (OverflowError, ValueError):
        return None
