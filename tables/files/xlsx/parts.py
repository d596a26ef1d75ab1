"""The contents of an xlsx file: a zip archive of XML parts, read block by block, never as a whole."""

import functools
import posixpath
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pyexpat import ParserCreate
from typing import BinaryIO

import msgspec
from django.conf import settings

from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem
from tables.files.xlsx.number_formats import CodeFormat, code_format

_BLOCK = 1 << 18
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# Sheets of equal rows compress to about 1:60. Zip bombs start at 1:500.
_UNSUSPECTED_BYTES = 100 * 10**6
_HIGHEST_RATIO = 250
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Built-in number formats that show dates or times. Workbooks do not declare them.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(50, 59), 45, 47}
_NOT_A_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].')


def open_archive(stream: BinaryIO) -> zipfile.ZipFile:
    """Open the archive. Raises FileProblem if it is a zip bomb or not a workbook."""
    size = stream.seek(0, 2)
    archive = zipfile.ZipFile(stream)
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    is_bomb = unpacked > _UNSUSPECTED_BYTES and unpacked > _HIGHEST_RATIO * size
    if is_bomb or unpacked > settings.FILE_MAX_UNPACKED_BYTES:
        raise FileProblem(
            f"The file would unpack from {size:,} to {unpacked:,} bytes. It is not a real workbook."
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileProblem("The workbook has a password. Save it without one.")
    if _WORKBOOK not in archive.namelist():
        raise FileProblem("The file is a zip archive, not an xlsx workbook. Unpack it, or save it as .xlsx.")
    return archive


def unescape(text: str) -> str:
    """Return a text with control characters in place of the escapes that spreadsheets write: ``_x000D_``."""
    if "_x" not in text:
        return text
    meant = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    try:
        return meant.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:  # Half a character: the text only looks like an escape.
        return text


class Part:
    """A reader of one XML part. It calls ``start`` and ``end`` for its elements, without name prefixes.

    ``texts`` collects the characters of the elements for which ``start`` calls ``listen``.
    """

    def __init__(self) -> None:
        self.parser = ParserCreate()
        self.parser.buffer_text = True
        self.parser.buffer_size = 1 << 16
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.StartElementHandler = self._root
        self.texts: list[str] = []

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        """Learn the part's prefix from the first element."""
        prefix = name.rpartition(":")[0]
        if prefix:
            self.parser.StartElementHandler = lambda name, given: self.start(self._bare(prefix, name), given)
            self.parser.EndElementHandler = lambda name: self.end(self._bare(prefix, name))
        else:
            self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end

    @staticmethod
    def _bare(prefix: str, name: str) -> str:
        return name.removeprefix(prefix + ":")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""

    def end(self, name: str) -> None:
        """Handle the end of an element."""

    def listen(self) -> None:
        """Start to collect characters."""
        self.parser.CharacterDataHandler = self.texts.append

    def stop_listening(self) -> None:
        """Stop collecting characters."""
        self.parser.CharacterDataHandler = None

    def take_text(self) -> str:
        """Return the collected text, and start over."""
        text = "".join(self.texts)
        self.texts.clear()
        return text

    def feed(self, archive: zipfile.ZipFile, name: str) -> Iterator[int]:
        """Parse the part. After each block yield its size, so that the caller can take what was found."""
        with archive.open(name) as stream:
            while block := stream.read(_BLOCK):
                self.parser.Parse(block)
                yield len(block)
        self.parser.Parse(b"", True)
        yield 0


def _refuse_doctype(*_: object) -> None:
    raise FileProblem("The workbook has a document type declaration, which no spreadsheet program writes.")


class SharedStrings(Part):
    """The texts that cells refer to by number, in blocks. Many of them go to a temporary file."""

    PER_BLOCK = 128

    def __init__(self, archive: zipfile.ZipFile, name: str | None) -> None:
        super().__init__()
        self._kept = tempfile.SpooledTemporaryFile(max_size=16 * 1024 * 1024, prefix="vbaadmin-")  # noqa: SIM115
        self._places = [0]
        self._waiting: list[str] = []
        self._phonetic = False
        self.block = functools.lru_cache(maxsize=512)(self._block)
        if name:
            self._read(archive, name)

    def _read(self, archive: zipfile.ZipFile, name: str) -> None:
        since, before = 0, -1
        for size in self.feed(archive, name):
            count = len(self._places) * self.PER_BLOCK + len(self._waiting)
            since = since + size if count == before else 0
            before = count
            if since > MAX_RECORD_BYTES:
                raise FileProblem(f"A text in the workbook has more than {MAX_RECORD_BYTES:,} bytes.")
        self._keep()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "rPh":
            self._phonetic = True
        elif name == "t" and not self._phonetic:
            self.listen()

    def end(self, name: str) -> None:
        if name == "t":
            self.stop_listening()
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._waiting.append(unescape(self.take_text()))
            if len(self._waiting) == self.PER_BLOCK:
                self._keep()

    def _keep(self) -> None:
        self._kept.write(msgspec.msgpack.encode(self._waiting))
        self._places.append(self._kept.tell())
        self._waiting = []

    def close(self) -> None:
        """Drop the texts."""
        self._kept.close()

    def _block(self, number: int) -> list[str]:
        self._kept.seek(self._places[number])
        data = self._kept.read(self._places[number + 1] - self._places[number])
        return msgspec.msgpack.decode(data, type=list[str])

    def __getitem__(self, number: int) -> str:
        """Return a text by its number. Raises IndexError."""
        if number < 0:
            raise IndexError(number)
        return self.block(number // self.PER_BLOCK)[number % self.PER_BLOCK]


class Styles(Part):
    """Which of the cell styles show a number as a date or a time, and which as a code."""

    def __init__(self, archive: zipfile.ZipFile, name: str | None) -> None:
        super().__init__()
        self.dates: set[str] = set()
        self.codes: dict[str, CodeFormat] = {}
        self._formats = set(_DATE_FORMATS)
        self._code_formats: dict[int, CodeFormat] = {}
        self._in_cell_styles = False
        self._count = 0
        if name:
            for _ in self.feed(archive, name):
                pass

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._declare(int(attributes["numFmtId"]), attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._in_cell_styles = True
        elif name == "xf" and self._in_cell_styles:
            number = int(attributes.get("numFmtId", 0))
            if number in self._formats:
                self.dates.add(str(self._count))
            elif number in self._code_formats:
                self.codes[str(self._count)] = self._code_formats[number]
            self._count += 1

    def _declare(self, number: int, code: str) -> None:
        shown = _NOT_A_CODE.sub("", code.partition(";")[0]).lower()
        if any(letter in shown for letter in "dmyhs"):
            self._formats.add(number)
        else:
            self._formats.discard(number)
            if found := code_format(code):
                self._code_formats[number] = found

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False


class Contents(Part):
    """The contents of the workbook: its sheets by name, the paths of its parts, and its date system."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__()
        self.from_1904 = False
        self.sheets: dict[str, str] = {}
        self.hidden: set[str] = set()
        self._relations = _Relations(archive)
        for _ in self.feed(archive, _WORKBOOK):
            pass

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            relation = next((given for key, given in attributes.items() if key.endswith(":id")), "")
            kind, target = self._relations.found[relation]
            if kind == "worksheet":  # Other sheets hold only a chart.
                self.sheets[attributes["name"]] = target
                if attributes.get("state", "visible") != "visible":
                    self.hidden.add(attributes["name"])

    def part(self, kind: str) -> str | None:
        """Return the path of the one part of a kind: ``sharedStrings``, ``styles``."""
        return next((target for found, target in self._relations.found.values() if found == kind), None)


class _Relations(Part):
    """The parts of the workbook by ID: kind and path."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}
        for _ in self.feed(archive, _RELATIONS):
            pass

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            path = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
            self.found[attributes["Id"]] = attributes["Type"].rpartition("/")[2], path
