"""The REST operations of enrollments, their plans, reasons and the disenroll log."""

from enrollment.models import DisenrollLog, MemEnrollmentPlan, Reason, SubEnrollment, SubEnrollmentPlan
from tables.rest.api import TableViewSet


class SubEnrollmentViewSet(TableViewSet):
    """``/subscribers/{subscriberID}/enrollments``"""

    model = SubEnrollment


class SubEnrollmentPlanViewSet(TableViewSet):
    """``/subscribers/{subscriberID}/enrollments/…/plans``"""

    model = SubEnrollmentPlan


class MemEnrollmentPlanViewSet(TableViewSet):
    """``/subscribers/{subscriberID}/members/{memberSeq}/groups/{groupID}/divisions/{divisionID}/enrollments``"""

    model = MemEnrollmentPlan


class ReasonViewSet(TableViewSet):
    """``/reasons``, all of them on one page"""

    model = Reason
    all_on_one_page = True


class DisenrollLogViewSet(TableViewSet):
    """``/disenroll-logs``"""

    model = DisenrollLog
