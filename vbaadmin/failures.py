"""Answers to requests that fail outside of a view: in the envelope for the API, as a page for the admin."""

import sys
from http import HTTPStatus

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults

from tables.rest.envelope import (
    API_PREFIX,
    FAILED,
    UNREADABLE,
    error_response,
    log_unavailable,
    why_unavailable,
)

RETRY_SECONDS = "5"


class DatabaseFailureMiddleware:
    """Answer 503 for pages whose database is not available, and 409 if another user holds their records."""

    def __init__(self, get_response: object) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)  # type: ignore[operator,no-any-return]

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer errors that our code did not cause. Any other error becomes a 500."""
        if isinstance(error, DataError) and "NUL" in str(error):
            return bad_request(request, error)  # PostgreSQL can neither store nor search for a NUL.
        why = why_unavailable(error)
        if why is None:
            return None
        log_unavailable(error, why[0])
        return unavailable(request, *why)


def unavailable(request: HttpRequest, status: int, text: str) -> HttpResponse:
    """Answer 409 or 503: in the envelope for the API, else as a page."""
    if request.path.startswith(API_PREFIX):
        response = error_response(request, status, text)
    else:
        response = HttpResponse(loader.get_template("503.html").render({"text": text}), status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = RETRY_SECONDS
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, for example for a host that is not allowed."""
    if not request.path.startswith(API_PREFIX):
        return defaults.bad_request(request, exception)
    return error_response(request, HTTPStatus.BAD_REQUEST, UNREADABLE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 if a database failed before the view, for example while reading the session."""
    if why := why_unavailable(sys.exc_info()[1]):
        return unavailable(request, *why)
    if not request.path.startswith(API_PREFIX):
        return defaults.server_error(request)
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)


def no_choices(request: HttpRequest) -> HttpResponse:
    """Answer 404 in place of the admin's autocomplete: no form uses it, and it fails for composite keys."""
    raise Http404
