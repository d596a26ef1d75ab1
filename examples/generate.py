"""Writes the example data: ``python examples/generate.py [FOLDER]``, the same files every time."""

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

from making.division import division_record, divisions_of
from making.employers import all_employers
from making.group import group_record
from making.plan_year import plan_years_of
from making.values import Record, Value


def as_json(value: Value) -> str:
    """Return a value as JSON: a day as YYYY-MM-DD, an amount with all its digits."""
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value.isoformat() if isinstance(value, date) else value, ensure_ascii=False)


def as_line(record: Record) -> str:
    """Return a record as a JSON object on one line, without empty columns."""
    pairs = (f'"{column}": {as_json(value)}' for column, value in record.items() if value is not None)
    return "{" + ", ".join(pairs) + "}"


def write(path: Path, records: list[Record]) -> None:
    """Write records as a JSON array, one per line, in the order of their keys."""
    key = [column for column in ("group_ID", "division_ID", "plan_Year") if column in records[0]]
    records.sort(key=lambda record: [str(record[column]) for column in key])
    path.write_text("[\n" + ",\n".join(map(as_line, records)) + "\n]\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Write the files of the three tables into a folder."""
    employers = all_employers()
    divisions = [each for employer in employers for each in divisions_of(employer)]
    write(folder / "groups.json", [group_record(employer) for employer in employers])
    write(folder / "divisions.json", [division_record(each) for each in divisions])
    write(folder / "plan-years.json", [record for each in divisions for record in plan_years_of(each)])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
