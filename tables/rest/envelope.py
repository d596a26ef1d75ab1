"""The envelope of every answer of the API, also of errors: ``{data, error, debug: {activityID}}``."""

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
FAILED = "The server failed. Quote the activityID when you ask for help."
AWAY = "The database is not available. Try again shortly."
HELD = "Someone else is changing these records. Try again shortly."
TOOK_TOO_LONG = "This took too long and was stopped. Nothing was changed. Request less at a time."


class Conflict(APIException):
    """The key is taken, or the record still has children."""

    status_code = HTTPStatus.CONFLICT


class TooLarge(APIException):
    """The body is larger than the configured limit, or the batch has more records."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def raw_json(text: str) -> msgspec.Raw:
    """Wrap JSON that PostgreSQL made, so that it goes into an answer unchanged."""
    return msgspec.Raw(text.encode())


def problem(status: int, detail: str, instance: str) -> dict[str, object]:
    """Return an error in the form of RFC 7807."""
    return {
        "type": f"https://httpstatuses.io/{status}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        # A text may repeat characters of the request that JSON cannot hold.
        "detail": characters(detail),
        "instance": characters(instance),
    }


def enveloped(*, data: object = None, error: object = None) -> bytes:
    """Return the body of an answer."""
    return _encoder.encode({"data": data, "error": error, "debug": {"activityID": activity_id()}})


def error_response(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return the whole answer of an error outside of DRF (404 of an unknown path, 413, 500)."""
    body = enveloped(error=problem(status, detail, request.path))
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")


class JsonRenderer(BaseRenderer):
    """Put the answer of a view into the envelope."""

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
    """Break DRF's reference cycles of answer, view and request. They would keep the bodies of request and
    answer in memory until the next garbage collection."""
    if not isinstance(renderer_context, dict):
        return
    view, request = renderer_context.get("view"), renderer_context.get("request")
    renderer_context.clear()
    if view is not None:
        view.response = None
    if request is not None:
        request.parser_context = {}


class JsonParser(BaseParser):
    """Return the bytes of the body: the table's own decoder reads the records."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: object = None) -> Any:
        return bytes(stream.read())


class AlwaysJson(BaseContentNegotiation):
    """Answer JSON for any Accept header, and read any body as JSON, as the published API does."""

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
    """Answer OPTIONS with no body: every answer has the header Allow."""

    def determine_metadata(self, request: Request, view: object) -> None:
        return None


def read_body(request: Request) -> bytes:
    """Return the request's body.

    Raises TooLarge over ``API_MAX_BODY_BYTES``, and ParseError if the body is incomplete or its chunks are
    malformed.
    """
    limit = settings.API_MAX_BODY_BYTES
    # Django reads only as much as Content-Length says, and a chunked body has no Content-Length.
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    stream = request.META["wsgi.input"] if chunked else django_request(request)
    announced = _whole(request.META.get("CONTENT_LENGTH", ""))
    try:
        body = bytes(stream.read(limit + 1)) if announced <= limit else b""
    except Exception:  # Each server has its own errors for malformed bodies.
        raise ParseError(UNREADABLE) from None
    if max(announced, len(body)) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    return body


def _whole(text: str) -> int:
    """Return the number of a header, 0 if it is not a number. Servers should have refused that."""
    return int(text[:20]) if text.isascii() and text.isdigit() else 0


def malformed(error: NotJson) -> ParseError:
    """Return the 400 for a body that is not JSON."""
    return ParseError(f"The body is not valid JSON{f' ({error.place})' if error.place else ''}.")


def why_unavailable(error: BaseException | None) -> tuple[int, str] | None:
    """Return status and text of an error that the request did not cause, else None. Another user may hold
    the rows (409). A statement may take too long, or the database may be unavailable (503)."""
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
    """Log an error that ``why_unavailable`` found. Rows that another user holds are only a warning."""
    level = logging.WARNING if status == HTTPStatus.CONFLICT else logging.ERROR
    log.log(level, "database not available: %s", type(error.__cause__ or error).__name__)


def answer_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into an answer in the envelope (DRF's EXCEPTION_HANDLER)."""
    request = context["request"]
    if isinstance(error, Http404):
        error = NotFound(str(error) or "Not found.")
    elif isinstance(error, PermissionDenied):
        error = _refused(HTTPStatus.FORBIDDEN, str(error) or "You don't have permission.")
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
