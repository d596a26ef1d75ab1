"""The last days of coverage that the reenroll form offers, and whether our disenrollments set them."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence

from enrollment.models import EnrollmentRun
from groups.models import Group, GroupDivision

NEVER = (
    "never disenrolled: no disenrollment was run, and no group or division has a disenroll date. There is"
    " nothing to bring back. To reopen one family's coverage, open the subscriber's page and change the end"
    " date of the enrollment."
)
NOT_OURS = (
    "A date that came from a file or was typed by hand has no record of what it ended, so it cannot be"
    " reversed exactly. With “Also restore coverage ended individually that day”, all enrollments that ended"
    " that day come back, get new coverage, or continue under COBRA. Without it, only the termination dates"
    " are cleared."
)


def ended_days(groups: Sequence[str]) -> tuple[list[tuple[str, str]], set[str]]:
    """Return the last days of coverage to choose from, newest first, each with its label; and the days of
    disenrollments that we ran. Only those can be reversed row by row."""
    runs = EnrollmentRun.objects.filter(group_id__in=groups, is_disenroll=True)
    ended = set(runs.values_list("disenroll_date", "group_id").distinct())
    ours = {day.isoformat() for day, _ in ended}
    otherwise: dict[str, list[str]] = defaultdict(list)
    for day, group, where in _stamped(groups):
        if (day, group) not in ended:
            otherwise[day.isoformat()].append(where)
    days = sorted(ours | otherwise.keys(), reverse=True)
    return [(day, f"{day} · {_where(otherwise[day])}" if day in otherwise else day) for day in days], ours


def _stamped(groups: Sequence[str]) -> Iterator[tuple[datetime.date, str, str]]:
    """Yield each disenroll date of the groups and their divisions, with its group and where it is stored."""
    of_groups = Group.objects.filter(group_id__in=groups, disenroll_date__isnull=False)
    for day, group in of_groups.values_list("disenroll_date", "group_id"):
        yield day, group, f"group {group}"
    of_divisions = GroupDivision.objects.filter(group_id__in=groups, disenroll_date__isnull=False)
    columns = ("disenroll_date", "group_id", "division_id")
    for day, group, division in of_divisions.order_by("group_id", "division_id").values_list(*columns):
        yield day, group, f"division {division}"


def _where(places: Sequence[str]) -> str:
    named = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    return f"not disenrolled by this system: {named}"
