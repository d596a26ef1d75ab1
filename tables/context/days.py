"""The business day: what "today" is for everything that begins, ends or is due."""

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def business_date() -> datetime.date:
    """Return today in the zone of the business (``VBA_BUSINESS_ZONE``)."""
    return timezone.now().astimezone(ZoneInfo(settings.BUSINESS_ZONE)).date()


def day_after(day: datetime.date, days: int = 1) -> datetime.date:
    """Return the day so many days after, or the last of the calendar, by which some mean "without end"."""
    return day + datetime.timedelta(days=min(days, (datetime.date.max - day).days))
