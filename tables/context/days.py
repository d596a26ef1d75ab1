"""The business day: what "today" means for everything that starts, ends or is due."""

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def business_date() -> datetime.date:
    """Return today's date in the business's time zone (``VBA_BUSINESS_ZONE``)."""
    return timezone.now().astimezone(ZoneInfo(settings.BUSINESS_ZONE)).date()


def day_after(day: datetime.date, days: int = 1) -> datetime.date:
    """Return the day this many days later, at most the calendar's last, which some use for "no end"."""
    return day + datetime.timedelta(days=min(days, (datetime.date.max - day).days))
