"""What django-axes answers somebody who has typed wrong passwords too often."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tables.rest.envelope import API_PREFIX
from tables.schema.problems import characters


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer somebody who is shut out for a while; programs get the answer of any wrong password."""
    if request.path.startswith(API_PREFIX) and original_response is not None:
        return original_response
    return render(request, "access/locked_out.html", status=429)


def username_of(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str | None:
    """Return the name that somebody signs in by, as the list of wrong attempts can hold it: no user's name is
    longer than 150 characters, and the form of the back office takes any."""
    named = credentials.get("username") if credentials else request.POST.get("username")
    return None if named is None else characters(str(named))[:151]
