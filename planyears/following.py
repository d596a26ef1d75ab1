"""Rolls plan years forward: the next plan year for each division of a group."""

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from groups.models import GroupDivision
from planyears.models import GroupPlanYear
from tables.admin.labels import labels_of, with_labels
from tables.context import databases
from tables.schema.column import Value
from tables.schema.columns import by_any_name
from tables.schema.problems import Problem
from tables.write.checks import Mode
from tables.write.engine import write
from tables.write.records import check_value, parse_text, writable

_DAY = datetime.timedelta(days=1)
_NUMBER = re.compile(r"\d+")


@dataclass
class Following:
    """The plan year after ``source``: its name and dates, and why it should not be created, if so."""

    source: GroupPlanYear
    division_name: str
    plan_year: str
    from_date: datetime.date | None = None
    thru_date: datetime.date | None = None
    problem: str = ""
    # What is wrong with the name that the user typed.
    wrong_name: str = ""
    # Whether the user can select it, and whether it is selected: at first, if there is no ``problem``.
    is_possible: bool = True
    is_chosen: bool = True


def next_name(name: str, *days: datetime.date | None) -> str:
    """Return the name of the next plan year: add one to each year in ``name``.

    CY2026 becomes CY2027, 26-27 becomes 27-28, and FY2627 becomes FY2728. Digits such as 2021 could be one
    year or two. They are one year if one of the ``days`` is in that year.
    """
    years = {str(day.year) for day in days if day}

    def add(found: re.Match[str]) -> str:
        digits = found[0]
        first, second = digits[:2], digits[2:]
        if len(digits) == 4 and digits not in years and int(second) == (int(first) + 1) % 100:
            return f"{second}{(int(second) + 1) % 100:02}"
        return str((int(digits) + 1) % 10 ** len(digits)).zfill(len(digits))

    return _NUMBER.sub(add, name)


def a_year_later(day: datetime.date | None) -> datetime.date | None:
    """Return the same day of the next year. The last day of February stays the last day."""
    if day is None:
        return None
    if (day + _DAY).day == 1:
        return (day + _DAY).replace(year=day.year + 1 + (day.month == 12)) - _DAY
    return day.replace(year=day.year + 1)


def following_plan_years(group_id: str, plan_year: str | None = None) -> list[Following]:
    """Return the next plan years by division: after the latest of each plan type, or after those named
    ``plan_year``. It takes two queries for any group."""
    by_division: dict[str, list[GroupPlanYear]] = {}
    for each in GroupPlanYear.objects.filter(group_id=group_id).order_by("division_id", "plan_year"):
        by_division.setdefault(each.division_id, []).append(each)
    # Read after the plan years. A division added in between has none here; a deleted one is left out.
    divisions = {each.division_id: each for each in GroupDivision.objects.filter(group_id=group_id)}
    found = []
    for division_id, years in by_division.items():
        if division_id not in divisions:
            continue
        sources = [year for year in years if year.plan_year == plan_year] if plan_year else _latest(years)
        found += [_following(source, years, divisions[division_id]) for source in sources]
    return found


def _latest(years: Sequence[GroupPlanYear]) -> list[GroupPlanYear]:
    """Return the latest plan year of each plan type."""
    latest: dict[str | None, GroupPlanYear] = {}
    for year in years:
        best = latest.get(year.plan_type)
        if best is None or (year.thru_date or datetime.date.min) >= (best.thru_date or datetime.date.min):
            latest[year.plan_type] = year
    return list(latest.values())


def _following(source: GroupPlanYear, years: Sequence[GroupPlanYear], division: GroupDivision) -> Following:
    name = next_name(source.plan_year, source.from_date, source.thru_date)
    made = Following(source, division.name or "", name)
    try:
        made.from_date = source.thru_date + _DAY
        made.thru_date = a_year_later(source.thru_date)
    except (TypeError, ValueError, OverflowError):
        made.problem, made.is_possible = (
            "This plan year has no last day, so no plan year can follow it.",
            False,
        )
    else:
        made.problem = _why_not(source, made.from_date, made.thru_date, years, division)
    made.is_chosen = not made.problem
    return made


def _why_not(
    source: GroupPlanYear,
    first: datetime.date,
    last: datetime.date | None,
    years: Sequence[GroupPlanYear],
    division: GroupDivision,
) -> str:
    """Return why a plan year with these dates is not needed, or an empty text."""
    if division.disenroll_date and division.disenroll_date < first:
        return f"The division is terminated as of {division.disenroll_date}."
    for year in years:
        same_kind = source.plan_type is None or year.plan_type in (None, source.plan_type)
        begins, ends = year.from_date or datetime.date.min, year.thru_date or datetime.date.max
        if same_kind and year != source and last and begins <= last and ends >= first:
            return f"Plan year {year.plan_year} of this division overlaps these dates."
    return ""


def make_following(chosen: Sequence[Following]) -> int:
    """Store the selected plan years, all of them or none, and return how many.

    If one is refused, return 0; its ``wrong_name`` says why.
    """
    name = by_any_name(GroupPlanYear)["plan_year"]
    for made in chosen:
        _, problem = check_value(name, made.plan_year, parse_text)
        made.wrong_name = _in_words([problem] if problem else [])
    if any(made.wrong_name for made in chosen):
        return 0
    columns = writable(GroupPlanYear)
    records = [
        (index, tuple(values[column.db] for column in columns))
        for index, values in enumerate(map(_values, chosen))
    ]
    using = databases.chosen()
    with transaction.atomic(using=using):
        outcome = write(GroupPlanYear, records, mode=Mode.CREATE)
        if outcome.refused:
            transaction.set_rollback(True, using=using)
    for index, problems in outcome.refused.items():
        chosen[index].wrong_name = _in_words(problems)
    return 0 if outcome.refused else len(outcome.created)


def _in_words(problems: Iterable[Problem]) -> str:
    labels = labels_of(GroupPlanYear)
    return " ".join(with_labels(problem.text, labels) for problem in problems)


def _values(made: Following) -> Mapping[str, Value]:
    """Return all columns of the new plan year: those of the old one, with dates a year later."""
    old = made.source
    values = {column.db: getattr(old, column.db) for column in writable(GroupPlanYear)}
    return values | {
        "plan_year": made.plan_year,
        "from_date": made.from_date,
        "thru_date": made.thru_date,
        "qtr4_from_date": a_year_later(old.qtr4_from_date),
        "qtr4_thru_date": a_year_later(old.qtr4_thru_date),
        # The column names the plan year itself or the next one.
        "qtr4_planyear": old.qtr4_planyear
        and next_name(old.qtr4_planyear, old.from_date, old.thru_date, made.thru_date),
    }
