"""What every HTTP request gets: an activity id, in its answer and its log lines, and a clean actor."""

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from tables.acting import set_acting_user

_activity: ContextVar[str] = ContextVar("vba_activity", default="-")


def activity_id() -> str:
    """Return the id of the request being served, ``-`` outside of one."""
    return _activity.get()


class ActivityFilter(logging.Filter):
    """Give each log record the ``activity`` of the request it was written in."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.activity = activity_id()
        return True


class RequestMiddleware:
    """Name the request by a new activity id, and let no actor of an earlier request linger."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _activity.set(str(uuid.uuid4()))
        set_acting_user(None)
        try:
            return self.get_response(request)
        finally:
            set_acting_user(None)


@receiver(request_finished)
def forget_activity(**signal: Any) -> None:
    """Forget the activity id, not before the answer is out: Django logs errors behind all middleware."""
    _activity.set("-")
