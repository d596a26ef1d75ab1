"""The envelope of every answer of the API, errors among them: ``{data, error, debug: {activityID}}``."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import IO, Any

import msgspec
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure
from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tables.context.requests import activity_id
from tables.rest.drf_private import django_request
from tables.schema.problems import characters
from tables.write.json_reading import NotJson

log = logging.getLogger("vbaadmin.api")
_encoder = msgspec.json.Encoder(decimal_format="number")

API_PREFIX = "/vbasoftware/"
UNREADABLE = "The request cannot be read."
FAILED = "Something failed on our side. Quote the activityID."
AWAY = "The database is not available; try again shortly."
HELD = "Somebody else is changing these records just now; try again shortly."
TOOK_TOO_LONG = "This took too long and was stopped; nothing was changed. Ask for less at a time."


class Conflict(APIException):
    """The key is taken, or the record still has children."""

    status_code = HTTPStatus.CONFLICT


class TooLarge(APIException):
    """The body is larger, or the batch has more records, than the configured limit."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def raw_json(text: str) -> msgspec.Raw:
    """Return JSON that PostgreSQL made, to be put into an answer as it is."""
    return msgspec.Raw(text.encode())


def problem(status: int, detail: str, instance: str) -> dict[str, object]:
    """Return an error as RFC 7807 has it."""
    return {
        "type": f"https://httpstatuses.io/{status}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        # Whatever a text repeats of what was sent: an answer is valid JSON.
        "detail": characters(detail),
        "instance": characters(instance),
    }


def enveloped(*, data: object = None, error: object = None) -> bytes:
    """Return an answer's body."""
    return _encoder.encode({"data": data, "error": error, "debug": {"activityID": activity_id()}})


def error_response(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return an error's whole answer, for places outside of DRF (404 of an unknown path, 413, 500)."""
    body = enveloped(error=problem(status, detail, request.path))
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")


class JsonRenderer(BaseRenderer):
    """Put what a view answers into the envelope."""

    media_type = "application/json"
    format = "json"
    charset = "utf-8"

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        _let_go(renderer_context)
        if response is not None and response.status_code == HTTPStatus.NO_CONTENT:
            return b""
        if isinstance(data, Mapping) and "__error__" in data:
            return enveloped(error=data["__error__"])
        return enveloped(data=data)


def _let_go(renderer_context: Mapping[str, Any] | None) -> None:
    """Cut the circles in which DRF ties answer, view and request, and which would keep both bodies of a
    request until the garbage collector comes by."""
    if not isinstance(renderer_context, dict):
        return
    view, request = renderer_context.get("view"), renderer_context.get("request")
    renderer_context.clear()
    if view is not None:
        view.response = None
    if request is not None:
        request.parser_context = {}


class JsonParser(BaseParser):
    """Hand the body's bytes on: records are read by the table's own decoder."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: object = None) -> Any:
        return bytes(stream.read())


class AlwaysJson(BaseContentNegotiation):
    """Answer JSON whatever Accept asks for, and take any body for JSON, as the published API does."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class AllowOnly(BaseMetadata):
    """Answer OPTIONS by the header Allow, which every answer has, and nothing else."""

    def determine_metadata(self, request: Request, view: object) -> None:
        return None


def read_body(request: Request) -> bytes:
    """Return the request's body.

    Raises TooLarge over ``API_MAX_BODY_BYTES``, ParseError where it breaks off or is cut into no chunks.
    """
    limit = settings.API_MAX_BODY_BYTES
    # Django reads no further than Content-Length, which a chunked body does not have.
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    stream = request.META["wsgi.input"] if chunked else django_request(request)
    announced = _whole(request.META.get("CONTENT_LENGTH", ""))
    try:
        body = bytes(stream.read(limit + 1)) if announced <= limit else b""
    except Exception:  # each server has its own errors for what a client sends in a wrong way
        raise ParseError(UNREADABLE) from None
    if max(announced, len(body)) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    return body


def _whole(text: str) -> int:
    """Return a header's number; 0 for what is none, which servers should have refused."""
    return int(text[:20]) if text.isascii() and text.isdigit() else 0


def malformed(error: NotJson) -> ParseError:
    """Return the 400 for a body that is not JSON."""
    return ParseError(f"The body is not valid JSON{f' ({error.place})' if error.place else ''}.")


def why_unavailable(error: BaseException | None) -> tuple[int, str] | None:
    """Return status and text for what went wrong through no fault of the request: rows that somebody else
    holds (409), a statement that took too long, a database that is away or has no connection left (503)."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    cause = error.__cause__
    if isinstance(cause, LockNotAvailable | DeadlockDetected | SerializationFailure):
        return HTTPStatus.CONFLICT, HELD
    if isinstance(cause, QueryCanceled):
        return HTTPStatus.SERVICE_UNAVAILABLE, TOOK_TOO_LONG
    if isinstance(error, OperationalError | InterfaceError):
        return HTTPStatus.SERVICE_UNAVAILABLE, AWAY
    return None


def log_unavailable(error: Exception, status: int) -> None:
    """Note in the server's log what ``why_unavailable`` has found; rows that are held are no error."""
    level = logging.WARNING if status == HTTPStatus.CONFLICT else logging.ERROR
    log.log(level, "database not available: %s", type(error.__cause__ or error).__name__)


def answer_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into an answer in the envelope (DRF's EXCEPTION_HANDLER)."""
    request = context["request"]
    if isinstance(error, Http404):
        error = NotFound(str(error) or "Not found.")
    elif isinstance(error, PermissionDenied):
        error = _refused(HTTPStatus.FORBIDDEN, str(error) or "This is not permitted.")
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge(f"The body is larger than {settings.API_MAX_BODY_BYTES} bytes.")
    elif isinstance(error, SuspiciousOperation):
        error = ParseError(UNREADABLE)
    elif why := why_unavailable(error):
        log_unavailable(error, why[0])
        error = _refused(*why)
    if not isinstance(error, APIException):
        log.error("unexpected failure: %s", type(error).__name__, exc_info=error)
        error = _refused(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)
    status = int(error.status_code)
    response = Response({"__error__": problem(status, _detail(error), request.path)}, status=status)
    for header, attribute in (("WWW-Authenticate", "auth_header"), ("Retry-After", "wait")):
        if value := getattr(error, attribute, None):
            response[header] = str(value)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "5"
    return response


def _refused(status: int, detail: str) -> APIException:
    error = APIException(detail)
    error.status_code = status
    return error


def _detail(error: APIException) -> str:
    detail = error.detail
    if isinstance(detail, list):
        return " ".join(str(each) for each in detail)
    if isinstance(detail, dict):
        return " ".join(f"{name}: {value}" for name, value in detail.items())
    return str(detail)
