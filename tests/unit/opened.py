"""Helpers of the tests that open files."""

import io
import zipfile

import pytest

from tables.files.source import FileProblem, open_source

HEADER = b"Group_ID,Name\n"
CSV = HEADER + b"G1,Acme\n"


def content_of(path, **stated):
    with open_source(path, **stated) as source, source.open() as stream:
        return stream.read()


def format_of(path, **stated):
    with open_source(path, **stated) as source:
        return source.format


def problem_with(path, **stated):
    """Return the problem of a file that cannot be opened, or not read to its end."""
    with pytest.raises(FileProblem) as caught:
        content_of(path, **stated)
    return str(caught.value)


def a_workbook():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return content.getvalue()
