"""The REST operations of plan years."""

from planyears.models import GroupPlanYear
from tables.api import TableViewSet


class GroupPlanYearViewSet(TableViewSet):
    """``/groups/{groupID}/divisions/{divisionID}/plan-years``"""

    model = GroupPlanYear
