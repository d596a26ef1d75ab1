"""The API operations for signing in: sign in, renew the tokens, log out."""

import base64
import binascii
from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import KeyOnly, grant_of, open_database
from access.models import databases_open_to
from access.sessions import Tokens, end_session, find_renewable, renew_session, start_session
from tables.rest.drf_private import django_request
from tables.rest.openapi.operations import describe
from tables.rest.openapi.parameters import header_parameter
from tables.rest.openapi.schemas import Json, object_schema

SIGN_IN_REFUSED = "User name or password is incorrect."
RENEWAL_REFUSED = "These tokens cannot be renewed. Sign in again."

_TAG = "Signing in"
_LONGEST_NAME = 150
_IGNORED_HEADERS = tuple(
    header_parameter(f"vbasoftware-{name}", "Accepted from older programs and ignored.")
    for name in ("client-id", "client-code", "machine-id")
)


def _described(schema_type: str | list[str], description: str) -> Json:
    return {"type": schema_type, "description": description}


_TOKENS = object_schema(
    {
        "challengeName": _described(["string", "null"], "Always null: sign-in has one step."),
        "session": _described(["string", "null"], "Always null: sign-in has one step."),
        "authenticationResult": object_schema(
            {
                "accessToken": _described("string", "Also works as a bearer token."),
                "idToken": _described("string", "The bearer token."),
                "refreshToken": _described("string", "Sent with the idToken, renews the tokens once."),
                "expiresIn": _described("integer", "How many seconds idToken and accessToken are valid."),
            }
        ),
    }
)


def _basic_credentials(request: Request) -> tuple[str, str]:
    """Return user name and password from the header Authorization. Raises AuthenticationFailed."""
    scheme, _, encoded = get_authorization_header(request).partition(b" ")
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise AuthenticationFailed(SIGN_IN_REFUSED) from None
    if scheme.lower() != b"basic" or not colon:
        raise AuthenticationFailed(SIGN_IN_REFUSED)
    return name, password


def _signed_in(request: Request) -> User:
    """Return the active user whose name and password the request sends. Raises AuthenticationFailed."""
    name, password = _basic_credentials(request)
    # PostgreSQL cannot search for a NUL, and the list of failed attempts cannot hold a name that is longer
    # than any user's. No user has the replacement character in the name, so the name stays unknown.
    name = name.replace("\0", "\ufffd")
    if len(name) > _LONGEST_NAME:
        name = name[:_LONGEST_NAME] + "\ufffd"
    user = authenticate(django_request(request), username=name, password=password)
    if not isinstance(user, User):
        raise AuthenticationFailed(SIGN_IN_REFUSED)
    return user


def _answer(tokens: Tokens) -> Response:
    result: dict[str, object] = {
        "accessToken": tokens.access_token,
        "idToken": tokens.id_token,
        "refreshToken": tokens.refresh_token,
        "expiresIn": settings.API_TOKEN_SECONDS,
    }
    body = {"challengeName": None, "session": None, "authenticationResult": result}
    return Response(body, headers={"Cache-Control": "no-store"})


class UserAuthentication(APIView):
    """Sign in with a key, a user name and password, and a database that key and user may use."""

    authentication_classes = [KeyOnly]
    permission_classes = []

    @describe(
        id="signIn",
        tag=_TAG,
        summary="Sign in",
        description="Send your API key, a user name and password (Basic authentication), and the name of a "
        "database that both the key and the user may use. The answer holds the tokens.",
        data=_TOKENS,
        parameters=_IGNORED_HEADERS,
        security=("apiKeyAuth", "basicAuth"),
    )
    def post(self, request: Request) -> Response:
        """Return the tokens of a new session."""
        grant, user = grant_of(request), _signed_in(request)
        open_database(request, grant.key_databases, databases_open_to(user))
        return _answer(start_session(user=user, key_id=grant.key_id))


class UserRefreshTokens(APIView):
    """Renew the tokens of a session with its id token (expired or not) and its refresh token."""

    authentication_classes = [KeyOnly]
    permission_classes = []

    @describe(
        id="renewTokens",
        tag=_TAG,
        summary="Renew the tokens",
        description="Replaces the session's tokens with three new ones. The old tokens stop working at once.",
        data=_TOKENS,
        parameters=(
            header_parameter("expired-id-token", "The idToken, expired or not.", required=True),
            header_parameter("refresh-token", "The refreshToken that came with it.", required=True),
            *_IGNORED_HEADERS[:2],
        ),
        security=("apiKeyAuth",),
    )
    def post(self, request: Request) -> Response:
        """Return the session's new tokens. The old ones stop working at once."""
        grant = grant_of(request)
        session = find_renewable(
            id_token=request.headers.get("expired-id-token", "").strip(),
            refresh_token=request.headers.get("refresh-token", "").strip(),
            key_id=grant.key_id,
        )
        if session is None:
            raise AuthenticationFailed(RENEWAL_REFUSED)
        open_database(request, grant.key_databases, databases_open_to(session.user))
        tokens = renew_session(session)
        if tokens is None:
            raise AuthenticationFailed(RENEWAL_REFUSED)
        return _answer(tokens)


class Logout(APIView):
    """Log out: end the session of the bearer token at once."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"POST": ()}

    @describe(id="logOut", tag=_TAG, summary="Log out", description="The tokens stop working at once.")
    def post(self, request: Request) -> Response:
        """Revoke the session."""
        end_session(grant_of(request).session_id)
        return Response(None)
