r"""Number formats of spreadsheets that show a number as a code: ``00000``, ``000\-00\-0000``, phone numbers.

A cell with such a format stores 02115 as the number 2115. Only the format shows the leading zeros. All other
formats (amounts, fractions, dates) show plain numbers, and this module ignores them.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, takewhile

# A quoted text, an escaped character, a blank as wide as a character, a fill character, brackets, any other.
_TOKEN = re.compile(r'"(?P<text>[^"]*)"|\\(?P<sign>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<bare>.)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)").fullmatch
_COMPARE = {
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne,
    "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
_COLOR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]+", re.IGNORECASE).fullmatch
_LOCALE = re.compile(r"\$-.*").fullmatch  # With a currency sign between the two, it shows an amount.
# Characters that stand for themselves without quotes. A slash makes a fraction, a point or comma an amount.
_LITERALS = frozenset(" -()+:!^&'~{}<>=")
# Limits of spreadsheets: digits of an exact number, and characters of a format.
_MOST, _LONGEST = 10**15, 255
# Groups of digits in phone numbers.
_PHONES = {(3, 4), (3, 3, 4), (1, 3, 3, 4)}

# A part of a format: a literal character, a digit place, or the decimal point.
_SIGN, _PLACE, _POINT = range(3)

Section = tuple[Callable[[Decimal], bool] | None, "_Code | None"]


@dataclass(frozen=True)
class _Code:
    """How one section of a format shows a number: its parts before the point, the least number of digits (0:
    as many as there are places), and the number of decimals."""

    parts: tuple[tuple[str, int], ...]
    places: int
    least: int
    decimals: int

    def shown(self, value: Decimal) -> str | None:
        """Return how a number of at least 0 is shown, or None if the format does not show all of it."""
        digits, fraction = str(int(value)), format(value % 1, f".{self.decimals}f")
        if Decimal(fraction) != value % 1 or (not self.least and len(digits) != self.places):
            return None
        digits = digits.zfill(self.least).rjust(self.places)
        # Digits without a place are shown before the first place.
        extra = len(digits) - self.places
        left = iter([digits[: extra + 1], *digits[extra + 1 :]])
        shown = []
        for sign, kind in self.parts:
            text = next(left) if kind == _PLACE else sign
            if kind != _PLACE or text != " " or sign == "?":  # Without a digit, # shows nothing.
                shown.append(text)
        return "".join(shown) + fraction[1:]


class CodeFormat:
    """A number format with at least one section that shows a number as a code."""

    def __init__(self, sections: list[Section]) -> None:
        self._sections = sections

    def shown(self, text: str) -> str | None:
        """Return the code that the format shows for a number (given as text), or None."""
        value = Decimal(text)
        code = self._section(value) if 0 <= value < _MOST else None
        return code.shown(value) if code else None

    def _section(self, value: Decimal) -> _Code | None:
        if any(condition for condition, _ in self._sections):
            return next((code for holds, code in self._sections if holds is None or holds(value)), None)
        return self._sections[2 if value == 0 and len(self._sections) > 2 else 0][1]


def code_format(format_code: str) -> CodeFormat | None:
    """Return the meaning of a number format, or None if no section shows a code."""
    if len(format_code) > _LONGEST:
        return None
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(format_code):
        if token["bare"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    # The fourth section is for texts.
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
    """Return how these parts show a number, or None if they show no code."""
    whole = list(takewhile(lambda part: part[1] != _POINT, parts))
    behind = parts[len(whole) + 1 :]
    places = "".join(sign for sign, kind in whole if kind == _PLACE)
    # To the right of a 0, all places are filled.
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
