"""What is answered when a request fails outside of any view: API paths in the envelope, pages by Django."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from tables.envelope import API_PREFIX, FAILED, UNREADABLE, error_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, such as for a host that is not ours."""
    if not request.path.startswith(API_PREFIX):
        return defaults.bad_request(request, exception)
    return error_response(request, HTTPStatus.BAD_REQUEST, UNREADABLE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    if not request.path.startswith(API_PREFIX):
        return defaults.server_error(request)
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)
