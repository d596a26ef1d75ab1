"""The REST operations of groups, divisions, contracts and their plans."""

from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from tables.rest.api import TableViewSet


class GroupViewSet(TableViewSet):
    """``/groups``"""

    model = Group


class GroupDivisionViewSet(TableViewSet):
    """``/groups/{groupID}/divisions``"""

    model = GroupDivision


class GroupContractViewSet(TableViewSet):
    """``/groups/{groupID}/divisions/{divisionID}/contracts``"""

    model = GroupContract


class GroupContractPlanViewSet(TableViewSet):
    """``/groups/{groupID}/divisions/{divisionID}/contracts/{coverageStart}/plans``"""

    model = GroupContractPlan
