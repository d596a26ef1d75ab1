"""What a request may name: query parameters, and the properties of bodies that start something.

A name that is not known would be passed over, and something else done than was asked for: so it is refused,
as is a name that comes twice, whatever its case. What is refused is told with the likely name.
"""

from collections.abc import Collection, Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from tables.rest.envelope import malformed, read_body
from tables.rest.query import MOST_TOLD, likely
from tables.schema.problems import Problem, shown
from tables.write.json_reading import NotJson, Repeated, decode_once

_TRUE_OR_FALSE = {"true": True, "false": False}


def query_of(request: Request, *known: str) -> dict[str, str]:
    """Return the query parameters that a request brings, by their known names.

    Raises ParseError (400) for a name that is not among ``known``, and for one that comes twice.
    """
    names = {name.lower(): name for name in known}
    found: dict[str, str] = {}
    for given, values in request.query_params.lists():
        name = names.get(given.lower())
        if name is None:
            instead = did_you_mean(given, known) if known else " This operation has none."
            raise ParseError(f"There is no query parameter '{shown(given)}'.{instead}")
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
    told = [
        f"There is no property '{shown(name)}'{where}."
        f"{(hints or {}).get(name.lower()) or did_you_mean(name, known)}"
        for name in strange[:MOST_TOLD]
    ]
    if others := len(strange) - len(told):
        told.append(f"And {others:,} more{where}.")
    return [Problem(None, text) for text in told]


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return the likely one of the known names as a sentence behind another; empty where none is like it."""
    question = likely(name, known)
    return f" {question}" if question else ""


def _twice(name: str) -> str:
    return f"{name} is given more than once."
