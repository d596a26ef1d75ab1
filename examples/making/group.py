"""An employer's record of the table Groups."""

from datetime import date, timedelta

from making.employers import AS_OF, Draw, Employer, month_end
from making.values import Record, address, contact, money
from making.vocabulary import ACCOUNT_MANAGERS, GROUP_NOTES, PHARMACY_MANAGERS, PRODUCERS


def group_record(employer: Employer) -> Record:
    """Return an employer's record of the table Groups."""
    return {
        "group_ID": employer.group_id,
        "name": employer.name,
        **_group_identity(employer, Draw("group", employer.group_id)),
        **address(Draw("group address", employer.group_id), employer.town),
        **contact(Draw("group contact", employer.group_id), employer, employer.town),
        **_group_billing(employer, Draw("group billing", employer.group_id)),
        **_group_invoices(employer, Draw("group invoices", employer.group_id)),
        **_group_claims(employer, Draw("group claims", employer.group_id)),
        **_group_pharmacy(employer, Draw("group pharmacy", employer.group_id)),
        **_group_retired(employer, Draw("group retired", employer.group_id)),
    }


def _group_identity(employer: Employer, draw: Draw) -> Record:
    renewed = date(AS_OF.year - (employer.start_month > AS_OF.month), employer.start_month, 1)
    renews = renewed > employer.original and not employer.is_over
    sizes = ((20, "2-19"), (51, "20-50"), (101, "51-100"), (500, "101-499"), (10**6, "500+"))
    return {
        "federal_ID": f"00-{draw.number(0, 9999999):07}",
        "issue_State": employer.town.state if draw.chance(95) else draw.pick("DE", "OH", "TX"),
        "original_Date": employer.original,
        "renewal_Date": renewed if renews else None,
        "renewal_Completion_Date": draw.maybe(60, renewed - timedelta(draw.number(9, 50)))
        if renews
        else None,
        "disenroll_Date": employer.disenrolled,
        "account_Manager": draw.pick(*ACCOUNT_MANAGERS),
        "producer": draw.maybe(80, draw.pick(*PRODUCERS)),
        "total_Employees": employer.employees,
        "employer_Size": draw.maybe(75, next(size for most, size in sizes if employer.employees < most)),
        "subscriber_ID_Prefix": draw.maybe(22, employer.letters),
        "subscriber_ID_Suffix": draw.maybe(8, draw.pick("TX", "HSA", "WX", "ZQ")),
        "adult_Age": draw.maybe(80, draw.pick(18, 19, 19, 19)),
        "cutoff_Age": draw.maybe(85, 26 if draw.chance(90) else draw.pick(23, 25, 30)),
        "open_Closed_Enrollment": draw.chance(60),
        "paperless": draw.chance(45),
        "admin_COBRA": employer.employees >= 20 and not employer.has_cobra and draw.chance(60),
        "disable_COBRA_Auto_Select": draw.chance(10),
        "use_Employer_State": draw.maybe(30, draw.chance(40)),
    }


def _group_billing(employer: Employer, draw: Draw) -> Record:
    due, account = draw.chance(25), 20000 + employer.position * 7
    paid = [month_end(2026, month) for month in (9, 10, 10, 10, 11, 12)]
    election = draw.maybe(20, draw.pick(30, 31, 60))
    distribution = draw.chance(12)
    return {
        "account_Key": draw.maybe(85, account),
        "group_Account": draw.maybe(20, account + 1),
        "pay_To_Account": draw.maybe(35, account + 2),
        "payor_ID": draw.maybe(75, f"PAY{employer.position // 6 + 1:04}"),
        "distribution_Account_Key": account + 3 if distribution else None,
        "distribution_Payor_ID": f"DST{draw.number(1, 40):03}" if distribution else None,
        "billing_Cycle_ID": draw.pick("MO", "MO", "MO", "MO", "SM", "QT"),
        "billing_Retro_Limit": draw.maybe(70, draw.number(1, 6)),
        "set_Billing_Due_Date": due,
        "billing_Due_Date_Range": draw.pick(10, 15, 30) if due else None,
        "billing_Due_Date_Range_Type": "Days" if due else None,
        "billing_Due_Date_Type": draw.pick("Bill From", "Bill Thru", "Invoice Date") if due else None,
        "paid_Through": employer.disenrolled if employer.is_over else draw.maybe(90, draw.pick(*paid)),
        "prepaid_Group": draw.chance(35),
        "self_Admin": draw.chance(15),
        "commission_Lookback": draw.maybe(30, draw.pick(2, 3, 6)),
        "addOn_Rate_Option": draw.maybe(15, draw.pick("Additive", "Seq")),
        "election_Range": election,
        "election_Range_Type": election and "Days",
    }


def _group_invoices(employer: Employer, draw: Draw) -> Record:
    grace = draw.maybe(60, draw.pick((30, "D"), (31, "D"), (45, "D"), (2, "M")))
    enrolled = draw.maybe(30, draw.pick((1, 31), (15, 31), (1, 15)))
    return {
        "billing_Invoice_Create": 0 if employer.is_over else 1,
        "inv_Grace_Period": grace and grace[0],
        "inv_Grace_Period_Type": grace and grace[1],
        "invoice_Enrolled_By": enrolled and enrolled[0],
        "invoice_Enrolled_Thru": enrolled and enrolled[1],
        "default_Invoice_ReportDefinition_Key": draw.maybe(50, draw.pick(1042, 1042, 1057, 2003)),
        "default_EOB_Report": draw.maybe(40, draw.pick(12, 12, 14)),
    }


def _group_claims(employer: Employer, draw: Draw) -> Record:
    holds, prorates = draw.chance(6), draw.chance(12)
    return {
        "advice_To_Pay": draw.chance(8),
        "apply_Ex_Code": holds,
        "ex_Code": draw.pick("GRPHLD", "UNPD", "E210") if holds else None,
        "auth_Not_Reqd_Override": draw.chance(15),
        "duplicate_Claim_Override": draw.chance(10),
        "check_Birthday": draw.maybe(80, draw.pick("Y", "Y", "N")),
        "coPay_Max_Per_Date_Provider": draw.chance(20),
        "uC_Percent": draw.maybe(50, draw.pick("80", "85", "90", "90", "95")),
        "default_Process_by_Disability_Date": draw.chance(7),
        "default_Roll_Up_Waiting_Period": draw.chance(7),
        "disability_Pay_Through_Day": draw.maybe(12, draw.number(1, 7)),
        "prorate_Deduction": prorates,
        "prorate_Deduction_Type": draw.pick("F", "P", "B") if prorates else None,
    }


def _group_pharmacy(employer: Employer, draw: Draw) -> Record:
    if draw.chance(30):
        return {}
    name, bin_number, processor, desk, desk_phone = draw.pick(*PHARMACY_MANAGERS)
    return {
        "rX_Name": name,
        "rX_BIN": bin_number,
        "rX_PCN": processor,
        "rX_GRP": f"RX{employer.letters}{employer.position:03}",
        "rX_CS_Contact": draw.maybe(60, desk),
        "rX_CS_Phone": desk_phone,
    }


def _group_retired(employer: Employer, draw: Draw) -> Record:
    flags = ("individual_Billing", "individual_Cycle", "individual_Dates")
    if not employer.is_old:
        return dict.fromkeys(flags, False)
    return {
        **{flag: draw.chance(30) for flag in flags},
        "billing_Age_Calc": draw.pick("B", "C"),
        "caseRate": draw.maybe(50, money(draw, 40, 900)),
        "claim_Days_Allowed": draw.pick(90, 180, 365),
        "generate_Adjustments": draw.pick("Y", "N"),
        "generate_Invoices": draw.pick("Y", "N"),
        "reason_ID": draw.number(1, 6) if employer.is_over else None,
        "notes": draw.maybe(70, draw.pick(*GROUP_NOTES)),
    }
