"""The ways in which records of a file can be wrong: twelve for each table."""

from tables.schema.column import Kind
from tables.schema.models import Table
from tables.write.records import writable

# What a record's columns are replaced by; None is an empty value.
Spoiler = dict[str, str | None]
# The record is not one: a csv line that lacks a value, a JSON element that is a number.
NO_RECORD: Spoiler = {}


def spoilers(model: type[Table]) -> list[Spoiler]:
    """Return twelve ways to spoil a record of the table."""
    columns = writable(model)
    key = columns[0].db
    text = next(column for column in columns if column.kind is Kind.TEXT and not column.is_key)
    flag = next(column.db for column in columns if column.kind is Kind.FLAG and column.required)
    day = next(column.db for column in columns if column.kind is Kind.DAY)
    found: list[Spoiler] = [
        NO_RECORD,
        {text.db: "x" * ((text.max_length or 0) + 1)},
        {text.db: "a\0b"},
        {key: "K" * 21},
        {key: None},
        {flag: "maybe"},
        {flag: None},
        {day: "2024-02-30"},
        {day: "31/12/2024"},
    ]
    numbers = {column.kind: column.db for column in columns if column.kind in (Kind.INTEGER, Kind.NUMBER)}
    if numbers:
        whole, exact = numbers[Kind.INTEGER], numbers[Kind.NUMBER]
        return [*found, {whole: "seven"}, {whole: "3000000000"}, {exact: "1.234,50"}]
    return [
        *found,
        {"division_id": "NOWHERE"},
        {"from_date": "2024-02-01", "thru_date": "2024-01-31"},
        {"qtr4_from_date": "2099-10-01", "qtr4_thru_date": "2099-12-31"},
    ]
