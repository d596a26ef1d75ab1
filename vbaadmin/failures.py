"""What is answered when a request fails outside of any view: API paths in the envelope, pages by Django."""

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
    """Answers pages whose database is away, or whose records somebody else holds, by 503 or 409."""

    def __init__(self, get_response: object) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)  # type: ignore[operator,no-any-return]

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what went wrong through no fault of ours; anything else goes on to be a 500."""
        if isinstance(error, DataError) and "NUL" in str(error):
            return bad_request(request, error)  # No record can hold what was sent, nor be looked for by it.
        why = why_unavailable(error)
        if why is None:
            return None
        log_unavailable(error, why[0])
        return unavailable(request, *why)


def unavailable(request: HttpRequest, status: int, text: str) -> HttpResponse:
    """Answer 409 or 503 in the interface's own form."""
    if request.path.startswith(API_PREFIX):
        response = error_response(request, status, text)
    else:
        response = HttpResponse(loader.get_template("503.html").render({"text": text}), status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = RETRY_SECONDS
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, such as for a host that is not ours."""
    if not request.path.startswith(API_PREFIX):
        return defaults.bad_request(request, exception)
    return error_response(request, HTTPStatus.BAD_REQUEST, UNREADABLE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; 503 where a database failed before any view was reached, as with the session's."""
    if why := why_unavailable(sys.exc_info()[1]):
        return unavailable(request, *why)
    if not request.path.startswith(API_PREFIX):
        return defaults.server_error(request)
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)


def no_choices(request: HttpRequest) -> HttpResponse:
    """Answer 404 in place of the admin's choices: no form asks for them, and they fail at composite keys."""
    raise Http404
