"""Answers that need no credentials: the two health checks, and the 404 of unknown API paths."""

from http import HTTPStatus

from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from tables.rest.envelope import error_response


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves requests."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if every database answers, else 503. The answer does not say which database fails."""
    try:
        for alias in connections:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "a database is away"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok"})


@csrf_exempt
def unknown_path(request: HttpRequest) -> HttpResponse:
    """Return the 404 of an API path that does not exist, in the envelope."""
    return error_response(request, HTTPStatus.NOT_FOUND, "There is no such path.")
