"""Guesses a file's format and encoding from its name, its first bytes, and what the user states."""

import codecs
import re
from enum import Enum

import msgspec

from tables.files.file_problem import FileProblem


class Format(Enum):
    """The formats of files of records."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    NDJSON = "ndjson"
    XLSX = "xlsx"


_BY_ENDING = {
    "csv": Format.CSV,
    "tsv": Format.TSV,
    "tab": Format.TSV,
    "json": Format.JSON,
    "ndjson": Format.NDJSON,
    "jsonl": Format.NDJSON,
    "xlsx": Format.XLSX,
    "xlsm": Format.XLSX,
}
_ZIP = b"PK\x03\x04"
# The first bytes of formats that cannot be read, and what to do with such files.
_UNREADABLE = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "The file is an old Excel workbook (.xls) or has a password."
    " Save it as .xlsx without a password.",
    b"PK\x05\x06": "The file is an empty zip archive.",
    b"\x1f\x8b": "The file is compressed with gzip more than once. Unpack it first.",
    b"BZh": "The file is compressed with bzip2. Only gzip is supported. Unpack it first.",
    b"\xfd7zXZ\x00": "The file is compressed with xz. Only gzip is supported. Unpack it first.",
    b"\x28\xb5\x2f\xfd": "The file is compressed with zstd. Only gzip is supported. Unpack it first.",
    b"7z\xbc\xaf\x27\x1c": "The file is a 7z archive. Unpack it first.",
    b"%PDF-": "The file is a PDF, which cannot be loaded. Ask for csv, json or xlsx.",
    b"PAR1": "The file is a Parquet file, which cannot be loaded. Convert it to csv.",
}
# Longer marks come first: the UTF-32 mark starts with the UTF-16 mark.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_ARRAY = re.compile(rb"\[\s*[{\]]")
_OBJECT = re.compile(rb'\{\s*["}]')
_MARKUP = re.compile(rb"<(?:!doctype|\?xml|html|table)", re.IGNORECASE)


def format_by_name(name: str) -> Format | None:
    """Return the format that a file's ending names, ignoring ``.gz``, or None."""
    parts = name.lower().split(".")
    if len(parts) > 2 and parts[-1] == "gz":
        parts.pop()
    return _BY_ENDING.get(parts[-1]) if len(parts) > 1 else None


def is_workbook(head: bytes, stated: Format | None) -> bool:
    """Tell by a file's first bytes whether it is a workbook.

    Raises FileProblem if the format cannot be read, or differs from the stated one.
    """
    for magic, text in _UNREADABLE.items():
        if head.startswith(magic):
            raise FileProblem(text)
    found = head.startswith(_ZIP)
    if found and stated not in (None, Format.XLSX):
        raise FileProblem(f"The file is an xlsx workbook or a zip archive, not {stated.value}.")
    if stated is Format.XLSX and not found:
        raise FileProblem("The file is not an xlsx workbook.")
    return found


def guess_encoding(head: bytes, stated: str | None) -> str:
    """Return the encoding of a text that starts with ``head``: from its byte order mark, as stated, or UTF-8.

    Raises FileProblem if the stated encoding does not exist.
    """
    known = known_encoding(stated) if stated else None
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if known:
        return known
    # In UTF-16 without a mark, every second byte of plain letters is zero.
    zeros = [byte == 0 for byte in head[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else "utf-8"


def known_encoding(name: str) -> str:
    """Return an encoding's usual name. Raises FileProblem if the encoding does not exist."""
    try:
        found = codecs.lookup(name)
        codecs.getincrementaldecoder(name)
        "".encode(name)  # base64 and others are codecs too, but not for text.
    except (LookupError, ValueError):
        raise FileProblem(
            f"There is no encoding {name[:40]!a}. Examples: utf-8, latin-1, cp1252, utf-16."
        ) from None
    return "utf-8" if found.name == "utf-8-sig" else found.name


def guess_text_format(head: bytes, named: Format | None, stated: Format | None) -> Format:
    """Return the format of a text that starts with ``head``: as stated, as it looks, or by the file's name.

    Raises FileProblem if the format cannot be read, or does not match the name.
    """
    start = head.lstrip()
    if not start:
        if (stated or named) is Format.NDJSON:  # A dump of a table without rows.
            return Format.NDJSON
        raise FileProblem("The file is empty.")
    if _MARKUP.match(start):
        raise FileProblem("The file is HTML or XML, which cannot be loaded. Ask for csv, json or xlsx.")
    is_array = _ARRAY.match(start) or (start[:1] == b"[" and named is None)
    if stated:
        if stated is Format.NDJSON and is_array:
            raise FileProblem("The file is a JSON array, not one record per line. Choose the format json.")
        return stated
    if is_array:
        return Format.JSON
    if _OBJECT.match(start):
        return _format_of_objects(start, named)
    if named is Format.XLSX:
        raise FileProblem(
            "The name ends in .xlsx, but this is not an Excel workbook. For csv, choose the format csv."
        )
    if named in (Format.JSON, Format.NDJSON):
        raise FileProblem(
            f"The name says {named.value}, but the file does not start with a record or an array of records."
        )
    return _format_of_table(start, named)


def _format_of_objects(start: bytes, named: Format | None) -> Format:
    """Tell ndjson (one object per line) from a single object, as some exports put around their records."""
    first, _, rest = start.partition(b"\n")
    if named is Format.NDJSON or (_is_object(first) and rest.lstrip()[:1] == b"{"):
        return Format.NDJSON
    raise FileProblem(
        "The file has a JSON object instead of an array of records. Put the records into [ ],"
        " or choose the format ndjson if each line is one record."
    )


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _format_of_table(start: bytes, named: Format | None) -> Format:
    header = start.partition(b"\n")[0]
    tabs, commas = b"\t" in header, b"," in header
    if tabs != commas:
        return Format.TSV if tabs else Format.CSV
    return named or Format.CSV
