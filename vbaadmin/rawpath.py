"""The undecoded path of an API request, so that a key with ``%2F`` in it stays one segment."""

import re
from collections.abc import Callable
from string import ascii_letters, digits
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from tables.rest.envelope import API_PREFIX

_UNRESERVED = frozenset(ascii_letters + digits + "-._~")
# All that may stand in a path as it is (RFC 3986), and the percent sign of what is encoded already.
_KEPT = "/:@!$&'()*+,;=~%"


class RawPathMiddleware:
    """Resolve API paths as the client sent them: WSGI servers hand over a decoded path, but the converters
    of ``tables.rest.routes`` decode each segment by itself. Stands before all that looks at ``path_info``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API_PREFIX):
            request.path_info = raw_path(request)
        return self.get_response(request)


def raw_path(request: HttpRequest) -> str:
    """Return the request's path below the script name, percent-encoded in one way: what needs no encoding is
    plain, everything else is upper-case hex. Where the server does not tell what the client sent (gunicorn
    does, Django's own does not), a ``/`` looks like ``%2F`` and parts the segments."""
    sent = request.META.get("RAW_URI") or request.META.get("REQUEST_URI")
    if not sent:
        return quote(request.path_info, safe=_KEPT.replace("%", ""))
    path = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", sent)
    path = re.split("[?#]", path, maxsplit=1)[0].removeprefix(request.META.get("SCRIPT_NAME", ""))
    # WSGI texts are bytes in disguise.
    return quote(re.sub("%([0-9A-Fa-f]{2})", _normal, path).encode("latin-1"), safe=_KEPT)


def _normal(escape: re.Match[str]) -> str:
    """Return the character of an escape that was not needed, else the escape in upper case."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()
