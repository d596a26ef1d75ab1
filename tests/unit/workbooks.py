"""Helpers of the workbook tests: workbooks from openpyxl, or from given XML."""

import io
import zipfile

import openpyxl
import pytest

from tables.files.source import FileProblem
from tables.files.xlsx.rows import read_rows

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>Group_ID</t></is></c></row>'


def workbook_of(*rows, **sheets):
    """Return a workbook as openpyxl writes it: of one sheet, or of several by name."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in (sheets or {"Groups": rows}).items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream


def parts_of(rows="", *, strings="", styles="", workbook="", namespace=MAIN, sheet=None):
    """Return the parts of a workbook with the given XML in their middle."""
    sheet = sheet or f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
    targets = {"worksheet": "worksheets/one.xml", "sharedStrings": "/xl/strings.xml", "styles": "styles.xml"}
    relations = "".join(
        f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{path}"/>'
        for kind, path in targets.items()
    )
    listed = '<sheets><sheet name="Groups" sheetId="1" r:id="worksheet"/></sheets>'
    return {
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{OFFICE}">{workbook}{listed}</workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/worksheets/one.xml": sheet,
        "xl/strings.xml": f'<sst xmlns="{namespace}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}">{styles}</styleSheet>',
    }


def packed(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream


def raw_workbook(*args, **kwargs):
    return packed(parts_of(*args, **kwargs))


def cells_of(xml, **parts):
    """Return the texts of one row of cells given as XML."""
    [(_, cells)] = read_rows(raw_workbook(f"<row>{xml}</row>", **parts))
    return cells


def problem_with(stream, **options):
    with pytest.raises(FileProblem) as caught:
        list(read_rows(stream, **options))
    return str(caught.value)
