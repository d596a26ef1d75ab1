"""What a request asks for in its query: names in any case, each once, and none that the operation does not
know. A parameter that is passed over in silence answers another question than the one that was asked."""

from collections import Counter
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from rest_framework.exceptions import ParseError

# Of so many names a refusal tells: to look for what each of them is like takes a while.
MOST_TOLD = 10


def shown(name: str) -> str:
    """Return a parameter's name as errors tell it back: not a whole page of it."""
    return name[:100]


def repeated(query: Any) -> list[str]:
    """Return what is wrong with the parameters of a query that come more than once, in whatever case."""
    counts: Counter[str] = Counter()
    for name, values in query.lists():
        counts[name.lower()] += len(values)
    return [f"{shown(name)}: send this parameter once." for name in query if counts.pop(name.lower(), 1) > 1]


def unknown(name: str, meant: str, known: Collection[str], instead: str) -> str:
    """Return what is wrong with a parameter that is none of ``known``: the one that ``meant`` is most like,
    else what to send ``instead``."""
    return f"{shown(name)}: there is no such parameter. {likely(meant, known) or instead}"


def likely(name: str, known: Collection[str]) -> str:
    """Return the question whether the one of ``known`` that is most like the name was meant; empty where none
    is like it."""
    by_folded = {each.lower(): each for each in known}
    found = get_close_matches(shown(name).lower(), by_folded, n=1)
    return f"Did you mean {by_folded[found[0]]}?" if found else ""


def refuse(wrong: Iterable[str]) -> None:
    """Raise ParseError (400) if anything is wrong; of much the first is told, and no more is asked for."""
    if text := " ".join(islice(wrong, MOST_TOLD)):
        raise ParseError(text)


def refuse_unknown(query: Any, known: Collection[str]) -> None:
    """Refuse a query that has other parameters than ``known``, or one of them twice. Raises ParseError."""
    names = {name.lower() for name in known}
    instead = f"This operation takes {', '.join(known) or 'none'}."
    strange = (unknown(name, name, known, instead) for name in query if name.lower() not in names)
    refuse(chain(repeated(query), strange))
