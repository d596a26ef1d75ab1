"""The models of employer groups: one file for each wide model, one for what they share."""

from groups.models.division import GroupDivision
from groups.models.group import Group

__all__ = ["Group", "GroupDivision"]
