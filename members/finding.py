"""Finding people with one search box: by subscriber ID, name, birth date or Social Security number.

Each search uses an index, so it is as fast among a million people as among ten.
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

    The term is a whole ID, a birth date, or an SSN (for users who may see it). Or it is the beginning of a
    last name and, after a comma or blank, of a first name (``names_in``).
    """
    term = term.strip()
    found = [Member.objects.filter(condition) for condition in _codes(term, user)]
    found += [_named(last, first) for last, first in names_in(term)]
    # A union, not an OR: each part uses its own index.
    first, *others = [each.order_by().values_list(column, flat=True) for each in found]
    return first.union(*others, all=True) if others else first


def names_in(term: str) -> list[tuple[str, str]]:
    """Return the ways to read a term as the beginnings of last and first name, in capitals.

    A comma separates them. Without one, the whole term may be the last name, or the last name may end at one
    of the first blanks; there are at most ``MOST_NAMES`` ways. What follows a second comma (Jr) is no name.
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
    """Return the first word of a first name. The rest may be a middle name, which is another column."""
    return first.split()[0] if first else ""
