"""The public documentation of the API: the OpenAPI document, and the page made from it."""

import hashlib
from functools import cache, lru_cache

import msgspec
from django.http import HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.views import APIView

from vbaadmin.apidocs_facts import page_facts
from vbaadmin.openapi import document


class _PublicText(APIView):
    """A text that is the same for all readers. Each process makes it once, and clients may cache it."""

    authentication_classes = []
    permission_classes = []
    content_type: str

    def get(self, request: Request) -> HttpResponse:
        """Return the text, or 304 if the client has it."""
        content, etag = self._content(request)
        known = parse_etags(request.headers.get("If-None-Match", ""))
        response: HttpResponse
        if etag in {each.removeprefix("W/") for each in known} or "*" in known:
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(content, content_type=self.content_type)
        response["ETag"] = etag
        patch_cache_control(response, public=True, max_age=300)
        return response

    def _content(self, request: Request) -> tuple[bytes, str]:
        raise NotImplementedError


class OpenApiDocument(_PublicText):
    """``/openapi.json``"""

    content_type = "application/json; charset=utf-8"

    def _content(self, request: Request) -> tuple[bytes, str]:
        return _document_text()


class DocsPage(_PublicText):
    """``/docs/``"""

    content_type = "text/html; charset=utf-8"

    def _content(self, request: Request) -> tuple[bytes, str]:
        return _page_text(request.build_absolute_uri("/").rstrip("/"))


def _with_etag(content: bytes) -> tuple[bytes, str]:
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@cache
def _document_text() -> tuple[bytes, str]:
    return _with_etag(msgspec.json.encode(document()))


@lru_cache(maxsize=16)
def _page_text(server: str) -> tuple[bytes, str]:
    facts = page_facts(document()) | {"server": server}
    return _with_etag(render_to_string("apidocs/page.html", facts).encode())
