"""What django-axes answers after too many wrong passwords."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tables.rest.envelope import API_PREFIX
from tables.schema.problems import characters


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer a user who is locked out. A program gets the same answer as for any wrong password."""
    if request.path.startswith(API_PREFIX) and original_response is not None:
        return original_response
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "access/locked_out.html", {"minutes": minutes}, status=429)


def username_of(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str | None:
    """Return the user name of an attempt to sign in, cut to what the list of failed attempts can hold. No
    user's name is longer than 150 characters, but the sign-in form takes any length."""
    named = credentials.get("username") if credentials else request.POST.get("username")
    return None if named is None else characters(str(named))[:151]
