"""A hash of passwords that takes its time, as in production, but not so much of it."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class SomewhatSlow(PBKDF2PasswordHasher):
    """Some 50 ms: many times what the rest of a sign-in takes."""

    iterations = 150_000
