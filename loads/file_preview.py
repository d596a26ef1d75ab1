"""What the page shows of a file before it is checked: how it is read, its columns, its first rows."""

from dataclasses import dataclass
from typing import Any

from loads.models import FileLoad
from loads.running import open_file
from loads.storing import fetched
from tables.files.file_problem import FileProblem
from tables.files.preview import Match, Preview, preview
from tables.files.source import Format
from tables.schema.column import masked
from tables.schema.models import Table

# Enough for the first rows of a text.
_HEAD_BYTES = 4 << 20
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")
# More than any table has; a file of a million columns makes no page.
_MOST_COLUMNS = 400
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


@dataclass(frozen=True)
class Shown:
    """A first look as the page shows it; ``problem`` alone where there is nothing to see."""

    problem: str
    read_as: str = ""
    heads: tuple[dict[str, Any], ...] = ()
    rows: tuple[tuple[int, list[str]], ...] = ()
    missing: tuple[str, ...] = ()
    left_out: int = 0


def looked_at(model: type[Table], file: FileLoad, *, sees_all: bool) -> Shown:
    """Return how a file begins, sensitive values masked; all of them, unless the user ``sees_all`` that was
    sent: nobody knows what stands in a column that is not the right one."""
    try:
        found = _beginning(model, file) or _look(model, file, None)
    except FileProblem as problem:
        return Shown(problem.text)
    matches = found.matches[:_MOST_COLUMNS]
    hidden = [not sees_all or bool(match.column and match.column.sensitive) for match in matches]
    # Where no name is a column's, they may be the first row's values.
    are_names = sees_all or any(match.column for match in matches)
    return Shown(
        found.problem,
        _read_as(found),
        tuple(_head(match, match.name if are_names else masked(match.name)) for match in matches),
        tuple(
            (number, _masked(values[:_MOST_COLUMNS], hidden, sees_all=sees_all))
            for number, values in found.rows
        ),
        tuple(column.published for column in found.missing),
        len(found.matches) - len(matches),
    )


def _beginning(model: type[Table], file: FileLoad) -> Preview | None:
    """Look at the first bytes; None where they do not tell: a workbook is read from its end, and what is
    packed may be damaged by the cut alone."""
    if file.file_bytes <= _HEAD_BYTES:
        return None
    try:
        return _look(model, file, _HEAD_BYTES)
    except FileProblem:
        with fetched(file, 1) as head:
            if head.read(4).startswith(_PACKED):
                return None
        raise


def _look(model: type[Table], file: FileLoad, most: int | None) -> Preview:
    with open_file(file, most) as source:
        return preview(model, source, delimiter=file.delimiter or None, sheet=file.sheet or None)


def _read_as(found: Preview) -> str:
    parts = [found.format.value]
    if found.format is not Format.XLSX:
        parts.append(found.encoding.upper())
    if found.delimiter:
        parts.append(f"values between {_DELIMITERS.get(found.delimiter, found.delimiter)}s")
    return ", ".join(parts)


def _head(match: Match, name: str) -> dict[str, Any]:
    column = match.column
    return {
        "name": name or "(no name)",
        "column": str(column.field.verbose_name) if column else "",
        "is_key": bool(column and column.is_key),
        "ignored": bool(column and column.is_stamp),
    }


def _masked(values: list[str], hidden: list[bool], *, sees_all: bool) -> list[str]:
    pairs = zip(values, [*hidden, *[not sees_all] * len(values)], strict=False)
    return [masked(value) if hide else value for value, hide in pairs]
