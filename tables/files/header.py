"""The header of a table's file: which column of the model is in which position."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from tables.files.file_problem import FileProblem
from tables.schema.column import Column
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.schema.registry import table_name
from tables.write.assigning import absent_keys

_MOST_NAMED = 100
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Header:
    """The columns of a file by position. None is a stamp: the server fills it and ignores the file's
    value."""

    columns: tuple[Column | None, ...]

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns whose values are loaded, in the file's order."""
        return tuple(column for column in self.columns if column)


def read_header(model: type[Table], names: Sequence[str | None]) -> Header:
    """Return the columns of a header. Names may be as published, as in JSON, as in the database, or with
    blanks.

    Case does not matter. Raises FileProblem, which lists all unknown, blank and repeated names and missing
    keys.
    """
    known = by_any_name(model)
    folded = ["_".join((name or "").lower().split()) for name in names]
    if not any(name in known for name in folded):
        raise FileProblem(_no_header(model, names))
    wrong = [
        *_blank_names(folded),
        *_unknown_names(model, names, folded),
        *_repeated_names(known, folded),
        *_missing_keys(model, folded),
    ]
    if wrong:
        raise FileProblem(" ".join(wrong))
    found = [known[name] for name in folded]
    return Header(tuple(None if column.is_stamp else column for column in found))


def named_part(names: Sequence[str | None]) -> Sequence[str | None]:
    """Return the names of a header's cells up to the last one that has a name."""
    width = max((place for place, name in enumerate(names, 1) if (name or "").strip()), default=0)
    return names[:width]


def _no_header(model: type[Table], names: Sequence[str | None]) -> str:
    # Do not show the names: without a header they are personal data.
    examples = ", ".join(column.published for column in _first_columns(model))
    text = (
        f"The file has no column of {table_name(model)}."
        f" A csv file or workbook must start with the column names: {examples}, …"
    )
    if len(names) == 1 and any(mark in (names[0] or "") for mark in ",;\t|"):
        text += " If it does, state the character that separates them."
    return text


def _first_columns(model: type[Table]) -> tuple[Column, ...]:
    """Return a few columns as examples: the key, and the first ones after it."""
    return tuple(by_any_name(model).values())[: len(model.key) + 2]


def _blank_names(folded: Sequence[str]) -> list[str]:
    blank = [str(position) for position, name in enumerate(folded, 1) if not name]
    if not blank:
        return []
    return [f"{'Column' if len(blank) == 1 else 'Columns'} without a name: {_listed(blank)}."]


def _unknown_names(model: type[Table], names: Sequence[str | None], folded: Sequence[str]) -> list[str]:
    known = by_any_name(model)
    unknown = [(name or "", key) for name, key in zip(names, folded, strict=True) if key and key not in known]
    if not unknown:
        return []
    shown = []
    for name, key in unknown[:_MOST_NAMED]:
        near = difflib.get_close_matches(key[:_LONGEST_NAME], known, n=1, cutoff=0.75)
        shown.append(_quoted(name) + (f" (did you mean {known[near[0]].published}?)" if near else ""))
    return [f"Unknown columns for {table_name(model)}: {_listed(shown, len(unknown))}."]


def _repeated_names(known: dict[str, Column], folded: Sequence[str]) -> list[str]:
    repeated = [column.published for name, column in known.items() if folded.count(name) > 1]
    return [f"Repeated columns: {_listed(repeated)}."] if repeated else []


def _missing_keys(model: type[Table], folded: Sequence[str]) -> list[str]:
    missing = [column.published for column in absent_keys(model, folded)]
    return [f"Missing key columns: {_listed(missing)}."] if missing else []


def _quoted(name: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in name.strip()[:_LONGEST_NAME])
    return f"'{shown}'"


def _listed(texts: Sequence[str], count: int | None = None) -> str:
    more = (count or len(texts)) - len(texts[:_MOST_NAMED])
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {more} more" if more else "")
