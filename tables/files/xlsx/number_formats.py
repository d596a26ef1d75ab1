r"""Number formats of spreadsheets that show a number as a code: ``00000``, ``000\-00\-0000``, phone numbers.

What is typed as 02115 into a cell of such a format is stored as the number 2115; only the format knows the
zeros. All other formats (amounts, fractions, dates) show a number as a number, and are none of ours.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, takewhile

# A text in quotes, an escaped character, a blank as wide as another, one that fills, brackets, any other.
_TOKEN = re.compile(r'"(?P<text>[^"]*)"|\\(?P<sign>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<bare>.)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)").fullmatch
_COMPARE = {
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne,
    "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
_COLOR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]+", re.IGNORECASE).fullmatch
_LOCALE = re.compile(r"\$-.*").fullmatch  # With a currency's sign between the two it shows an amount.
# What stands for itself without quotes. A slash makes a fraction, a point or comma an amount.
_LITERALS = frozenset(" -()+:!^&'~{}<>=")
# Beyond these no spreadsheet has all digits of a number, or takes a format.
_MOST, _LONGEST = 10**15, 255
# Groups of digits in phone numbers.
_PHONES = {(3, 4), (3, 3, 4), (1, 3, 3, 4)}

# A part of a format: a sign that is shown as it is, a place for a digit, or the decimal point.
_SIGN, _PLACE, _POINT = range(3)

Section = tuple[Callable[[Decimal], bool] | None, "_Code | None"]


@dataclass(frozen=True)
class _Code:
    """How one section of a format shows a number: its parts before the point, how many digits at least (0:
    just as many as there are places), and how many behind the point."""

    parts: tuple[tuple[str, int], ...]
    places: int
    least: int
    decimals: int

    def shown(self, value: Decimal) -> str | None:
        """Return how a number of at least 0 is shown; None where not all of it is."""
        digits, fraction = str(int(value)), format(value % 1, f".{self.decimals}f")
        if Decimal(fraction) != value % 1 or (not self.least and len(digits) != self.places):
            return None
        digits = digits.zfill(self.least).rjust(self.places)
        # Digits for which there is no place stand before the first one.
        extra = len(digits) - self.places
        left = iter([digits[: extra + 1], *digits[extra + 1 :]])
        shown = []
        for sign, kind in self.parts:
            text = next(left) if kind == _PLACE else sign
            if kind != _PLACE or text != " " or sign == "?":  # Where nothing is left, a # is not seen.
                shown.append(text)
        return "".join(shown) + fraction[1:]


class CodeFormat:
    """A format some part of which shows a number as a code."""

    def __init__(self, sections: list[Section]) -> None:
        self._sections = sections

    def shown(self, text: str) -> str | None:
        """Return how a number, given as a text, is shown; None where that is no code."""
        value = Decimal(text)
        code = self._section(value) if 0 <= value < _MOST else None
        return code.shown(value) if code else None

    def _section(self, value: Decimal) -> _Code | None:
        if any(condition for condition, _ in self._sections):
            return next((code for holds, code in self._sections if holds is None or holds(value)), None)
        return self._sections[2 if value == 0 and len(self._sections) > 2 else 0][1]


def code_format(format_code: str) -> CodeFormat | None:
    """Return what a format code means; None where no part of it shows a code."""
    if len(format_code) > _LONGEST:
        return None
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(format_code):
        if token["bare"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    # The fourth part is for texts.
    sections = [_section(part) for part in parts[:3]]
    return CodeFormat(sections) if any(code for _, code in sections) else None


def _section(tokens: list[re.Match[str]]) -> Section:
    condition, parts, is_code = None, list[tuple[str, int]](), True
    for token in tokens:
        if (bracket := token["bracket"]) is not None:
            if match := _CONDITION(bracket):
                condition = _holds(match[1], Decimal(match[2]))
            elif not (_COLOR(bracket) or _LOCALE(bracket)):
                is_code = False
        elif (bare := token["bare"]) is None:
            parts.append((token["text"] or token["sign"] or "", _SIGN))
        elif bare in "0#?.":
            parts.append((bare, _POINT if bare == "." else _PLACE))
        elif bare in _LITERALS:
            parts.append((bare, _SIGN))
        else:
            is_code = False
    return condition, _code(parts) if is_code else None


def _code(parts: list[tuple[str, int]]) -> _Code | None:
    """Return how these parts show a number; None where that is no code."""
    whole = list(takewhile(lambda part: part[1] != _POINT, parts))
    behind = parts[len(whole) + 1 :]
    places = "".join(sign for sign, kind in whole if kind == _PLACE)
    # Right of a 0 all places are filled.
    least = len(places.lstrip("#?"))
    if least < 2:
        groups = tuple(
            len(list(group)) for kind, group in groupby(whole, lambda part: part[1]) if kind == _PLACE
        )
        if behind or groups not in _PHONES:
            return None
        least = 0
    if any(part != ("0", _PLACE) for part in behind):
        return None
    return _Code(tuple(whole), len(places), least, len(behind))


def _holds(sign: str, limit: Decimal) -> Callable[[Decimal], bool]:
    return lambda value: bool(_COMPARE[sign](value, limit))
