"""What the records of groups and divisions have in common: values, addresses and contacts."""

from datetime import date
from decimal import Decimal
from typing import TypeAlias

from making.employers import Draw, Employer
from making.vocabulary import FIRST_NAMES, SECOND_LINES, STREETS, SURNAMES, Town

Value: TypeAlias = str | int | Decimal | date | None
Record: TypeAlias = dict[str, Value]


def money(draw: Draw, low: int, high: int) -> Decimal:
    """Return an amount of dollars and cents between two amounts of dollars."""
    return Decimal(draw.number(low * 100, high * 100)).scaleb(-2)


def phone(draw: Draw, area_code: str) -> str:
    """Return a phone number that no one has, written in one of the usual ways."""
    style = draw.pick(
        "({}) 555-01{:02}", "{}-555-01{:02}", "{}-555-01{:02}", "{}.555.01{:02}", "{}55501{:02}"
    )
    return style.format(area_code, draw.number(0, 99))


def address(draw: Draw, town: Town) -> Record:
    """Return the columns of an address in a town."""
    return {
        "address": f"{draw.number(1, 9900)} {draw.pick(*STREETS)}",
        "address2": draw.maybe(25, draw.pick(*SECOND_LINES)),
        "city": town.city,
        "state": town.state,
        "zip_Code": town.zip_code,
        "county_Code": draw.maybe(70, town.county),
        "country_ID": draw.maybe(60, "USA"),
        "region_Code": draw.maybe(40, town.region),
    }


def contact(draw: Draw, employer: Employer, town: Town) -> Record:
    """Return the columns of the contact person and of the phone numbers."""
    first, last = draw.pick(*FIRST_NAMES), draw.pick(*SURNAMES)
    plain = f"{first}.{last}".lower().translate(str.maketrans("áéóö", "aeoo"))
    mailbox = draw.pick(
        plain, plain, f"benefits.{employer.letters.lower()}", f"hr+{employer.letters.lower()}"
    )
    fax = draw.maybe(30, phone(draw, town.area_code))
    return {
        "phone": phone(draw, town.area_code),
        "phone_Country_Code": draw.maybe(40, "1"),
        "fax": fax,
        "fax_Country_Code": fax and draw.maybe(40, "1"),
        "primary_Contact": f"{first} {last}",
        "contact_Title": draw.pick(*employer.branch.titles),
        "contact_Phone": draw.maybe(70, phone(draw, town.area_code)),
        "contact_Country_Code": draw.maybe(30, "1"),
        "contact_Extension": draw.maybe(35, str(draw.number(11, 4999))),
        "contact_Email_Address": draw.maybe(85, f"{mailbox}@{employer.branch.domain}"),
    }
