"""What every HTTP request gets: an activity id, in its answer and its log lines, and a clean actor."""

import logging
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from tables.acting import set_acting_user

_log = logging.getLogger("vbaadmin.requests")
_activity: ContextVar[str] = ContextVar("vba_activity", default="-")
_noted: ContextVar[dict[str, Any] | None] = ContextVar("vba_noted", default=None)


def activity_id() -> str:
    """Return the id of the request being served, ``-`` outside of one."""
    return _activity.get()


def note(**facts: Any) -> None:
    """Note facts about the request being served, for its line in the log: ``key``, ``user``, ``database``,
    ``rows``. Never what a record holds."""
    noted = _noted.get()
    if noted is not None:
        noted.update(facts)


class ActivityFilter(logging.Filter):
    """Give each log record the ``activity`` of the request it was written in."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.activity = activity_id()
        return True


class RequestMiddleware:
    """Name the request by a new activity id, let no actor of an earlier request linger, and log one line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _activity.set(str(uuid.uuid4()))
        _noted.set({})
        set_acting_user(None)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            _log_request(request, response, time.perf_counter() - started)
            return response
        finally:
            set_acting_user(None)
            _noted.set(None)


def _log_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Write the request's line: the route instead of the path, for paths hold keys and queries names."""
    match = getattr(request, "resolver_match", None)
    facts = {
        "method": request.method,
        "route": f"/{match.route}" if match and match.route else "-",
        "status": response.status_code,
        "ms": round(1000 * seconds, 1),
        **(_noted.get() or {}),
    }
    level = logging.WARNING if response.status_code >= 500 else logging.INFO
    _log.log(level, "request", extra={"facts": facts})


@receiver(request_finished)
def forget_activity(**signal: Any) -> None:
    """Forget the activity id, not before the answer is out: Django logs errors behind all middleware."""
    _activity.set("-")
