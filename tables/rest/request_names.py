"""Check the names in a request: query parameters, and the properties of bodies that start something.

The case of a name does not matter, and each name may be sent once. An unknown name is refused with the most
similar known name: ignoring it would answer or do something else than the program asked for. A GET names
every wrong parameter. An operation that starts something names only the first. The two have different texts,
because programs rely on them.
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

# An error lists at most this many names: finding the most similar known name takes time.
MOST_NAMED = 10
_LONGEST_NAME = 100
_TRUE_OR_FALSE = {"true": True, "false": False}


def cut(name: str) -> str:
    """Return a parameter's name for the errors of GETs, cut to a readable length."""
    return name[:_LONGEST_NAME]


def likely(name: str, known: Collection[str]) -> str:
    """Return a question that suggests the most similar of the ``known`` names, empty if none is similar."""
    by_folded = {each.lower(): each for each in known}
    found = get_close_matches(cut(name).lower(), by_folded, n=1)
    return f"Did you mean {by_folded[found[0]]}?" if found else ""


def _with_likely(text: str, name: str, known: Collection[str], instead: str = "") -> str:
    """Return a sentence about an unknown name, followed by the most similar name, else by ``instead``."""
    return " ".join(filter(None, (text, likely(name, known) or instead)))


# --- GETs ---


def repeated(query: QueryDict) -> list[str]:
    """Return an error for each parameter that is sent more than once, whatever its case."""
    counts: Counter[str] = Counter()
    for name, values in query.lists():
        counts[name.lower()] += len(values)
    return [f"{cut(name)}: send this parameter once." for name in query if counts.pop(name.lower(), 1) > 1]


def unknown(name: str, meant: str, known: Collection[str], instead: str) -> str:
    """Return the error of a parameter that is not ``known``. It suggests the name most similar to ``meant``,
    or says what to send ``instead``."""
    return _with_likely(f"{cut(name)}: there is no such parameter.", meant, known, instead)


def refuse(wrong: Iterable[str]) -> None:
    """Raise ParseError (400) if anything is wrong. It takes only the first errors of many."""
    if text := " ".join(islice(wrong, MOST_NAMED)):
        raise ParseError(text)


def refuse_unknown(query: QueryDict, known: Collection[str]) -> None:
    """Raise ParseError for a query with parameters that are not ``known``, or that are sent twice."""
    names = {name.lower() for name in known}
    instead = f"This operation takes {', '.join(known) or 'none'}."
    strange = (unknown(name, name, known, instead) for name in query if name.lower() not in names)
    refuse(chain(repeated(query), strange))


# --- operations that start something ---


def query_of(request: Request, *known: str) -> dict[str, str]:
    """Return the query parameters of a request, by their known names.

    Raises ParseError (400) for a name that is not ``known``, and for one that is sent twice.
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
    """Return a query parameter that is true or false, false if it is missing. Raises ParseError (400)."""
    text = query.get(name, "false").lower()
    if text not in _TRUE_OR_FALSE:
        raise ParseError(f"{name} must be true or false.")
    return _TRUE_OR_FALSE[text]


def object_of(request: Request) -> dict[str, Any]:
    """Return the JSON object in a request's body. Raises ParseError (400), also if a property comes twice."""
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
    """Return a problem for each unknown property, whatever its case. Of many, return one for each of the
    first and one for all others, because a body may hold millions.

    ``inside`` names the property that holds the object. ``hints`` say what to send instead of a name.
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
