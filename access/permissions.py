"""What a signed-in user of the API may do. A Viewer who tries to write is refused here."""

from collections.abc import Mapping

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

NOT_OPEN = "You don't have permission for this operation."


class MayUseTable(BasePermission):
    """Check that the user may do what the request asks for, in the database that the request names.

    A view of a table needs Django's own rights: view, add, change or delete its ``model``. A batch creates
    and updates, so it needs both of those rights. A view may name other rights in ``rights``, for each
    method: ``{"POST": ("groups.add_groupdivision",)}``. A view with neither is closed to all users.
    """

    RIGHTS: Mapping[str, tuple[str, ...]] = {
        "POST": ("add",),
        "PUT": ("change",),
        "PATCH": ("change",),
        "DELETE": ("delete",),
    }
    BATCH_RIGHTS = ("add", "change")

    def has_permission(self, request: Request, view: object) -> bool:
        """Return whether the request is permitted. ``message`` says what is missing."""
        own = getattr(view, "rights", None)
        model = getattr(view, "model", None)
        if own is not None:
            return self._has_own_rights(request, own)
        if model is None:
            self.message = NOT_OPEN
            return False
        rights = self.RIGHTS.get(str(request.method), ("view",))
        if rights == ("change",) and getattr(view, "action", None) == "batch":
            rights = self.BATCH_RIGHTS
        meta = model._meta
        for right in rights:
            if not request.user.has_perm(f"{meta.app_label}.{right}_{meta.model_name}"):
                self.message = f"You don't have permission to {right} {meta.verbose_name_plural}."
                return False
        return True

    def _has_own_rights(self, request: Request, rights: Mapping[str, tuple[str, ...]]) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        self.message = NOT_OPEN
        return method in rights and all(request.user.has_perm(right) for right in rights[method])
