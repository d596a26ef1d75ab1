"""Quotes in csv: finding the end of a record, and splitting it into values."""

import csv
import re


class Misquoted(list[str]):
    """The parts of a record between its delimiters, if unmatched quotes hide where its values end."""


class Quotes:
    """What quotes mean with this delimiter. A quote inside an unquoted value (5" pipe) is an ordinary
    character."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        other = f"[^{re.escape(delimiter)}]"
        unquoted = rf'(?:(?!"){other}++|)'
        to_end = r'[^"]*+(?:""[^"]*+)*+"'
        # A quote after a closing quote does not open a value. ``split`` checks what follows.
        value = rf'(?:"{to_end}{other}*+|{unquoted})'
        more = rf"(?:{re.escape(delimiter)}{value})*+"
        self.close = re.compile(rf"{to_end}{other}*+{more}").fullmatch
        self._are_closed = re.compile(value + more).fullmatch
        self._value = re.compile(rf'(?:"({to_end})|({unquoted}))({re.escape(delimiter)}|\Z)').match

    def split(self, text: str) -> list[str] | None:
        """Return the values of a record, or None if a quoted value continues after the end of the text."""
        text = text.removesuffix("\r")
        try:
            return next(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error:  # Also for a very long value, or a CR without quotes.
            return self._split_carefully(text) if self._are_closed(text) else None

    def _split_carefully(self, text: str) -> list[str]:
        values, place, delimiter = [], 0, self._delimiter
        while delimiter:
            if not (match := self._value(text, place)):
                return Misquoted(text.split(self._delimiter))
            quoted, unquoted, delimiter = match.groups()
            values.append(unquoted if quoted is None else quoted[:-1].replace('""', '"'))
            place = match.end()
        return values
