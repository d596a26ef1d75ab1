"""Values of every kind that are easily spoilt on their way into a file or out of it."""

import datetime
from decimal import Decimal

from tables.schema.column import Kind
from tables.schema.columns import columns

TEXTS = [
    'He said "so", twice',
    "two\nlines",
    "carriage\rreturn\r\nand both",
    "a,b;c\td",
    r"back\slash \N \. \\ \n",
    r"\N",
    r"\.",
    "NULL",
    "null",
    "00123",
    "12345678901234567890",
    "1E5",
    "=1+1",
    "@SUM(A1)",
    "-2+3",
    "'quoted'",
    "'=1+1",
    "''@SUM(A1)",
    "'-",
    "+1 503 555 0101",
    "＝1+1",
    " blanks at both ends ",
    "\ttab first",
    "Zoë Müller-Łukasz 株式会社",
    "🩺 family 👩‍👩‍👧",
    "<b>&amp; R&D</b>",
    "bell \x07 and \x1b and \x7f and \x0b",
    "_x0041_ is no A; _x0001\x01",
    "\ufffe \uffff \u2028 \x85",
    "2024-01-31",
    "true",
    "%s %(x)s {0}",
]
NUMBERS = [
    Decimal(text)
    for text in ("0", "-0.10", "19.99", "123456789012345.67", "0.000000000000000001", "-98765432109876543210")
]
NUMBERS += [Decimal("9" * 60), Decimal("1e59"), Decimal("1.50"), None]
INTEGERS = [0, 2**31 - 1, -(2**31), None, 7]
DAYS = [datetime.date(*each) for each in ((1, 1, 1), (9999, 12, 31), (1899, 12, 30), (1900, 2, 28))]
DAYS += [datetime.date(1900, 3, 1), datetime.date(2024, 2, 29), None]
VALUES = {Kind.NUMBER: NUMBERS, Kind.INTEGER: INTEGERS, Kind.DAY: DAYS, Kind.FLAG: [True, False, None]}


def awkward(column, turn):
    """Return a value of the column that is easily spoilt on its way into a file."""
    if column.kind is Kind.TEXT:
        return TEXTS[turn % len(TEXTS)][: column.max_length] if turn % 5 else None
    values = VALUES[column.kind]
    value = values[turn % len(values)]
    return True if value is None and not column.nullable else value


def filled(model, turn):
    loose = [column for column in columns(model) if not column.is_key and not column.is_stamp]
    return {column.db: awkward(column, turn + n) for n, column in enumerate(loose)}
