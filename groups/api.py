"""The REST operations of groups and divisions."""

from groups.models import Group, GroupDivision
from tables.api import TableViewSet


class GroupViewSet(TableViewSet):
    """``/groups``"""

    model = Group


class GroupDivisionViewSet(TableViewSet):
    """``/groups/{groupID}/divisions``"""

    model = GroupDivision
