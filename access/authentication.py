"""What each API request must send: a key, a token and a database. ``access.permissions`` checks rights."""

import math
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError, PermissionDenied
from rest_framework.request import Request

from access.sql import Credentials, read_credentials, take_address_turn
from access.tokens import digest
from tables.context import databases
from tables.context.actor import set_acting_user
from tables.context.requests import note

KEY_REFUSED = "The header x-api-key must hold a valid API key."
BEARER_REFUSED = "The header Authorization must hold a valid bearer token, made with this API key."
DATABASE_REQUIRED = "The header vbasoftware-database is required."
TOO_MANY = "Too many requests. Wait the number of seconds in the header Retry-After."
DATABASE_REFUSED = "You don't have access to this database."


@dataclass(frozen=True)
class ApiUser:
    """The signed-in user of an API request. One statement found all of it, so no further query is needed."""

    id: int
    username: str
    is_superuser: bool
    is_staff: bool
    permissions: frozenset[str]
    is_active = True
    is_authenticated = True
    is_anonymous = False

    @property
    def pk(self) -> int:
        """Return the user's id, by Django's name for it."""
        return self.id

    def get_username(self) -> str:
        """Return the user's name."""
        return self.username

    def has_perm(self, permission: str) -> bool:
        """Return whether the user has ``permission`` (``groups.change_group``)."""
        return self.is_superuser or permission in self.permissions


@dataclass(frozen=True)
class Grant:
    """The key and the session of a request (DRF's ``request.auth``). The session is 0 before signing in."""

    key_id: int
    key_name: str
    key_databases: tuple[str, ...]
    session_id: int


def named_database(request: Request) -> str:
    """Return the database that the request's header names, empty if there is no database of that name."""
    name = request.headers.get("vbasoftware-database", "").strip()
    return name if name in databases.names() else ""


def open_database(request: Request, *allowed: Collection[str]) -> str:
    """Choose the database that the request's header names and return its name.

    Each of the lists in ``allowed`` must hold the database. Raises ParseError (400) when the header is
    missing, and PermissionDenied (403) with the same text for an unknown and a closed database.
    """
    name = request.headers.get("vbasoftware-database", "").strip()
    if not name:
        raise ParseError(DATABASE_REQUIRED)
    if name not in databases.names() or not all(name in each for each in allowed):
        raise PermissionDenied(DATABASE_REFUSED)
    databases.choose(name)
    note(database=name)
    return name


def bearer_token(request: Request) -> str:
    """Return the bearer token of the header Authorization, empty if there is none."""
    scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_key(request: Request, token: str) -> Credentials:
    """Return the credentials of the request's key and of ``token``. Raises AuthenticationFailed."""
    key = request.headers.get("x-api-key", "").strip()
    token_digest = digest(token) if token else ""
    found = (
        read_credentials(key_digest=digest(key), token_digest=token_digest, database=named_database(request))
        if key
        else None
    )
    if not found or not found.key_is_valid:
        _wait_if(take_address_turn(client_address(request)))
        raise AuthenticationFailed(KEY_REFUSED)
    note(key=found.key_name)
    _wait_if(found.waits)
    return found


def client_address(request: HttpRequest | Request) -> str:
    """Return the address that the request comes from. Behind a proxy, return the address the proxy saw.

    That is the last address of the header: the client may have made up those before it.
    """
    named = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.BEHIND_PROXY else ""
    return _address(named.rpartition(",")[2].strip()) or str(request.META.get("REMOTE_ADDR", ""))


def _address(named: str) -> str:
    """Return the address that a proxy names, without its port and always in the same form. Return an empty
    text if the proxy names no address, such as ``unknown``."""
    for text in (named, named.rpartition(":")[0]):
        with suppress(ValueError):
            return str(ip_address(text.removeprefix("[").removesuffix("]").partition("%")[0]))
    return ""


class TooMany(APIException):
    """Too many requests, answered 429. ``wait`` is the number of seconds to wait."""

    status_code = 429
    default_detail = TOO_MANY

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


def _wait_if(seconds: float) -> None:
    """Raise the 429 if there are seconds to wait."""
    if seconds > 0:
        raise TooMany(math.ceil(seconds))


def _grant(found: Credentials) -> Grant:
    return Grant(found.key_id, found.key_name, tuple(found.key_databases), found.session_id or 0)


def grant_of(request: Request) -> Grant:
    """Return the key and the session of an authenticated request."""
    return cast(Grant, request.auth)


class KeyAndToken(BaseAuthentication):
    """Check a request in this order: a valid key, a token of a session made with that key, and a database
    that key and user may use. One statement reads them all."""

    def authenticate(self, request: Request) -> tuple[ApiUser, Grant]:
        """Return user and grant, choose the database and set the acting user.

        Raises AuthenticationFailed (401), ParseError (400) or PermissionDenied (403).
        """
        found = _check_key(request, bearer_token(request))
        if found.user_id is None:
            raise AuthenticationFailed(BEARER_REFUSED)
        user = ApiUser(
            id=found.user_id,
            username=str(found.username),
            is_superuser=bool(found.is_superuser),
            is_staff=bool(found.is_staff),
            permissions=frozenset(found.permissions),
        )
        # The role is that of the user in the database that the header names.
        users_own = databases.names() if user.is_superuser or found.role else ()
        open_database(request, found.key_databases, users_own)
        set_acting_user(user.username, source="rest", may=user.has_perm)
        note(user=user.username)
        return user, _grant(found)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="vbasoftware"'


class KeyOnly(BaseAuthentication):
    """Check only the key: for signing in and for renewing tokens, when no user is signed in yet."""

    def authenticate(self, request: Request) -> tuple[None, Grant]:
        """Return the grant of the key. Raises AuthenticationFailed (401)."""
        return None, _grant(_check_key(request, token=""))

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="vbasoftware", charset="UTF-8"'
