"""The rights of a user of the back office: those of his role in the chosen database, and no others."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from access.sql import read_rights
from vbaadmin import databases


class RoleBackend(ModelBackend):
    """Signs in with name and password. Rights given to a user or his groups of Django without a
    database open nothing: only role assignments count."""

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return nothing: rights come by roles."""
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the rights of the user's role in the chosen database."""
        return self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the rights (``groups.change_group``) of the user's role in the chosen database.

        They are read once for each user object and database: Django's own cache knows no databases.
        """
        database = databases.chosen_or_none()
        if obj is not None or database is None or not user_obj.is_active or user_obj.is_anonymous:
            return set()
        kept: dict[str, set[str]] = user_obj.__dict__.setdefault("_rights_by_database", {})
        if database not in kept:
            kept[database] = read_rights(user_id=user_obj.pk, database=database)
        return kept[database]

    def with_perm(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: who has a right depends on the database, which this question does not name."""
        raise NotImplementedError("Ask access.roles.may, which takes a database.")
