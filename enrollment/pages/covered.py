"""How many people were covered before and after a disenrollment or reenrollment: a part of its page."""

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from enrollment.engine import comparing
from enrollment.models import EnrollmentRun
from processes.models import VBAProcess


def covered_part(process: VBAProcess, user: User | AnonymousUser) -> tuple[str, dict[str, object]] | None:
    """Return this part for users who may see enrollments; None for other users and other processes."""
    if not user.has_perm("enrollment.view_subenrollment"):
        return None
    run = EnrollmentRun.objects.filter(process_key=process.vbaprocess_key).first()
    covered = comparing.kept(run) if run else []
    if run is None or not covered:
        return None
    division = (run.covered or {})["division"]
    address = reverse("enrollment_summary", args=[run.group_id])
    context = {
        "covered": covered,
        "where": f"division {division} of group {run.group_id}" if division else f"group {run.group_id}",
        "summary": address,
        "division": division,
    }
    return "enrollment/covered.html", context
