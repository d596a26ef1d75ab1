"""The records of the table GroupDivision: how an employer divides its staff."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from making.branches import BRANCHES
from making.employers import AS_OF, Draw, Employer, month_end
from making.values import Record, address, contact, money, phone
from making.vocabulary import CAPTIVES, DIVISION_NOTES, NO_WAGE_TAX, PRODUCERS, TOWNS

PUBLIC_BRANCHES = (BRANCHES["schools"], BRANCHES["government"])
# Numbers of reasons: job loss, and premium that is taken back.
COBRA_REASON, ADJUSTMENT_REASON = 2, 8
# Percent of an employer's staff, by the division's position.
SHARES = (58, 19, 9, 6, 4, 2)


@dataclass(frozen=True)
class Division:
    """What a division's record and its plan years have in common."""

    employer: Employer
    division_id: str
    # Code, name and description.
    names: tuple[str, ...]
    is_cobra: bool
    original: date
    disenrolled: date | None
    lives: int

    def draw(self, purpose: str) -> Draw:
        """Return the choices of one purpose for this division."""
        return Draw(purpose, self.employer.group_id, self.division_id)


def divisions_of(employer: Employer) -> list[Division]:
    """Return the divisions of an employer: the largest first, the COBRA division last."""
    draw = Draw("divisions", employer.group_id)
    style = draw.pick("code", "code", "code", "code", "001", "001", "1", "A", "name", "own")
    whole = (("MAIN", "All Employees", "All eligible employees"), ("ALL", employer.name, "Everyone"))
    regular = employer.branch.divisions[: employer.division_count - employer.has_cobra]
    kinds = [draw.pick(*whole)] if employer.division_count == 1 else list(regular)
    if employer.has_cobra:
        name = draw.pick("COBRA", "COBRA", "COBRA Continuees")
        kinds.append(("COBRA", name, "Former staff who continue their coverage"))
    local = draw.number(12, 970)
    return [
        _division(employer, position, style, tuple(part.format(n=local) for part in kind))
        for position, kind in enumerate(kinds)
    ]


def _division_id(employer: Employer, position: int, style: str, names: tuple[str, ...]) -> str:
    code, name, _ = names
    is_cobra = code == "COBRA"
    return {
        "001": "900" if is_cobra else f"{position + 1:03}",
        "1": "9" if is_cobra else str(position + 1),
        "A": "Z" if is_cobra else "ABCDEF"[position],
        "name": name[:20].strip(),
        "own": f"{employer.letters}-{'C' if is_cobra else position + 1}",
    }.get(style, code)


def _division(employer: Employer, position: int, style: str, names: tuple[str, ...]) -> Division:
    division_id = _division_id(employer, position, style, names)
    draw = Draw("division", employer.group_id, division_id)
    is_main, is_cobra = position == 0, names[0] == "COBRA"
    original, disenrolled = employer.original, employer.disenrolled
    later = date(min(original.year + draw.number(1, 12), AS_OF.year - 1), employer.start_month, 1)
    if not is_main and draw.chance(25) and original < later < (disenrolled or AS_OF):
        original = later
    closed = month_end(draw.number(2018, 2025), draw.pick(6, 12, draw.number(1, 12)))
    if not is_main and not is_cobra and draw.chance(5) and original < closed < (disenrolled or AS_OF):
        disenrolled = closed
    share = 100 if employer.division_count == 1 else draw.number(1, 4) if is_cobra else SHARES[position]
    lives = max(1, employer.employees * share // 100)
    return Division(employer, division_id, names, is_cobra, original, disenrolled, lives)


def division_record(division: Division) -> Record:
    """Return a division's record."""
    return {
        "group_ID": division.employer.group_id,
        "division_ID": division.division_id,
        **_identity(division, division.draw("identity")),
        **_place(division, division.draw("place")),
        **_cobra(division, division.draw("COBRA")),
        **_billing(division, division.draw("billing")),
        **_remittance(division.draw("remittance")),
        **_claims(division.draw("claims")),
        **_reports(division, division.draw("reports")),
        **_taxes(division, division.draw("taxes")),
        **_retired(division, division.draw("retired")),
    }


def _identity(division: Division, draw: Draw) -> Record:
    return {
        "name": division.names[1],
        "original_Date": division.original,
        "disenroll_Date": division.disenrolled,
        "issue_State": division.employer.town.state,
        "federal_ID": draw.maybe(6, f"00-{draw.number(0, 9999999):07}"),
        "adult_Age": draw.maybe(20, 19),
        "cutoff_Age": draw.maybe(20, 26),
        "mail_To_Default": draw.chance(75),
    }


def _place(division: Division, draw: Draw) -> Record:
    employer = division.employer
    nearby = [town for town in TOWNS if town.region == employer.town.region]
    # A city has no offices in another state.
    moves = draw.chance(30) and employer.branch not in PUBLIC_BRANCHES and not division.is_cobra
    town = draw.pick(*nearby) if moves else employer.town
    return {
        **(address(draw, town) if moves or draw.chance(30) else {}),
        **(contact(draw, employer, town) if draw.chance(30) else {}),
    }


def _cobra(division: Division, draw: Draw) -> Record:
    leads_to_cobra = division.employer.has_cobra and not division.is_cobra
    return {
        "cobrA_Division": division.is_cobra,
        "default_COBRA_Reason": draw.maybe(80, COBRA_REASON) if leads_to_cobra else None,
        "cobrA_Auto_Term_Reason": draw.maybe(35, COBRA_REASON) if leads_to_cobra else None,
        "cobrA_Auto_Term_Adj_Reason": draw.maybe(20, ADJUSTMENT_REASON) if leads_to_cobra else None,
    }


def _billing(division: Division, draw: Draw) -> Record:
    account = 60000 + division.employer.position * 11
    is_over = division.disenrolled is not None and division.disenrolled <= AS_OF
    paid = [month_end(2026, month) for month in (9, 10, 10, 10, 11, 12)]
    grace = draw.maybe(25, draw.pick((30, "Days"), (31, "Days"), (2, "Months")))
    distribution = draw.chance(8)
    return {
        "account_Key": draw.maybe(50, account),
        "acH_Account_Key": draw.maybe(25, account + 1),
        "pay_To_Account": draw.maybe(15, account + 2),
        "payor_ID": draw.maybe(30, f"PAY{division.employer.position // 6 + 1:04}"),
        "distribution_Account_Key": account + 3 if distribution else None,
        "distribution_Payor_ID": f"DST{draw.number(1, 40):03}" if distribution else None,
        # One invoice for each subscriber, for the division, or for the group.
        "invoice_Level": "S" if division.is_cobra else draw.maybe(85, draw.pick("D", "G", "G")),
        "invoice_Grace_Period": grace and grace[0],
        "invoice_Grace_Period_Type": grace and grace[1],
        "invoice_Grace_Period_Ex_Code": grace and draw.maybe(60, draw.pick("GRACE", "UNPD")),
        "default_Invoice_ReportDefinition_Key": draw.maybe(25, draw.pick(1042, 1057, 2003)),
        "paid_Through": division.disenrolled if is_over else draw.maybe(60, draw.pick(*paid)),
        "set_Paid_Through": draw.chance(40),
    }


def _remittance(draw: Draw) -> Record:
    if draw.chance(90):
        return {}
    town = draw.pick(*TOWNS)
    return {
        "invoice_Remit_Name": draw.pick("Benefit Lockbox", "Premium Services, Cash Desk", "Lockbox 7 & Co."),
        "invoice_Remit_Address1": f"PO Box {draw.number(100, 9999)}",
        "invoice_Remit_Address2": draw.maybe(40, f"Dept {draw.number(10, 99)}"),
        "invoice_Remit_City": town.city,
        "invoice_Remit_State": town.state,
        "invoice_Remit_Zip_Code": town.zip_code,
        "invoice_Remit_Country_ID": draw.maybe(60, "USA"),
        "invoice_Remit_Country_Code": draw.maybe(50, "1"),
        "invoice_Remit_Phone_Number": draw.maybe(80, phone(draw, town.area_code)),
    }


def _claims(draw: Draw) -> Record:
    pends, prorates = draw.chance(7), draw.chance(10)
    return {
        "auth_Not_Reqd_Override": draw.chance(12),
        "duplicate_Claim_Override": draw.chance(10),
        "disability_Pay_Through_Day": draw.maybe(8, draw.number(1, 7)),
        "use_Restricted_Deductions": draw.chance(10),
        "pend_Flag": "Y" if pends else draw.maybe(40, "N"),
        "pend_Ex_Code": draw.pick("PEND1", "HOLD", "UNPD") if pends else None,
        "other_Insurance_ExCode": draw.maybe(20, draw.pick("COB01", "OTHINS")),
        "prorate_Deduction": prorates,
        "prorate_Deduction_Type": draw.pick("F", "P", "B") if prorates else None,
    }


def _reports(division: Division, draw: Draw) -> Record:
    is_large = division.employer.employees >= 100
    return {
        "brokerage": draw.maybe(20, draw.pick(*PRODUCERS)),
        "numberLives": draw.maybe(85, division.lives),
        "coE_Network": draw.chance(15),
        "reference_Based_Pricing": draw.maybe(30, draw.pick("Y", "N", "N")),
        "groupDivisionCaptive": draw.maybe(15, draw.pick(*CAPTIVES)) if is_large else None,
        "transplantElite": draw.maybe(20, draw.pick("Included", "Declined", "From the second year")),
        "participationIncentive_ID": draw.maybe(20, draw.pick("WELL-25", "WELL-50", "STEPS")),
        "caseRate": draw.maybe(5, money(draw, 400, 9000)),
        "seerData": draw.maybe(5, draw.number(1, 40)),
    }


def _taxes(division: Division, draw: Draw) -> Record:
    """Return the taxes on disability pay. For most employers, none are paid here."""
    pays, by_months, state = draw.chance(16), draw.chance(30), division.employer.town.state
    limit = 6 if by_months else 180
    is_public = division.employer.branch in PUBLIC_BRANCHES
    is_farm = division.employer.branch == BRANCHES["farm"]
    return {
        "generate_W2": pays,
        "ficA_Employer_Match": pays and draw.chance(70),
        "exempt_Federal": draw.chance(3),
        "exempt_Medicare": is_public and draw.chance(4),
        "exempt_SocSec": is_public and draw.chance(12),
        "exempt_State": state in NO_WAGE_TAX,
        "tax_Day_Limit_Type": 2 if by_months and pays else 1,
        "federal_Tax_Day_Limit": limit if pays else None,
        "socSec_Tax_Day_Limit": limit if pays else None,
        "medicare_Tax_Day_Limit": limit if pays else None,
        "state_Tax_Day_Limit": limit if pays and state not in NO_WAGE_TAX else None,
        "federal_Wage_Limit": Decimal("7000.00") if pays else None,
        "socSec_Wage_Limit": draw.pick(Decimal("184500.00"), Decimal("176100.00")) if pays else None,
        "medicare_Wage_Limit": draw.maybe(50, Decimal("200000.00")) if pays else None,
        "state_Wage_Limit": money(draw, 8000, 60000) if pays and state not in NO_WAGE_TAX else None,
        "agri_Tax_Return": "Yes" if is_farm else draw.maybe(10, "No"),
    }


def _retired(division: Division, draw: Draw) -> Record:
    if not division.employer.is_old or draw.chance(35):
        return {}
    code, _, description = division.names
    return {
        "class_ID": code,
        "class_Description": draw.maybe(80, description),
        "premium_Location": draw.maybe(50, draw.pick("Head office", "Payroll", "Plant 1", "West side")),
        "reinsurance_Option": draw.maybe(60, draw.pick("Specific 12/15", "Specific and aggregate 24/12")),
        "spec_Deductible": draw.maybe(60, f"{draw.number(40, 350, 10)},000"),
        "claim_Days_Allowed": draw.pick(90, 180, 365),
        "notes": draw.maybe(60, draw.pick(*DIVISION_NOTES)),
    }
