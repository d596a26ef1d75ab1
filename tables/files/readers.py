"""One reader a file format: each makes a file's records ready for COPY, and reads them again to explain.

Reading comes in two passes. The first hands good records on and only numbers the bad ones; the
second, for files that had any, goes through the file again and tells what each bad one was.
"""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any

from tables.files.csv_lines import (
    LineChecker,
    Misquoted,
    PlainLines,
    copy_line_of,
    find_delimiter,
    read_delimiter,
    read_lines,
    read_records,
)
from tables.files.formulas import as_it_was, defused
from tables.files.header import read_header
from tables.files.json_reader import JsonFileReader
from tables.files.segments import Columns, FileReader, FileRecord, Handful, Segment, in_handfuls, only
from tables.files.source import FileProblem, Format, Source
from tables.files.workbook import BadRow, read_rows
from tables.models import Table
from tables.prefetch import prefetched
from tables.problems import Problem

# So many handfuls are read ahead while the database works.
_AHEAD = 80


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


def _up_to(limit: int, handfuls: Iterator[Handful]) -> Iterator[Handful]:
    """Yield handfuls until they hold ``limit`` records."""
    while limit > 0 and (some := next(handfuls, None)):
        limit -= len(some[0])
        yield some


class _RowReader:
    """What csv files and workbooks have in common: a header, and a row of values a record."""

    checking: bool

    def __init__(self, model: type[Table], name: str) -> None:
        self._rows = self._read()
        first = next(self._rows, None)
        if first is None:
            raise FileProblem(f"{name} is empty; it must begin with the names of the columns.")
        self._header_number = first[0]
        self.header: str | None = first[1]
        self.columns: Columns = read_header(model, [str(value or "") for value in first[2]]).columns
        self._checker = LineChecker(self.columns)

    def _read(self) -> Iterator[tuple[int, str, list[Any]]]:
        """Yield the rows from the start: number, text, values."""
        raise NotImplementedError

    def _copy_lines(self) -> Iterator[tuple[int, str | None]]:
        """Yield the numbers of the rows below the header, and their lines; None where one cannot be read."""
        raise NotImplementedError

    def segments(self, limit: int) -> Generator[Segment]:
        with closing(prefetched(in_handfuls(self._copy_lines()), _AHEAD)) as handfuls:
            while first := next(handfuls, None):
                yield Segment(self.columns, _up_to(limit, chain([first], handfuls)), checking=self.checking)

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        for number, text, values in only(self._read(), numbers):
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
        self._delimiter = delimiter or delimiter_of(source)
        super().__init__(model, source.name)

    def _read(self) -> Iterator[tuple[int, str, list[Any]]]:
        for record in read_records(self._source.open(), self._delimiter):
            if not _is_blank(record[2]):
                yield record[0], record[1], _as_they_were(record[2])

    def _copy_lines(self) -> Iterator[tuple[int, str | None]]:
        plain_lines = PlainLines(self.columns, self._delimiter)
        lines = read_lines(self._source.open(), self._delimiter, plain_lines)
        for number, _, values, plain in lines:
            if number <= self._header_number:
                continue
            if plain := plain or plain_lines.of_values(values):
                yield number, f"{number}\t{plain}\n"
            elif not _is_blank(values):
                typed, wrong = self._check(_as_they_were(values))
                yield number, None if wrong else copy_line_of(number, typed)


def delimiter_of(source: Source) -> str:
    """Guess the delimiter from a csv file's first line."""
    first_line = next(line for line in source.open() if line.strip())
    return find_delimiter(first_line.decode("utf-8", "replace"))


def _as_they_were(values: list[str]) -> list[str]:
    """Return a record's values as they were before formulas among them were defused."""
    return values if isinstance(values, Misquoted) else [as_it_was(value) for value in values]


def _is_blank(values: list[str]) -> bool:
    """Lines of nothing but delimiters are what spreadsheets leave below their last row."""
    return not (values[0].strip() or any(map(str.strip, values)))


class WorkbookReader(_RowReader):
    """Reads a sheet of a workbook; its numbers are the rows' numbers in the spreadsheet."""

    checking = False

    def __init__(self, model: type[Table], source: Source, sheet: str | None) -> None:
        self._source, self._sheet = source, sheet
        super().__init__(model, source.name)

    def _read(self) -> Iterator[tuple[int, str, list[Any]]]:
        for number, cells in read_rows(self._source.open(), sheet=self._sheet):
            yield number, _as_csv(cells), cells

    def _copy_lines(self) -> Iterator[tuple[int, str | None]]:
        # The sheet is open since its header was read; whoever comes again opens it anew.
        rows, self._rows = self._rows, self._read()
        for number, _, cells in rows:
            if number <= self._header_number:
                continue
            typed, wrong = self._check(cells)
            yield number, None if wrong else copy_line_of(number, typed)

    def _check(self, values: list[Any]) -> tuple[list[Any], list[Problem]]:
        typed, wrong = super()._check(values)
        for place, reason in values.reasons.items() if isinstance(values, BadRow) else ():
            if column := self.columns[place]:
                wrong = [problem for problem in wrong if problem.column != column.api]
                wrong.append(Problem(column.api, f"{column.api} {reason}."))
        return typed, wrong


def _as_csv(values: Sequence[str | None]) -> str:
    line = io.StringIO()
    # As csv has it, for that is how it is loaded again when it was refused.
    csv.writer(line, lineterminator="").writerow([value and defused(value) for value in values])
    return line.getvalue()
