"""The names a request may use: query parameters, and the properties of bodies that start something.

Names count in any case, each once. A name that is not known is refused, with the likely one: were it passed
over, something else would be answered or done than was asked for. A list or another GET names every parameter
that is wrong; an operation that starts something refuses the first. Each has its own words for it, which
programs know.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from tables.rest.envelope import malformed, read_body
from tables.schema.problems import Problem, shown
from tables.write.json_reading import NotJson, Repeated, decode_once

# A refusal names so many names: to look for what each of them is like takes a while.
MOST_NAMED = 10
_LONGEST_NAME = 100
_TRUE_OR_FALSE = {"true": True, "false": False}


def cut(name: str) -> str:
    """Return a parameter's name as errors of GETs repeat it: not a whole page of it."""
    return name[:_LONGEST_NAME]


def likely(name: str, known: Collection[str]) -> str:
    """Return the question whether the one of ``known`` that is most like the name was meant; empty where none
    is like it."""
    by_folded = {each.lower(): each for each in known}
    found = get_close_matches(cut(name).lower(), by_folded, n=1)
    return f"Did you mean {by_folded[found[0]]}?" if found else ""


def _with_likely(text: str, name: str, known: Collection[str], instead: str = "") -> str:
    """Return a sentence about an unknown name, and behind it the likely one, else ``instead``."""
    return " ".join(filter(None, (text, likely(name, known) or instead)))


# --- GETs ---


def repeated(query: QueryDict) -> list[str]:
    """Return what is wrong with the parameters of a query that come more than once, in whatever case."""
    counts: Counter[str] = Counter()
    for name, values in query.lists():
        counts[name.lower()] += len(values)
    return [f"{cut(name)}: send this parameter once." for name in query if counts.pop(name.lower(), 1) > 1]


def unknown(name: str, meant: str, known: Collection[str], instead: str) -> str:
    """Return what is wrong with a parameter that is none of ``known``: the one that ``meant`` is most like,
    else what to send ``instead``."""
    return _with_likely(f"{cut(name)}: there is no such parameter.", meant, known, instead)


def refuse(wrong: Iterable[str]) -> None:
    """Raise ParseError (400) if anything is wrong; of much, only the first is worked out and said."""
    if text := " ".join(islice(wrong, MOST_NAMED)):
        raise ParseError(text)


def refuse_unknown(query: QueryDict, known: Collection[str]) -> None:
    """Refuse a query that has other parameters than ``known``, or one of them twice. Raises ParseError."""
    names = {name.lower() for name in known}
    instead = f"This operation takes {', '.join(known) or 'none'}."
    strange = (unknown(name, name, known, instead) for name in query if name.lower() not in names)
    refuse(chain(repeated(query), strange))


# --- operations that start something ---


def query_of(request: Request, *known: str) -> dict[str, str]:
    """Return the query parameters that a request brings, by their known names.

    Raises ParseError (400) for a name that is not among ``known``, and for one that comes twice.
    """
    names = {name.lower(): name for name in known}
    found: dict[str, str] = {}
    for given, values in request.query_params.lists():
        name = names.get(given.lower())
        if name is None:
            instead = "" if known else "This operation has none."
            text = f"There is no query parameter '{shown(given)}'."
            raise ParseError(_with_likely(text, given, known, instead))
        if name in found or len(values) != 1:
            raise ParseError(_twice(name))
        found[name] = values[0]
    return found


def flag_of(query: Mapping[str, str], name: str) -> bool:
    """Return a query parameter that is true or false, false where it is absent. Raises ParseError (400)."""
    text = query.get(name, "false").lower()
    if text not in _TRUE_OR_FALSE:
        raise ParseError(f"{name} must be true or false.")
    return _TRUE_OR_FALSE[text]


def object_of(request: Request) -> dict[str, Any]:
    """Return a request's body, a JSON object in which no property comes twice. Raises ParseError (400)."""
    try:
        body = decode_once(read_body(request))
    except NotJson as error:
        raise malformed(error) from None
    except Repeated as error:
        raise ParseError(_twice(shown(str(error)))) from None
    if not isinstance(body, dict):
        raise ParseError("The body must be a JSON object.")
    return body


def unknown_properties(
    given: Collection[str],
    known: Collection[str],
    *,
    inside: str = "",
    hints: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return a problem for each property that is not among the known ones, in whatever case; of many only
    for the first, and one for all others: a body has room for millions.

    ``inside`` names the property whose object it is; ``hints`` say of names what else is right.
    """
    names = {name.lower() for name in known}
    where = f" in {inside}" if inside else ""
    strange = [name for name in given if name.lower() not in names]
    texts = []
    for name in strange[:MOST_NAMED]:
        text, hint = f"There is no property '{shown(name)}'{where}.", (hints or {}).get(name.lower())
        texts.append(f"{text}{hint}" if hint else _with_likely(text, name, known))
    if others := len(strange) - len(texts):
        texts.append(f"And {others:,} more{where}.")
    return [Problem(None, text) for text in texts]


def _twice(name: str) -> str:
    return f"{name} is given more than once."
