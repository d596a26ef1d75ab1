"""The REST operations of plan years."""

from planyears.models import GroupPlanYear
from tables.rest.api import TableViewSet


class GroupPlanYearViewSet(TableViewSet):
    """``/groups/{groupID}/divisions/{divisionID}/plan-years``"""

    model = GroupPlanYear
