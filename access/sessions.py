"""The sessions of programs: started with a password, renewed with tokens, ended by a logout."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from access.models import ApiSession
from access.sql import sweep_sessions
from access.tokens import digest, new_token

# Each sign-in adds one session and deletes up to this many old ones, so old sessions never pile up.
SWEPT_AT_ONCE = 100


class Tokens(NamedTuple):
    """The three secrets of a session, as the program gets them. Only their digests are stored."""

    id_token: str
    access_token: str
    refresh_token: str

    def digests(self) -> dict[str, str]:
        """Return the digests by the names of the session's columns."""
        return {
            "id_digest": digest(self.id_token),
            "access_digest": digest(self.access_token),
            "refresh_digest": digest(self.refresh_token),
        }


def _new_tokens() -> Tokens:
    return Tokens(new_token(), new_token(), new_token())


def start_session(*, user: User, key_id: int) -> Tokens:
    """Sign the user in with the key and return the tokens.

    Also delete some sessions that can never be renewed.
    """
    now, tokens = timezone.now(), _new_tokens()
    sweep_sessions(most=SWEPT_AT_ONCE)
    ApiSession.objects.create(
        user=user,
        api_key_id=key_id,
        password_digest=digest(user.password),
        expires_at=now + timedelta(seconds=settings.API_TOKEN_SECONDS),
        refresh_expires_at=now + timedelta(seconds=settings.API_REFRESH_SECONDS),
        **tokens.digests(),
    )
    return tokens


def find_renewable(*, id_token: str, refresh_token: str, key_id: int) -> ApiSession | None:
    """Return the session of both tokens, if it was made with this key and can still be renewed."""
    session = (
        ApiSession.objects.select_related("user")
        .filter(
            id_digest=digest(id_token),
            refresh_digest=digest(refresh_token),
            api_key_id=key_id,
            revoked_at=None,
            refresh_expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .first()
    )
    return session if session and session.password_digest == digest(session.user.password) else None


def renew_session(session: ApiSession) -> Tokens | None:
    """Replace the session's tokens and return the new ones. Return None if another request was quicker.

    The new refresh token expires when the first one would have.
    """
    tokens = _new_tokens()
    claimed = ApiSession.objects.filter(
        pk=session.pk, refresh_digest=session.refresh_digest, revoked_at=None
    ).update(expires_at=timezone.now() + timedelta(seconds=settings.API_TOKEN_SECONDS), **tokens.digests())
    return tokens if claimed else None


def end_session(session_id: int) -> None:
    """Revoke the session. Its tokens stop working at once."""
    ApiSession.objects.filter(pk=session_id, revoked_at=None).update(revoked_at=timezone.now())
