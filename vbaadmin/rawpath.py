"""Use the undecoded path of API requests, so that a key with ``%2F`` in it stays one segment."""

import re
from collections.abc import Callable
from string import ascii_letters, digits
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from tables.rest.envelope import API_PREFIX

_UNRESERVED = frozenset(ascii_letters + digits + "-._~")
# The characters that a path may hold unencoded (RFC 3986), and the percent sign of encoded ones.
_KEPT = "/:@!$&'()*+,;=~%"


class RawPathMiddleware:
    """Resolve API paths as the client sent them. WSGI servers pass a decoded path, but the converters of
    ``tables.rest.routes`` decode each segment. This must come before all middleware that reads
    ``path_info``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API_PREFIX):
            request.path_info = raw_path(request)
        return self.get_response(request)


def raw_path(request: HttpRequest) -> str:
    """Return the request's path after the script name, always encoded the same way: characters that need no
    encoding are plain, all others are upper-case hex. Gunicorn passes on what the client sent. Django's own
    server does not, so there ``%2F`` looks like ``/`` and separates segments."""
    sent = request.META.get("RAW_URI") or request.META.get("REQUEST_URI")
    if not sent:
        return quote(request.path_info, safe=_KEPT.replace("%", ""))
    path = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", sent)
    path = re.split("[?#]", path, maxsplit=1)[0].removeprefix(request.META.get("SCRIPT_NAME", ""))
    # WSGI texts hold one byte in each character.
    return quote(re.sub("%([0-9A-Fa-f]{2})", _normal, path).encode("latin-1"), safe=_KEPT)


def _normal(escape: re.Match[str]) -> str:
    """Return the plain character of an escape that is not needed, else the escape in upper case."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()
