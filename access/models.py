"""Who may open which target database: API keys, the roles of users, and the sign-ins of programs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone

from access.access_log import AccessEntry as AccessEntry
from access.tokens import SHOWN_CHARACTERS, digest, new_key
from tables.context import databases
from tables.context.users import AnyUser


class ApiKeyManager(models.Manager["ApiKey"]):
    """Creates keys."""

    def create_key(
        self,
        *,
        name: str,
        databases: Iterable[str],
        expires_at: datetime | None = None,
        created_by: User | None = None,
    ) -> tuple["ApiKey", str]:
        """Store a new key. Return it with its secret, which cannot be read again.

        Raises ValidationError when the name is empty, too long or taken.
        """
        key = ApiKey(name=name, databases=list(databases), expires_at=expires_at, created_by=created_by)
        secret = key.set_new_secret()
        key.full_clean()
        key.save()
        return key, secret


class ApiKey(models.Model):
    """A program's key: it names the program and the target databases the program may open."""

    name = models.CharField(
        max_length=100, unique=True, help_text="The program that uses the key, or who runs it."
    )
    prefix = models.CharField(
        "Starts with", max_length=SHOWN_CHARACTERS, editable=False, help_text="The key's first characters."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    databases = ArrayField(
        models.CharField(max_length=100),
        default=list,
        help_text="The databases that a program may use with this key.",
    )
    expires_at = models.DateTimeField(
        "Expires", null=True, blank=True, help_text="The key stops working at this time. Empty: never."
    )
    revoked_at = models.DateTimeField("Revoked", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("Created", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = ApiKeyManager()

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def set_new_secret(self) -> str:
        """Give the key a new secret and return the secret. Only its digest is stored."""
        secret = new_key()
        self.prefix, self.digest = secret[:SHOWN_CHARACTERS], digest(secret)
        return secret

    @property
    def status(self) -> str:
        """Return ``active``, ``expired`` or ``revoked``."""
        if self.revoked_at:
            return "revoked"
        if self.expires_at and self.expires_at <= timezone.now():
            return "expired"
        return "active"


class Role(Group):
    """Django's Group by the name people know: what a user with this role may do with the tables."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "role"
        verbose_name_plural = "roles"
        ordering = ["name"]


class RoleAssignment(models.Model):
    """A user's role in one target database. A superuser needs none, and has all rights in all databases.

    The first role lets the user sign in to the admin: it turns *Staff status* on. For a user of the API
    only, a superuser turns it off again. Further roles do not change it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="role_assignments")
    database = models.CharField(max_length=100, help_text="The database, on these pages and in the API.")
    role = models.ForeignKey(
        "auth.Group", models.PROTECT, related_name="+", help_text="What the user may do there."
    )

    class Meta:
        verbose_name = "role in a database"
        verbose_name_plural = "roles in databases"
        ordering = ["database"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "database"],
                name="access_one_role_a_database",
                violation_error_message="A user can have only one role in a database.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.database}: {self.role}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the role. The first role of a user turns *Staff status* on."""
        is_first = self._state.adding and not RoleAssignment.objects.filter(user=self.user_id).exists()
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_first and not self.user.is_staff:
                self.user.is_staff = True
                self.user.save(update_fields=["is_staff"])


def databases_open_to(user: AnyUser) -> tuple[str, ...]:
    """Return the names of the configured target databases open to ``user``, in the settings' order."""
    if user.is_superuser:
        return databases.names()
    held = set(RoleAssignment.objects.filter(user_id=user.pk or 0).values_list("database", flat=True))
    return tuple(name for name in databases.names() if name in held)


class ApiSession(models.Model):
    """One sign-in of a program: the digests of its three tokens, and the key that it was made with.

    ``password_digest`` is the digest of the user's password hash at sign-in. The session ends when any
    user changes the password.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, related_name="+")
    id_digest = models.CharField(max_length=64, unique=True)
    access_digest = models.CharField(max_length=64, unique=True)
    refresh_digest = models.CharField(max_length=64, unique=True)
    password_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    refresh_expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API session"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} with key {self.api_key_id}"
