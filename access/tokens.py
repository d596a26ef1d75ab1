"""Secrets: how keys and tokens are made, and the digests that are stored in their place."""

import hashlib
import secrets

KEY_MARK = "vba_"
SHOWN_CHARACTERS = 8


def new_key() -> str:
    """Return a new API key; its mark lets people and secret scanners recognise it."""
    return KEY_MARK + secrets.token_urlsafe(32)


def new_token() -> str:
    """Return a new token of a sign-in."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret.

    One round of a fast hash is enough: secrets are 32 random bytes, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
