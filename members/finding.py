"""Finding people by one box: a subscriber's ID, a name, a birth date or a Social Security number.

Every way is by an index, so that a million people are searched as fast as ten.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from members.models import Member
from tables.context.users import AnyUser
from tables.write.records import WrongValue, parse_day

SSN_RIGHT = "members.view_ssn"
MOST_NAMES = 4
_SSN = re.compile(r"\d{3}-?\d{2}-?\d{4}")


def find_members(term: str, user: AnyUser, column: str) -> "QuerySet[Member, Any]":
    """Return one column of the members that a search term finds, as a subquery.

    By whole ID, birth date or SSN (for those who may see it); or by the beginning of the last name, and after
    a comma or blank of the first (``names_in``).
    """
    term = term.strip()
    found = [Member.objects.filter(condition) for condition in _codes(term, user)]
    found += [_named(last, first) for last, first in names_in(term)]
    # A union, and no OR: each part goes by its own index.
    first, *others = [each.order_by().values_list(column, flat=True) for each in found]
    return first.union(*others, all=True) if others else first


def names_in(term: str) -> list[tuple[str, str]]:
    """Return the ways to read a term as the beginnings of last and first name, in capitals.

    A comma parts them. Without one, all may be the last name, or one of the first blanks its end; there are
    ``MOST_NAMES`` ways at most. What comes after a second comma is no name (Jr).
    """
    last, comma, first = term.upper().strip(", \t\n").partition(",")
    if comma:
        ways = [(last, first)]
    else:
        words = last.split()
        ways = [(last, "")]
        ways += [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, min(len(words), MOST_NAMES))]
    squeezed = [(" ".join(last.split()), " ".join(first.partition(",")[0].split())) for last, first in ways]
    return [way for way in squeezed if any(letter.isalpha() for letter in way[0])]


def _codes(term: str, user: AnyUser) -> Iterator[Q]:
    yield Q(subscriber_id=term)
    with suppress(WrongValue):
        yield Q(birth_date=parse_day(term))
    if _SSN.fullmatch(term) and user.has_perm(SSN_RIGHT):
        digits = term.replace("-", "")
        yield Q(ssn__in=[digits, f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"])


def _named(last: str, first: str) -> "QuerySet[Member]":
    """Return members by the beginnings of their names, in capitals; the index has the same expressions."""
    named = Member.objects.alias(last=Upper("last_name"), first=Upper("first_name")).filter(
        last__startswith=last
    )
    return named.filter(Q(first__startswith=first) | Q(first=before_middle_name(first))) if first else named


def before_middle_name(first: str) -> str:
    """Return what a first name is where the rest of it is a middle name, which is another column."""
    return first.split()[0] if first else ""
