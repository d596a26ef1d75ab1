"""The texts of all errors in records, shared by REST, admin and files.

A text names the column and says what would be right. It never repeats a value, which may be personal data. It
does show keys of groups, divisions and the like, because the reader needs them to find the record.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tables.schema.column import Column


@dataclass(frozen=True)
class Problem:
    """One error in one record: the column's API name (None: the whole record), the text, and the HTTP status
    for this sort of error."""

    column: str | None
    text: str
    status: int = 400


A_DAY = "a date (YYYY-MM-DD) between the years 1 and 9999"
_to_json = msgspec.json.Encoder(decimal_format="number").encode
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")


def characters(text: str) -> str:
    """Return a text that every response can hold: U+FFFD replaces NULs and halves of surrogate pairs."""
    return text if text.isascii() and "\0" not in text else _NO_CHARACTER.sub("\ufffd", text)


def as_sent(value: object) -> str:
    """Return a JSON value as people read it: texts without quotes, everything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return _to_json(value).decode()
    except UnicodeEncodeError:  # It has half of a surrogate pair.
        return json.dumps(value, default=str)
    except RecursionError:
        return "…"


def shown(value: object, most: int = 100) -> str:
    """Return a JSON value as errors and responses repeat it: cut after ``most`` characters."""
    text = characters(as_sent(value))
    return text if len(text) <= most else f"{text[:most]}…"


def join(problems: Iterable[Problem]) -> str:
    """Return the texts of several problems as one."""
    return " ".join(problem.text for problem in problems)


def required(column: Column) -> Problem:
    """The required column is absent, null or empty."""
    return Problem(column.api, f"{column.api} is required.")


def too_long(column: Column, length: int) -> Problem:
    """The text has more characters than the column holds."""
    return Problem(
        column.api, f"{column.api} has {length} characters. At most {column.max_length} are allowed."
    )


def wrong_type(column: Column) -> Problem:
    """The value does not have the column's type, or is out of range."""
    return Problem(column.api, f"{column.api} must be {expected(column)}.")


def nul_character(column: Column) -> Problem:
    """The text has U+0000, which PostgreSQL cannot store."""
    return Problem(column.api, f"{column.api} contains a NUL character, which cannot be stored.")


def broken_text(column: Column) -> Problem:
    """The text has half of a surrogate pair, which no encoding can represent."""
    return Problem(column.api, f"{column.api} contains half of a surrogate pair, which is not a character.")


def expected(column: Column) -> str:
    """Say what a value of this column looks like: ``a date (YYYY-MM-DD)``."""
    return {
        "text": "text",
        "integer": "a whole number between -2147483648 and 2147483647",
        "number": "a number of at most 60 digits",
        "flag": "true or false",
        "day": A_DAY,
        "moment": "a date and time",
    }[column.kind.value]


def key_text(model: Any, values: Mapping[str, object]) -> str:
    """Name a record by its key: ``GroupDivision 'G1' / 'A'``."""
    shown = " / ".join(f"'{values[column]}'" for column in model.key if column in values)
    return f"{model._meta.verbose_name} {shown}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def not_found(model: Any, values: Mapping[str, object]) -> str:
    """Return the text for a missing record or parent: ``Group 'G9' was not found.``"""
    return _sentence(f"{key_text(model, values)} was not found.")


def already_exists(model: Any, values: Mapping[str, object]) -> str:
    """Return the text for an existing key: ``Group 'G1' already exists.``"""
    return _sentence(f"{key_text(model, values)} already exists.")


def no_number_left(column: Column) -> str:
    """Return the text for a column whose numbers the server assigns, if none is left."""
    return f"{column.api} cannot be assigned: all numbers up to {'9' * (column.max_length or 10)} are taken."


def has_children(model: Any, values: Mapping[str, object], children: str) -> str:
    """Return the text for a record that cannot be deleted because other records belong to it."""
    return _sentence(f"{key_text(model, values)} still has {children} and cannot be deleted.")


def unlike_path(column: Column) -> Problem:
    """The body's key differs from the one in the path."""
    return Problem(column.api, f"{column.api} does not match the path.")


def unnamed_column(place: int) -> Problem:
    """A cell has a value in a column (from 0) that the file's header does not name."""
    where = f"Column {place + 1} ({column_letters(place)})"
    return Problem(None, f"{where} has a value, but the header has no name for it.")


def column_letters(place: int) -> str:
    """Return a spreadsheet's name of a column, from 0: A, B, …, Z, AA, AB, …"""
    before, last = divmod(place, 26)
    return (column_letters(before - 1) if before else "") + chr(ord("A") + last)


def may_not_change(column: Column) -> Problem:
    """The value differs from the stored one, which the user may not see or change."""
    return Problem(
        column.api,
        f"{column.api} differs from the stored value, which you may not change. Leave it empty to keep it.",
        403,
    )


def not_utf8(column: Column) -> Problem:
    """The text of a file is not UTF-8, and no encoding is stated."""
    return Problem(column.api, f"{column.api} is not UTF-8. Specify the encoding of the file (--encoding).")
