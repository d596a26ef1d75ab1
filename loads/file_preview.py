"""The preview of a file before it is validated: its format, its columns, and its first rows."""

from dataclasses import dataclass
from typing import TypedDict

from loads.models import FileLoad
from loads.running import open_file
from loads.storing import fetched
from tables.files.file_problem import FileProblem
from tables.files.preview import FilePreview, HeaderMatch, preview_file
from tables.files.source import Format
from tables.schema.column import masked
from tables.schema.models import Table

# Enough bytes for the first rows of a text file.
_HEAD_BYTES = 4 << 20
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")
# More columns than any table has. A page cannot show a million.
_MOST_COLUMNS = 400
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


class Head(TypedDict):
    """The name of a column in the file, and the table's column that it matches."""

    name: str
    column: str
    is_key: bool
    ignored: bool


@dataclass(frozen=True)
class PagePreview:
    """A preview as the page shows it. If there is nothing to show, it has only a ``problem``."""

    problem: str
    read_as: str = ""
    heads: tuple[Head, ...] = ()
    rows: tuple[tuple[int, list[str]], ...] = ()
    missing: tuple[str, ...] = ()
    left_out: int = 0


def preview_for_page(model: type[Table], file: FileLoad, *, sees_all: bool) -> PagePreview:
    """Return the preview of a file, with sensitive values masked.

    Unless the user ``sees_all``, it masks all values: a sensitive value may be in the wrong column.
    """
    try:
        found = _preview_head(model, file) or _preview(model, file, None)
    except FileProblem as problem:
        return PagePreview(problem.text)
    matches = found.matches[:_MOST_COLUMNS]
    hidden = [not sees_all or bool(match.column and match.column.sensitive) for match in matches]
    # If no name matches a column, the names may be values of the first row.
    are_names = sees_all or any(match.column for match in matches)
    return PagePreview(
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


def _preview_head(model: type[Table], file: FileLoad) -> FilePreview | None:
    """Preview the first bytes; None if that is not possible.

    A workbook is read from its end, and a cut may damage a compressed file.
    """
    if file.file_bytes <= _HEAD_BYTES:
        return None
    try:
        return _preview(model, file, _HEAD_BYTES)
    except FileProblem:
        with fetched(file, 1) as head:
            if head.read(4).startswith(_PACKED):
                return None
        raise


def _preview(model: type[Table], file: FileLoad, most: int | None) -> FilePreview:
    with open_file(file, most) as source:
        return preview_file(model, source, delimiter=file.delimiter or None, sheet=file.sheet or None)


def _read_as(found: FilePreview) -> str:
    parts = [found.format.value]
    if found.format is not Format.XLSX:
        parts.append(found.encoding.upper())
    if found.delimiter:
        parts.append(f"values separated by {_DELIMITERS.get(found.delimiter, found.delimiter)}s")
    return ", ".join(parts)


def _head(match: HeaderMatch, name: str) -> Head:
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
