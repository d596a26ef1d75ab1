"""The days for which cover can be brought back in the back office, and by whom it was ended."""

import datetime
from collections import defaultdict
from collections.abc import Sequence

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
    ours = {day.isoformat() for day in runs.values_list("disenroll_date", flat=True).distinct()}
    stamped = _stamped(groups)
    days = sorted(ours | stamped.keys(), reverse=True)
    return [(day, day if day in ours else f"{day} · {_where(stamped[day])}") for day in days], ours


def _stamped(groups: Sequence[str]) -> dict[str, list[str]]:
    """Return where each disenroll date of the groups and their divisions stands."""
    found: dict[str, list[str]] = defaultdict(list)
    of_groups = Group.objects.filter(group_id__in=groups, disenroll_date__isnull=False)
    of_divisions = GroupDivision.objects.filter(group_id__in=groups, disenroll_date__isnull=False)
    rows: list[tuple[datetime.date, str]] = [
        *((day, f"group {key}") for day, key in of_groups.values_list("disenroll_date", "group_id")),
        *(
            (day, f"division {key}")
            for day, key in of_divisions.order_by("group_id", "division_id").values_list(
                "disenroll_date", "division_id"
            )
        ),
    ]
    for day, where in rows:
        found[day.isoformat()].append(where)
    return found


def _where(places: Sequence[str]) -> str:
    named = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    return f"not by a disenroll of this system: {named}"
