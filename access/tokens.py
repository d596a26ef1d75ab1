"""Create keys and tokens, and the digests that are stored in their place."""

import hashlib
import secrets

KEY_MARK = "vba_"
SHOWN_CHARACTERS = 8


def new_key() -> str:
    """Return a new API key. Its prefix lets people and secret scanners recognize it."""
    return KEY_MARK + secrets.token_urlsafe(32)


def new_token() -> str:
    """Return a new token for a session."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the digest that is stored in place of a secret.

    One round of a fast hash is enough: a secret of 32 random bytes cannot be guessed.
    """
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
