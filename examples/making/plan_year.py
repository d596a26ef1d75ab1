"""The records of the table GroupPlanYear: the periods over which a division's claims add up."""

from datetime import date, timedelta

from making.division import Division
from making.employers import AS_OF, Draw
from making.values import Record

DAY = timedelta(days=1)


def plan_years_of(division: Division) -> list[Record]:
    """Return a division's plan years: usually three, sometimes with the next year or dental years."""
    employer, draw = division.employer, division.draw("plan years")
    looked_at = min(AS_OF, division.disenrolled or AS_OF)
    current = looked_at.year - (looked_at.month < employer.start_month)
    kept = draw.pick(3, 3, 3, 3, 3, 3, 2, 2)
    ahead = Draw("ahead", employer.group_id).chance(30)
    has_next = ahead and (division.disenrolled or date.max) >= date(current + 1, employer.start_month, 1)
    last = current + has_next
    starts = [date(year, employer.start_month, 1) for year in range(last - kept + 1, last + 1)]
    records = [_plan_year(division, start) for start in starts if _thru(start) >= division.original]
    if employer.start_month != 1 and Draw("dental", employer.group_id).chance(14):
        january = [date(year, 1, 1) for year in range(looked_at.year - 1, looked_at.year + 1)]
        records += [_dental_year(division, start) for start in january if _thru(start) >= division.original]
    return records


def _thru(start: date) -> date:
    return date(start.year + 1, start.month, 1) - DAY


def _name(division: Division, start: date) -> str:
    is_short = Draw("plan year names", division.employer.group_id).chance(8)
    if start.month == 1:
        return f"{start:%Y}" if is_short else f"CY{start:%Y}"
    years = start.year % 100, start.year % 100 + 1
    return "{:02}-{:02}".format(*years) if is_short else "FY{:02}{:02}".format(*years)


def _plan_year(division: Division, start: date) -> Record:
    return {
        "group_ID": division.employer.group_id,
        "division_ID": division.division_id,
        "plan_Year": _name(division, start),
        "from_Date": max(start, division.original),
        "thru_Date": _thru(start),
        **_carry_over(division, start),
    }


def _dental_year(division: Division, start: date) -> Record:
    return {
        "group_ID": division.employer.group_id,
        "division_ID": division.division_id,
        "plan_Year": f"DN{start:%Y}",
        "from_Date": max(start, division.original),
        "thru_Date": _thru(start),
        "plan_Type": "DENTAL",
        **_no_carry_over(),
    }


def _no_carry_over() -> Record:
    flags = ("qtr4_Accum", "qtr4_Deductible", "qtr4_Member", "qtr4_Out_Of_Pocket", "qtr4_Subscriber")
    return dict.fromkeys(flags, False)


def _carry_over(division: Division, start: date) -> Record:
    """Return what the last quarter carries over to the next year. An employer has it in all years or none."""
    draw = Draw("carry-over", division.employer.group_id)
    if not draw.chance(20):
        return _no_carry_over()
    quarter = date(start.year + (start.month > 3), (start.month + 8) % 12 + 1, 1)
    pays_toward_limit = draw.chance(40)
    return {
        "qtr4_Accum": True,
        "qtr4_Deductible": not pays_toward_limit or draw.chance(80),
        "qtr4_Member": draw.chance(85),
        "qtr4_Out_Of_Pocket": pays_toward_limit,
        "qtr4_Subscriber": draw.chance(50),
        "qtr4_From_Date": max(quarter, division.original),
        "qtr4_Thru_Date": _thru(start),
        "qtr4_PlanYear": _name(division, date(start.year + 1, start.month, 1)),
        "qtr4_Benefit_Code": draw.pick("4QCARRY", "4QCARRY", "CARRYOVER", "Q4"),
        "qtr4_Out_Of_Pocket_Type": draw.pick("Deductible", "Co-Ins", "Co-Pay") if pays_toward_limit else None,
        "ex_Code": draw.maybe(50, "4QCO"),
    }
