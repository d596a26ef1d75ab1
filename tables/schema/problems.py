"""The texts of what can be wrong with a record: one place, the same words at every door.

A text names the column and what would be right. It never repeats a value, which may be personal
data; keys of groups, divisions and the like are shown, for they are what the reader looks for.
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
    """One thing wrong with one record: the column's API name (None: the whole record), the text,
    and the HTTP status that says what sort of problem it is."""

    column: str | None
    text: str
    status: int = 400


A_DAY = "a date (YYYY-MM-DD) between the years 1 and 9999"
_to_json = msgspec.json.Encoder(decimal_format="number").encode
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")


def characters(text: str) -> str:
    """Return a text as every answer can hold it: U+FFFD for a NUL and for each half of a surrogate pair."""
    return text if text.isascii() and "\0" not in text else _NO_CHARACTER.sub("\ufffd", text)


def as_sent(value: object) -> str:
    """Return a JSON value as people read it: a text by itself, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return _to_json(value).decode()
    except UnicodeEncodeError:  # It holds half a surrogate pair.
        return json.dumps(value, default=str)
    except RecursionError:
        return "…"


def shown(value: object, most: int = 100) -> str:
    """Return a JSON value as an error or an answer repeats it: cut behind so many characters."""
    text = characters(as_sent(value))
    return text if len(text) <= most else f"{text[:most]}…"


def join(problems: Iterable[Problem]) -> str:
    """Return the texts of several problems as one."""
    return " ".join(problem.text for problem in problems)


def required(column: Column) -> Problem:
    """The column is absent, null or empty, and must not be."""
    return Problem(column.api, f"{column.api} is required.")


def too_long(column: Column, length: int) -> Problem:
    """The text has more characters than the column holds."""
    return Problem(
        column.api, f"{column.api} has {length} characters; at most {column.max_length} are allowed."
    )


def wrong_type(column: Column) -> Problem:
    """The value is not of the column's kind, or out of its range."""
    return Problem(column.api, f"{column.api} must be {expected(column)}.")


def nul_character(column: Column) -> Problem:
    """The text holds U+0000, which PostgreSQL cannot store."""
    return Problem(column.api, f"{column.api} contains a NUL character, which cannot be stored.")


def broken_text(column: Column) -> Problem:
    """The text holds half a surrogate pair, which no encoding can carry."""
    return Problem(column.api, f"{column.api} contains half of a surrogate pair, which is not a character.")


def expected(column: Column) -> str:
    """Say what a value of this column looks like: ``a date (YYYY-MM-DD)``."""
    return {
        "text": "a text",
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
    """The text for a record, or a parent, that does not exist: ``Group 'G9' was not found.``"""
    return _sentence(f"{key_text(model, values)} was not found.")


def already_exists(model: Any, values: Mapping[str, object]) -> str:
    """The text for a key that is taken: ``Group 'G1' already exists.``"""
    return _sentence(f"{key_text(model, values)} already exists.")


def no_number_left(column: Column) -> str:
    """The server counts this column, and all of its numbers are taken."""
    return f"{column.api} cannot be given: all numbers up to {'9' * (column.max_length or 10)} are taken."


def has_children(model: Any, values: Mapping[str, object], children: str) -> str:
    """The text for a record that others belong to."""
    return _sentence(f"{key_text(model, values)} still has {children} and cannot be deleted.")


def unlike_path(column: Column) -> Problem:
    """The body's key differs from the one in the path."""
    return Problem(column.api, f"{column.api} does not match the path.")


def unnamed_column(place: int) -> Problem:
    """A cell holds something in a column (from 0) that the file's header does not name."""
    where = f"Column {place + 1} ({column_letters(place)})"
    return Problem(None, f"{where} holds something, but the header has no name for it.")


def column_letters(place: int) -> str:
    """Return what spreadsheets call a column, from 0: A, B, …, Z, AA, AB, …"""
    before, last = divmod(place, 26)
    return (column_letters(before - 1) if before else "") + chr(ord("A") + last)


def may_not_change(column: Column) -> Problem:
    """The value differs from the one that is stored, which only those with a right may see and change."""
    return Problem(
        column.api,
        f"{column.api} differs from what is stored, which you may not change; leave it empty to keep it.",
        403,
    )


def not_utf8(column: Column) -> Problem:
    """The text of a file is not UTF-8, and nobody has said which encoding it has."""
    return Problem(column.api, f"{column.api} is not UTF-8; say which encoding the file has (--encoding).")
