"""A password hash that is slow, as in production, but less so."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class SomewhatSlow(PBKDF2PasswordHasher):
    """Some 50 ms: many times what the rest of a sign-in takes."""

    iterations = 150_000
