"""The typed base class of the admin's mixins.

unfold's ModelAdmin has no types, so the mixins inherit from Django's, which unfold's inherits from too. A
complete admin class lists unfold's ModelAdmin after its mixins.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib.admin import ModelAdmin, site
from django.db.models import Model

from tables.schema.models import Table

if TYPE_CHECKING:
    TableModelAdmin = ModelAdmin[Table]
else:
    TableModelAdmin = ModelAdmin

# A column of a list: its name, or a function that returns its value for a record.
Listed: TypeAlias = str | Callable[[Table], str | bool]
# The variables of a template.
Context: TypeAlias = dict[str, Any]


def registered_admin(model: type[Model]) -> "ModelAdmin[Any] | None":
    """Return the admin of a model, or None if it has none."""
    return site.get_model_admin(model) if site.is_registered(model) else None
