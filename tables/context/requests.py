"""What every HTTP request gets: an activity ID for its response and log lines, and no acting user yet."""

import logging
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from tables.context.actor import nothing, set_acting_user

_log = logging.getLogger("vbaadmin.requests")
_activity: ContextVar[str] = ContextVar("vba_activity", default="-")
_noted: ContextVar[dict[str, object] | None] = ContextVar("vba_noted", default=None)
_request: ContextVar[HttpRequest | None] = ContextVar("vba_request", default=None)


def activity_id() -> str:
    """Return the ID of the current request, ``-`` outside of one."""
    return _activity.get()


def note(**facts: object) -> None:
    """Note facts about the current request for its log line: ``key``, ``user``, ``database``, ``rows``. Never
    the values of a record."""
    noted = _noted.get()
    if noted is not None:
        noted.update(facts)


def noted(name: str) -> str:
    """Return a fact that was noted about the current request, empty if there is none."""
    return str((_noted.get() or {}).get(name, ""))


def current_request() -> HttpRequest | None:
    """Return the current request, None outside of one."""
    return _request.get()


def route_of(request: HttpRequest) -> str:
    """Return the URL pattern of a request. Its path may hold people's keys."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match and match.route else "-"


class ActivityFilter(logging.Filter):
    """Gives each log record the ``activity`` of the current request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.activity = activity_id()
        return True


class RequestMiddleware:
    """Gives each request a new activity ID, starts it with no one signed in, and logs one line about it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _activity.set(str(uuid.uuid4()))
        _noted.set({})
        _request.set(request)
        set_acting_user(None, may=nothing)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            _log_request(request, response, time.perf_counter() - started)
            return response
        finally:
            set_acting_user(None)
            _noted.set(None)
            _request.set(None)


def _log_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Log one line about the request, with its route: path and query may hold keys and names."""
    facts = {
        "method": request.method,
        "route": route_of(request),
        "status": response.status_code,
        "ms": round(1000 * seconds, 1),
        **(_noted.get() or {}),
    }
    level = logging.WARNING if response.status_code >= 500 else logging.INFO
    _log.log(level, "request", extra={"facts": facts})


@receiver(request_finished)
def forget_activity(**signal: object) -> None:
    """Forget the activity ID after the response. Django still logs errors after the middleware has run."""
    _activity.set("-")
