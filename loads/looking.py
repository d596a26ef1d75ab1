"""What the page shows of a file before it is checked: how it is read, its columns, its first rows."""

from dataclasses import dataclass
from typing import Any

from loads.models import FileLoad
from loads.running import open_file
from tables.admin_forms import masked
from tables.files.file_problem import FileProblem
from tables.files.looking import Look, look
from tables.files.source import Format
from tables.models import Table

# Enough for the first rows of a text; a workbook is read from its end.
_HEAD_BYTES = 4 << 20
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


@dataclass(frozen=True)
class Shown:
    """A first look as the page shows it; ``problem`` alone where there is nothing to see."""

    problem: str
    read_as: str = ""
    heads: tuple[dict[str, Any], ...] = ()
    rows: tuple[tuple[int, list[str]], ...] = ()
    missing: tuple[str, ...] = ()


def looked_at(model: type[Table], file: FileLoad) -> Shown:
    """Return how a file begins, sensitive values masked."""
    is_workbook = file.format == Format.XLSX.value or ".xls" in file.file_name.lower()
    try:
        with open_file(file, None if is_workbook else _HEAD_BYTES) as source:
            found = look(model, source, delimiter=file.delimiter or None, sheet=file.sheet or None)
    except FileProblem as problem:
        return Shown(problem.text)
    hidden = [bool(match.column and match.column.sensitive) for match in found.matches]
    return Shown(
        found.problem,
        _read_as(found),
        tuple(_head(match) for match in found.matches),
        tuple((number, _masked(values, hidden)) for number, values in found.rows),
        tuple(column.published for column in found.missing),
    )


def _read_as(found: Look) -> str:
    parts = [found.format.value]
    if found.format is not Format.XLSX:
        parts.append(found.encoding.upper())
    if found.delimiter:
        parts.append(f"values between {_DELIMITERS.get(found.delimiter, found.delimiter)}s")
    return ", ".join(parts)


def _head(match: Any) -> dict[str, Any]:
    column = match.column
    return {
        "name": match.name or "(no name)",
        "column": str(column.field.verbose_name) if column else "",
        "is_key": bool(column and column.is_key),
        "ignored": bool(column and column.is_stamp),
    }


def _masked(values: list[str], hidden: list[bool]) -> list[str]:
    pairs = zip(values, [*hidden, *[False] * len(values)], strict=False)
    return [masked(value) if hide else value for value, hide in pairs]
