"""The models of coverage: enrollments, their plans, the reasons why they end, and the log of endings."""

from enrollment.models.disenroll_log import DisenrollLog
from enrollment.models.enrollment import SubEnrollment
from enrollment.models.journal import EnrollmentChange, EnrollmentRun, EnrollmentWarning, InvoiceRequest
from enrollment.models.plans import MemEnrollmentPlan, SubEnrollmentPlan
from enrollment.models.reason import Reason

__all__ = [
    "DisenrollLog",
    "EnrollmentChange",
    "EnrollmentRun",
    "EnrollmentWarning",
    "InvoiceRequest",
    "MemEnrollmentPlan",
    "Reason",
    "SubEnrollment",
    "SubEnrollmentPlan",
]
