"""Downloads: templates to fill in, and the errors and rejected rows of a file, as far as the user may see
them."""

import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from loads.links import may_see_sent
from loads.models import ERRORS, REJECTS, FileLoad
from loads.storing import fetched, pieces
from tables.admin.labels import labels_of, with_labels
from tables.context import databases
from tables.files.csv.formulas import csv_lines
from tables.files.csv.lines import read_records
from tables.files.exporting import TYPES
from tables.files.refusals import ERRORS_HEADER, without_quoted, without_values
from tables.files.source import Format
from tables.files.writers import Writer
from tables.files.xlsx.writer import XlsxWriter
from tables.history.recording import begin_export
from tables.schema import sensitive
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.schema.registry import table_name, table_named


def template(model: type[Table], form: str) -> HttpResponse:
    """Return a CSV or XLSX file with the names of all columns that can be loaded, and no rows."""
    if form not in ("csv", "xlsx"):
        raise Http404
    only = [column for column in columns(model) if not column.is_stamp]
    writer = Writer(model, only=only) if form == "csv" else XlsxWriter(model, only)
    out = io.BytesIO()
    writer.write([], out, lambda rows: None)
    response = HttpResponse(out.getvalue(), content_type=TYPES[Format(form)])
    _name(response, f"{table_name(model)}.{form}")
    return response


def download(request: HttpRequest, model: type[Table], file: FileLoad, kind: str) -> HttpResponseBase:
    """Send a report of a file, and record the download, because the report has personal data.

    A user who may not see another user's file gets the errors without values. Raises PermissionDenied for the
    rejected rows, which are all values.
    """
    sees_all = may_see_sent(request.user, model, file)
    if kind != ERRORS and not sees_all:
        raise PermissionDenied
    if kind == REJECTS and sensitive.sensitive_columns(model):
        # The file may have sensitive values; how many is not known.
        sensitive.record(sensitive.ShownValues(model, file.rows_refused or 0, None))
    recorded = begin_export(model, {"File": f"{kind} of file load {file.pk}"})
    recorded.end(file.rows_refused or 0)
    content: Iterator[bytes | str] = (
        pieces(file, kind, databases.chosen()) if sees_all else _told(fetched(file, kind=ERRORS))
    )
    stem = file.file_name.split(".")[0] or "file"
    ending = "csv" if kind == ERRORS else _ending(file)
    response = StreamingHttpResponse(content, content_type="application/octet-stream")
    _name(response, f"{stem}-{kind}.{ending}")
    return response


def problems_shown(file: FileLoad, *, sees_all: bool) -> list[dict[str, str]]:
    """Return the first errors of a file as the page shows them: with labels of columns, not API names."""
    labels = labels_of(table_named(file.table_name))
    lines = [[each[name] for name in ERRORS_HEADER] for each in file.shown]
    return [
        {
            "line": number,
            "key": key,
            "column": labels.get(column, column),
            "value": value,
            "reason": with_labels(reason, labels),
        }
        for number, key, column, value, reason in (lines if sees_all else map(without_values, lines))
    ]


def notes_shown(file: FileLoad, *, sees_all: bool) -> list[str]:
    """Return the notes on a file as the page shows them."""
    return [note if sees_all else without_quoted(note) for note in file.notes]


def _told(report: BinaryIO) -> Iterator[str]:
    """Yield the errors without values, as CSV."""
    with report:
        lines = islice(read_records(report, ","), 1, None)
        yield from csv_lines(ERRORS_HEADER, (without_values(values) for _, _, values in lines))


def _ending(file: FileLoad) -> str:
    """Return the suffix of the rejected rows: that of their file, or csv for a workbook."""
    parts = [part for part in file.file_name.lower().split(".")[1:] if part != "gz"]
    ending = file.format or (parts[-1] if parts else "csv")
    return "csv" if ending in ("xlsx", "xlsm") else ending


def _name(response: HttpResponseBase, name: str) -> None:
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
