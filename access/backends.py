"""The rights of a user in the admin: those of the user's role in the chosen database, and no others."""

from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from access.sql import read_rights
from tables.context import databases
from tables.context.users import AnyUser


class RoleBackend(BaseBackend):
    """Sign in by name and password, as Django does. Only roles give rights.

    This is not a ModelBackend: that one has a dozen methods about rights, some of them asynchronous, and
    each would count rights that a user has without a database.
    """

    _people = ModelBackend()

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the active user of this name and password, else None. Both take the same time."""
        return self._people.authenticate(request, username, password, **kwargs)

    def get_user(self, user_id: int) -> User | None:
        """Return the active user with this id, else None."""
        return self._people.get_user(user_id)

    def get_group_permissions(self, user_obj: AnyUser, obj: object = None) -> set[str]:
        """Return the rights (``groups.change_group``) of the user's role in the chosen database.

        They are read once for each user object and database. Django's own cache ignores the database.
        """
        database = databases.chosen_or_none()
        if obj is not None or database is None or not user_obj.is_active or user_obj.is_anonymous:
            return set()
        kept: dict[str, set[str]] = user_obj.__dict__.setdefault("_rights_by_database", {})
        if database not in kept:
            kept[database] = read_rights(user_id=user_obj.pk, database=database)
        return kept[database]

    def has_module_perms(self, user_obj: AnyUser, app_label: str) -> bool:
        """Return whether the user has any right to the app's tables in the chosen database."""
        return any(right.startswith(f"{app_label}.") for right in self.get_all_permissions(user_obj))
