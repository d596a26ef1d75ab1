"""What those see who have typed wrong passwords too often (django-axes asks)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tables.envelope import API_PREFIX


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Answer somebody who is shut out for a while; programs get the answer of any wrong password."""
    if request.path.startswith(API_PREFIX) and original_response is not None:
        return original_response
    return render(request, "access/locked_out.html", status=429)
