"""Previews a file to load: its format, which columns its names match, and its first rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tables.files.csv.lines import is_blank, read_delimiter
from tables.files.csv.rows import delimiter_of
from tables.files.csv.rows import read_rows as read_csv
from tables.files.file_problem import FileProblem
from tables.files.header import named_part, read_header
from tables.files.json.records import read_array, read_lines
from tables.files.refusals import printable
from tables.files.source import Format, Source
from tables.files.xlsx.cells import as_seen
from tables.files.xlsx.rows import read_rows
from tables.schema.column import Column, Kind
from tables.schema.columns import by_any_name, columns
from tables.schema.models import Table
from tables.write.json_reading import NotJson, decode_json

_LONGEST_VALUE = 80


@dataclass(frozen=True)
class HeaderMatch:
    """A name in the file, and the column of the table that it matches, or None."""

    name: str
    column: Column | None


@dataclass(frozen=True)
class FilePreview:
    """The beginning of a file. ``rows`` are numbers and values in the order of ``matches``. ``problem`` says
    why the file cannot be loaded with these options. ``missing`` are columns that new rows need and the file
    lacks."""

    format: Format
    encoding: str
    delimiter: str
    matches: Sequence[HeaderMatch]
    rows: Sequence[tuple[int, list[str]]]
    problem: str
    missing: Sequence[Column] = ()


def preview_file(
    model: type[Table],
    source: Source,
    *,
    delimiter: str | None = None,
    sheet: str | None = None,
    count: int = 10,
) -> FilePreview:
    """Return the beginning of a file. Raises FileProblem if even that cannot be read."""
    if source.format in (Format.JSON, Format.NDJSON):
        return _preview_objects(model, source, count)
    used = ""
    if source.format is Format.XLSX:
        found: Iterator[tuple[int, Sequence[str | None]]] = read_rows(source.open(), sheet=sheet)
    else:
        used = read_delimiter(delimiter) if delimiter else delimiter_of(source)
        found = ((number, values) for number, _, values in read_csv(source.open(), used))
    rows = list(islice(found, count + 1))
    if not rows:
        raise FileProblem("The file is empty. Its first row must have the column names.")
    names = [str(value or "") for value in named_part(rows[0][1])]
    matches = _matches(model, names)
    return FilePreview(
        format=source.format,
        encoding=source.encoding,
        delimiter=used,
        matches=matches,
        rows=[(number, _row(values, matches)) for number, values in rows[1:]],
        problem=_problem(model, names),
        missing=_missing(model, matches),
    )


def _row(values: Sequence[str | None], matches: Sequence[HeaderMatch]) -> list[str]:
    """Return a row as it will be loaded, with the values beyond the header's names."""
    texts = [match.column is not None and match.column.kind is Kind.TEXT for match in matches]
    named = [as_seen(value) if text else value for value, text in zip(values, texts, strict=False)]
    beyond = values[len(matches) :]
    return [_shown(value) for value in (*named, *(() if all(map(is_blank, beyond)) else beyond))]


def _preview_objects(model: type[Table], source: Source, count: int) -> FilePreview:
    read = read_array if source.format is Format.JSON else read_lines
    records = []
    for number, element in islice(read(source.open()), count):
        try:
            record = decode_json(element)
        except NotJson:
            record = {}
        records.append((number, record if isinstance(record, dict) else {}))
    names = list(dict.fromkeys(name for _, record in records for name in record))
    matches = _matches(model, names)
    return FilePreview(
        format=source.format,
        encoding=source.encoding,
        delimiter="",
        matches=matches,
        rows=[(number, [_shown(record.get(name)) for name in names]) for number, record in records],
        problem=_problem(model, names) if names else "",
        missing=_missing(model, matches) if names else (),
    )


def _matches(model: type[Table], names: Sequence[str]) -> list[HeaderMatch]:
    known = by_any_name(model)
    return [HeaderMatch(printable(name), known.get("_".join(name.lower().split()))) for name in names]


def _missing(model: type[Table], matches: Sequence[HeaderMatch]) -> list[Column]:
    given = {match.column for match in matches}
    return [each for each in columns(model) if each.required and not each.is_key and each not in given]


def _problem(model: type[Table], names: Sequence[str]) -> str:
    try:
        read_header(model, names)
    except FileProblem as problem:
        return problem.text
    return ""


def _shown(value: object) -> str:
    text = "" if value is None else printable(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
