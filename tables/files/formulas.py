"""Formulas in csv: what a spreadsheet program would run when it opens the file gets a quote before it, and
loses it again when the file is loaded.

A text that begins with one of these characters, after any number of single quotes, is written with one
single quote more. So ``=1+1`` goes out as ``'=1+1``, ``'=1+1`` as ``''=1+1``; both come back as they were.
JSON and workbooks need none of this: what their texts hold is never run.

``="02115"`` is how other programs write csv so that a spreadsheet takes a value for a text; it means 02115.
The same as a stored text goes out with a quote before it, and comes back as a text.
"""

import re

# What Excel and LibreOffice take for the beginning of a formula, also behind blanks that they pass over; the
# wide forms are those of East Asian keyboards.
_BEGIN = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_defused = re.compile(f"'+[{_BEGIN}]").match
_formula = re.compile(f"'*[{_BEGIN}]").match
_protected = re.compile(r'="((?:[^"]|"")*)"').fullmatch
# In a line of values with tabs between them.
holds_defused = re.compile(f"(?:^|\t)'+[{_BEGIN}]").search
holds_protected = re.compile('(?:^|\t)="').search


def as_it_was(text: str) -> str:
    """Return a value of a csv file without the quote that keeps a formula from being run, or the ``="…"``
    that keeps a spreadsheet from changing it."""
    sign = text[:1]
    if sign == "'" and _defused(text):
        return text[1:]
    if sign == "=" and (match := _protected(text)):
        return match[1].replace('""', '"')
    return text


def defused(text: str) -> str:
    """Return a text as csv writes it: with a quote before what a spreadsheet would run."""
    return f"'{text}" if _formula(text) else text
