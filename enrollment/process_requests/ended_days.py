"""The days for which cover can be brought back in the back office, and by whom it was ended."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence

from enrollment.models import EnrollmentRun
from groups.models import Group, GroupDivision

NEVER = (
    "never disenrolled: no disenroll was run, and no disenroll date stands on group or divisions. There is"
    " nothing to bring back. Cover that ended one by one is reopened on the subscriber's page, by its"
    " enrollment's end date."
)
NOT_OURS = (
    "A date that came otherwise (from a file, by hand) has no record of what it ended, so nothing can be"
    " undone exactly. With “Also what ended that day otherwise”, all enrollments that ended on that very day"
    " come back, get new cover, or go on under COBRA; without it only the dates themselves are taken off."
)


def ended_days(groups: Sequence[str]) -> tuple[list[tuple[str, str]], set[str]]:
    """Return the last days of cover to choose from, newest first, each with what it is called; and those of
    them that are of disenrolls of ours, which alone can be undone row by row."""
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
    """Yield each disenroll date of the groups and their divisions, the group, and where it stands."""
    of_groups = Group.objects.filter(group_id__in=groups, disenroll_date__isnull=False)
    for day, group in of_groups.values_list("disenroll_date", "group_id"):
        yield day, group, f"group {group}"
    of_divisions = GroupDivision.objects.filter(group_id__in=groups, disenroll_date__isnull=False)
    columns = ("disenroll_date", "group_id", "division_id")
    for day, group, division in of_divisions.order_by("group_id", "division_id").values_list(*columns):
        yield day, group, f"division {division}"


def _where(places: Sequence[str]) -> str:
    named = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    return f"not by a disenroll of this system: {named}"
