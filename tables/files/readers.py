"""One reader a file format: each makes a file's records ready for COPY, and reads them again to explain.

Reading comes in two passes. The first hands good records on and only numbers the bad ones; the
second, for files that had any, goes through the file again and tells what each bad one was.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby, islice
from typing import Any, Protocol, TypeVar

from tables.columns import Column
from tables.files.csv_lines import (
    LineChecker,
    copy_line,
    copy_line_of,
    find_delimiter,
    read_delimiter,
    read_records,
)
from tables.files.header import read_header
from tables.files.json_records import read_array, read_lines
from tables.files.source import FileProblem, Format, Source
from tables.files.workbook import BadRow, read_rows
from tables.json_reading import NotJson, StrictRecords, decode_json, has_escaped_nul
from tables.models import Table
from tables.prefetch import prefetched
from tables.problems import Problem
from tables.records import check_value, parse_json

# Lines are handed to COPY so many at a time.
_HANDFUL = 500
_AHEAD = 24

Columns = tuple[Column | None, ...]
Refuse = Callable[[int], None]
Handful = tuple[list[int], str]
R = TypeVar("R", bound=tuple[Any, ...])


@dataclass(frozen=True)
class Segment:
    """Records of the same columns, as lines of COPY's text format; None is a column to be ignored.

    ``handfuls`` are the records' numbers and their lines. With ``checking``, COPY is to leave out
    what PostgreSQL does not accept.
    """

    columns: Columns
    checking: bool
    handfuls: Iterator[Handful]


@dataclass(frozen=True)
class FileRecord:
    """A record as it stands in the file: number, text, values by column; and how to find what reading
    finds wrong with it."""

    number: int
    text: str
    values: dict[Column, Any]
    wrong: Callable[[], list[Problem]]


class FileReader(Protocol):
    """Reads one file of one table."""

    header: str | None

    def segments(self, limit: int, refuse: Refuse) -> Iterator[Segment]:
        """Yield the records, up to ``limit`` a segment, each to be used up before the next; tell the
        numbers of records that cannot be read."""

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        """Read the file again; yield the records of these numbers, which ascend."""


def open_reader(
    model: type[Table], source: Source, *, delimiter: str | None = None, sheet: str | None = None
) -> FileReader:
    """Return the reader of a file. Raises FileProblem where its form or its header is not usable."""
    if source.format in (Format.CSV, Format.TSV):
        if delimiter is not None:
            delimiter = read_delimiter(delimiter)
        return CsvReader(model, source, delimiter or ("\t" if source.format is Format.TSV else None))
    if source.format is Format.XLSX:
        return WorkbookReader(model, source, sheet)
    return JsonFileReader(model, source)


def _in_handfuls(lines: Iterator[tuple[int, str]]) -> Iterator[Handful]:
    while some := list(islice(lines, _HANDFUL)):
        yield [number for number, _ in some], "".join([line for _, line in some])


def _up_to(limit: int, handfuls: Iterator[Handful]) -> Iterator[Handful]:
    """Yield handfuls until they hold ``limit`` records."""
    while limit > 0 and (some := next(handfuls, None)):
        limit -= len(some[0])
        yield some


def _only(records: Iterator[R], numbers: Iterator[int]) -> Iterator[R]:
    """Yield the records, which begin with their number, of these numbers; both ascend."""
    wanted = next(numbers, None)
    for record in records:
        if record[0] == wanted:
            yield record
            wanted = next(numbers, None)
            if wanted is None:
                return


class _RowReader:
    """What csv files and workbooks have in common: a header, and a row of values a record."""

    checking: bool

    def __init__(self, model: type[Table], name: str) -> None:
        self._rows = self._read()
        first = next(self._rows, None)
        if first is None:
            raise FileProblem(f"{name} is empty; it must begin with the names of the columns.")
        self.header: str | None = first[1]
        self.columns: Columns = read_header(model, [str(value or "") for value in first[2]]).columns
        self._checker = LineChecker(self.columns)

    def _read(self) -> Iterator[tuple[int, str, list[Any]]]:
        """Yield the rows from the start: number, text, values."""
        raise NotImplementedError

    def _copy_lines(self, refuse: Refuse) -> Iterator[tuple[int, str]]:
        raise NotImplementedError

    def segments(self, limit: int, refuse: Refuse) -> Iterator[Segment]:
        handfuls = prefetched(_in_handfuls(self._copy_lines(refuse)), _AHEAD)
        while first := next(handfuls, None):
            yield Segment(self.columns, self.checking, _up_to(limit, chain([first], handfuls)))

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        for number, text, values in _only(self._read(), numbers):
            named = {c: value for c, value in zip(self.columns, values, strict=False) if c}
            yield FileRecord(number, text, named, partial(self._wrong, values))

    def _wrong(self, values: list[Any]) -> list[Problem]:
        return self._check(values)[1]

    def _check(self, values: list[Any]) -> tuple[list[Any], list[Problem]]:
        """Return a row's typed values, and everything that is wrong with it."""
        return self._checker.read(values)


class CsvReader(_RowReader):
    """Reads csv and tsv."""

    checking = True

    def __init__(self, model: type[Table], source: Source, delimiter: str | None) -> None:
        self._source = source
        if delimiter is None:
            first_line = next(line for line in source.open() if line.strip())
            delimiter = find_delimiter(first_line.decode("utf-8", "replace"))
        self._delimiter = delimiter
        super().__init__(model, source.name)

    def _read(self) -> Iterator[tuple[int, str, list[Any]]]:
        for record in read_records(self._source.open(), self._delimiter):
            # Lines of nothing but delimiters are what spreadsheets leave below their last row.
            if record[2][0].strip() or any(map(str.strip, record[2])):
                yield record

    def _copy_lines(self, refuse: Refuse) -> Iterator[tuple[int, str]]:
        is_plain, read = self._checker.is_plain, self._check
        for number, text, values in self._rows:
            line = copy_line(number, values) if is_plain(text, values) else None
            if line is None:
                typed, wrong = read(values)
                if wrong:
                    refuse(number)
                    continue
                line = copy_line_of(number, typed)
            yield number, line


class WorkbookReader(_RowReader):
    """Reads a sheet of a workbook; its numbers are the rows' numbers in the spreadsheet."""

    checking = False

    def __init__(self, model: type[Table], source: Source, sheet: str | None) -> None:
        self._source, self._sheet = source, sheet
        super().__init__(model, source.name)

    def _read(self) -> Iterator[tuple[int, str, list[Any]]]:
        for number, cells in read_rows(self._source.open(), sheet=self._sheet):
            yield number, _as_csv(cells), cells

    def _copy_lines(self, refuse: Refuse) -> Iterator[tuple[int, str]]:
        for number, _, cells in self._rows:
            typed, wrong = self._check(cells)
            if wrong:
                refuse(number)
            else:
                yield number, copy_line_of(number, typed)

    def _check(self, values: list[Any]) -> tuple[list[Any], list[Problem]]:
        typed, wrong = super()._check(values)
        for place, reason in values.reasons.items() if isinstance(values, BadRow) else ():
            if column := self.columns[place]:
                wrong = [problem for problem in wrong if problem.column != column.api]
                wrong.append(Problem(column.api, f"{column.api} {reason}."))
        return typed, wrong


def _as_csv(values: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


class _Form:
    """Records of one set of properties: their columns, and the decoder of those that are right."""

    def __init__(self, model: type[Table], names: Sequence[str]) -> None:
        self.by_place = read_header(model, names).columns
        self.columns: Columns = tuple(column for column in self.by_place if column)
        self.strict = StrictRecords(model, [column for column in self.columns if column], whole=False)

    def read(self, record: dict[str, Any]) -> tuple[dict[Column, Any], list[Problem]]:
        """Return the typed values by column, and everything that is wrong."""
        checked = {
            column: check_value(column, value, parse_json)
            for column, value in zip(self.by_place, record.values(), strict=True)
            if column
        }
        wrong = [problem for _, problem in checked.values() if problem]
        return {column: value for column, (value, _) in checked.items()}, wrong


class JsonFileReader:
    """Reads a JSON array, or a JSON object a line.

    Records may have different columns; what they leave out stays as it is. Runs of records of the
    same columns make a segment.
    """

    header: str | None = None

    def __init__(self, model: type[Table], source: Source) -> None:
        self._model, self._source = model, source
        self._forms: dict[tuple[str, ...], _Form] = {}

    def _read(self) -> Iterator[tuple[int, bytes]]:
        if self._source.format is Format.JSON:
            return read_array(self._source.open())
        return read_lines(self._source.open())

    def segments(self, limit: int, refuse: Refuse) -> Iterator[Segment]:
        for form, run in groupby(self._lines(refuse), key=lambda line: line[0]):
            lines = ((number, line) for _, number, line in run)
            while first := next(lines, None):
                yield Segment(form.columns, False, _in_handfuls(islice(chain([first], lines), limit)))

    def _lines(self, refuse: Refuse) -> Iterator[tuple[_Form, int, str]]:
        last: _Form | None = None
        for number, element in self._read():
            # Most records have the form of the one before.
            values = last.strict.values(element) if last and not has_escaped_nul(element) else None
            if values is None or last is None:
                form, named, wrong = self._carefully(element)
                if form is None or wrong:
                    refuse(number)
                    continue
                last, values = form, tuple(named[column] for column in form.columns if column)
            yield last, number, copy_line_of(number, values)

    def _carefully(self, element: bytes) -> tuple[_Form | None, dict[Column, Any], list[Problem]]:
        try:
            record = decode_json(element)
        except NotJson as error:
            return None, {}, [Problem(None, f"The record is not valid JSON ({error.place or 'broken'}).")]
        if not isinstance(record, dict):
            return None, {}, [Problem(None, "The record must be a JSON object.")]
        names = tuple(record)
        try:
            form = self._forms.get(names) or self._forms.setdefault(names, _Form(self._model, names))
        except FileProblem as error:
            return None, {}, [Problem(None, str(error))]
        return form, *form.read(record)

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        for number, element in _only(self._read(), numbers):
            _, named, wrong = self._carefully(element)
            yield FileRecord(number, element.decode("utf-8", "replace"), named, partial(list, wrong))
