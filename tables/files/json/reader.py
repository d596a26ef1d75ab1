"""The reader of JSON arrays and NDJSON files. Their records may have different columns."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import islice

from tables.files.csv.lines import copy_line_of, is_blank
from tables.files.file_problem import FileProblem
from tables.files.header import read_header
from tables.files.json.records import read_array, read_lines
from tables.files.notes import Notes
from tables.files.segments import FileRecord, Segment, in_batches, only
from tables.files.source import Format, Source
from tables.schema.column import Column, Value
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.schema.problems import Problem, as_sent
from tables.write.json_reading import NotJson, decode_json, has_escaped_nul
from tables.write.records import Values, check_value, parse_json, writable
from tables.write.strict_records import StrictRecords

# How far to look ahead for records with other columns.
_WINDOW = 2_000
_WINDOW_BYTES = 2_000_000
# A file with more different sets of columns than this has them in no order.
_REMEMBERED = 256


class _ColumnSet:
    """One set of columns, in the table's order. ``strict`` decodes the valid records that have them."""

    def __init__(self, model: type[Table], columns: frozenset[Column]) -> None:
        self._model = model
        self.columns = tuple(column for column in writable(model) if column in columns)

    @cached_property
    def strict(self) -> StrictRecords:
        return StrictRecords(self._model, self.columns, whole=False)


@dataclass(frozen=True, slots=True)
class _Read:
    """A record that was read: its bytes, its columns, and its values in their order. A refused record has no
    columns."""

    number: int
    size: int
    column_set: _ColumnSet | None = None
    values: Values = ()


class JsonFileReader:
    """Reads a JSON array, or one JSON object per line.

    Records may have different columns. Columns that a record leaves out keep their stored values. Consecutive
    records with the same columns form a segment. If the columns change too often, a segment mixes them.
    """

    header: str | None = None

    def __init__(self, model: type[Table], source: Source) -> None:
        self._model, self._source = model, source
        self.notes = Notes("record")
        self._columns_of = lru_cache(_REMEMBERED)(lambda names: read_header(model, names).columns)
        self._column_set_of = lru_cache(_REMEMBERED)(lambda columns: _ColumnSet(model, columns))

    def _elements(self) -> Iterator[tuple[int, bytes]]:
        if self._source.format is Format.JSON:
            return read_array(self._source.open())
        return read_lines(self._source.open())

    # --- segments ---

    def segments(self, limit: int) -> Generator[Segment]:
        self.notes = Notes("record")
        records, window = self._read(), deque[_Read]()
        while self._fill(window, records):
            column_sets = {record.column_set for record in window if record.column_set}
            if len(column_sets) > 1:
                yield self._sparse_segment(window)
                continue
            column_set = column_sets.pop() if column_sets else None
            columns = column_set.columns if column_set else writable(self._model)
            run = islice(self._run(column_set, window, records), limit)
            yield Segment(columns, in_batches((record.number, _line(record)) for record in run))

    def _fill(self, window: deque[_Read], records: Iterator[_Read]) -> bool:
        """Fill the window with the next records. Return whether there are any."""
        size = sum(record.size for record in window)
        while len(window) < _WINDOW and size < _WINDOW_BYTES and (record := next(records, None)):
            window.append(record)
            size += record.size
        return bool(window)

    def _run(
        self, column_set: _ColumnSet | None, window: deque[_Read], records: Iterator[_Read]
    ) -> Iterator[_Read]:
        """Yield the next consecutive records with these columns, including refused ones."""
        while window:
            if window[0].column_set not in (column_set, None):
                return
            yield window.popleft()
            if not window and (record := next(records, None)):
                window.append(record)

    def _sparse_segment(self, window: deque[_Read]) -> Segment:
        """Return the window's records up to the first repeated key. A second record with the same key keeps
        values that the first one stores, so it must wait for the next segment."""
        columns = writable(self._model)
        lines, keys = list[tuple[int, str | None]](), set[Values]()
        while window:
            record = window[0]
            if record.column_set:
                named = dict(zip(record.column_set.columns, record.values, strict=True))
                key = tuple(named[column] for column in columns if column.is_key)
                if key in keys:
                    break
                keys.add(key)
            lines.append((record.number, _sparse_line(record, columns)))
            window.popleft()
        return Segment(columns, in_batches(lines), sparse=True)

    # --- reading ---

    def _read(self) -> Iterator[_Read]:
        last: _ColumnSet | None = None
        steady = False
        for number, element in self._elements():
            # Most records have the same columns as the one before.
            strict = last.strict if steady and last and not has_escaped_nul(element) else None
            if strict and (values := strict.values(element)) and not _are_blank(values):
                yield _Read(number, len(element), last, values)
                continue
            column_set, named, wrong = self._carefully(element)
            if _are_blank(named.values()) and self._is_blank(element):
                self.notes.blank += 1
                continue
            if column_set is None or wrong:
                yield _Read(number, len(element))
                continue
            steady, last = column_set is last, column_set
            yield _Read(
                number, len(element), column_set, tuple(named[column] for column in column_set.columns)
            )

    def _carefully(self, element: bytes) -> tuple[_ColumnSet | None, dict[Column, Value], list[Problem]]:
        """Return a record's columns, values and problems."""
        given, wrong = self._given(element)
        if wrong:
            return None, {}, wrong
        named: dict[Column, Value] = {}
        for column, value in given.items():
            named[column], problem = check_value(column, value, parse_json)
            if problem:
                wrong.append(problem)
        return self._column_set_of(frozenset(given)), named, wrong

    def _given(self, element: bytes) -> tuple[dict[Column, object], list[Problem]]:
        """Return a record's raw values by column, or why it is not a record."""
        try:
            record = decode_json(element)
        except NotJson as error:
            return {}, [Problem(None, f"The record is not valid JSON ({error.place or 'broken'}).")]
        if not isinstance(record, dict):
            return {}, [Problem(None, "The record must be a JSON object.")]
        try:
            columns = self._columns_of(tuple(record))
        except FileProblem as error:
            known = by_any_name(self._model)
            given = {known[name.lower()]: value for name, value in record.items() if name.lower() in known}
            return given, [Problem(None, str(error))]
        return {c: value for c, value in zip(columns, record.values(), strict=True) if c}, []

    def _is_blank(self, element: bytes) -> bool:
        """Return whether a record has only nulls and blanks, in existing columns."""
        try:
            record = decode_json(element)
        except NotJson:
            return False
        known = by_any_name(self._model)
        is_record = isinstance(record, dict) and all(name.lower() in known for name in record)
        return is_record and _are_blank(record.values())

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        for number, element in only(self._elements(), numbers):
            shown = {column: _shown(value) for column, value in self._given(element)[0].items()}
            text = element.decode("utf-8", "surrogateescape")
            yield FileRecord(number, text, shown, partial(self._wrong, element))

    def _wrong(self, element: bytes) -> list[Problem]:
        return self._carefully(element)[2]


def _are_blank(values: Iterable[object]) -> bool:
    return all(value is None or (isinstance(value, str) and is_blank(value)) for value in values)


def _line(record: _Read) -> str | None:
    return copy_line_of(record.number, record.values) if record.column_set else None


def _sparse_line(record: _Read, columns: Sequence[Column]) -> str | None:
    if record.column_set is None:
        return None
    named = dict(zip(record.column_set.columns, record.values, strict=True))
    given = "".join("1" if column in named else "0" for column in columns)
    return copy_line_of(record.number, (given, *(named.get(column, column.default) for column in columns)))


def _shown(value: object) -> str | None:
    """Return a JSON value as the error report shows it."""
    return None if value is None else as_sent(value)
