"""The typed base of the pieces that an admin is made of.

unfold's ModelAdmin has no types. So the pieces build on Django's, which unfold's builds on too. A whole admin
names unfold's behind its pieces.
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

# A column of a list: its name, or what makes it of a record.
Listed: TypeAlias = str | Callable[[Table], str | bool]
# What a template is given.
Context: TypeAlias = dict[str, Any]


def registered_admin(model: type[Model]) -> "ModelAdmin[Any] | None":
    """Return the admin of a model, None where it has none."""
    return site.get_model_admin(model) if site.is_registered(model) else None
