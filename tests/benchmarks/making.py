"""Makes large files of made-up records, the same at every run.

Each column draws from a pool of values of its own, about 40 % of all values are empty, and some texts hold
quotes, commas, line breaks and letters beyond ASCII, as in life. Records stand in the order of their keys.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from tables.schema.column import Column, Kind
from tables.schema.models import Table
from tables.write.records import writable
from tests.benchmarks.spoiling import NO_RECORD, spoilers

POOL = 997
CHUNK = 5_000
BAD_EVERY = 100
DIVISIONS_PER_GROUP = 10
YEARS_PER_DIVISION = 100
FIRST_YEAR = 1940
_EMPTY = 0.4
_AWKWARD = 0.08
# Texts of at least so many characters are written by people; the shorter ones are codes.
_FREE_TEXT = 40
_WORDS = re.findall(
    r"\w+",
    """
    harbor mill county benefit plan trustee north valley union school dental vision supply partners steel
    bakery transit cedar lantern orchard prairie granite office renewal premium account member service
    """,
)
_AWKWARD_TEXTS = ('the "{}" {}', "{}, {} & Sons", "Café {} Müller-{}", '{} 5" pipe, {}')


class Variant(StrEnum):
    """What is different about the records of a file."""

    PLAIN = "plain"
    CHANGED = "changed"  # each record differs from the plain one of the same key
    BAD = "bad"  # one in a hundred is wrong, in twelve ways


class Form(StrEnum):
    """How records are written."""

    CSV = "csv"
    JSON = "json"


Encode = Callable[[Column, str | None], str]


def write_file(
    path: Path, model: type[Table], rows: int, variant: Variant = Variant.PLAIN, *, prefix: str = "G"
) -> None:
    """Write a table's records as csv or json, as the name ends. ``prefix`` begins the groups' ids."""
    form = Form(path.suffix.removeprefix("."))
    with path.open("w", encoding="utf-8", newline="") as file:
        if form is Form.CSV:
            file.write(",".join(column.published for column in writable(model)) + "\n")
            for line in record_texts(model, rows, variant, form, prefix=prefix):
                file.write(line + "\n")
            return
        separator = "[\n"
        for text in record_texts(model, rows, variant, form, prefix=prefix):
            file.write(separator + text)
            separator = ",\n"
        file.write("\n]\n")


def record_texts(
    model: type[Table], rows: int, variant: Variant, form: Form, *, prefix: str = "G"
) -> Iterator[str]:
    """Yield the records as csv lines or JSON objects."""
    columns = writable(model)
    encode = _as_csv if form is Form.CSV else _as_json
    draws = [_drawn(model, column, variant, encode, prefix) for column in columns]
    wrong = spoilers(model) if variant is Variant.BAD else []
    for start in range(0, rows, CHUNK):
        numbers = range(start, min(start + CHUNK, rows))
        for number, cells in zip(numbers, zip(*(draw(numbers) for draw in draws), strict=True), strict=True):
            if wrong and number % BAD_EVERY == BAD_EVERY // 2:
                yield _spoiled(columns, cells, wrong[number // BAD_EVERY % len(wrong)], form, encode)
            else:
                yield _record(cells, form)


def bad_rows(rows: int) -> int:
    """Return how many records of a bad file are wrong."""
    return len(range(BAD_EVERY // 2, rows, BAD_EVERY))


def _record(cells: Sequence[str], form: Form) -> str:
    return ",".join(cells) if form is Form.CSV else "{" + ",".join(cells) + "}"


def _spoiled(
    columns: Sequence[Column], cells: Sequence[str], wrong: dict[str, str | None], form: Form, encode: Encode
) -> str:
    if wrong is NO_RECORD:
        return ",".join(cells[:-1]) if form is Form.CSV else "17"
    given = zip(columns, cells, strict=True)
    return _record(
        [encode(column, wrong[column.db]) if column.db in wrong else cell for column, cell in given], form
    )


# --- values of a column --------------------------------------------------------------------------


def _drawn(
    model: type[Table], column: Column, variant: Variant, encode: Encode, prefix: str
) -> Callable[[range], list[str]]:
    """Return what draws the encoded values of a column for the records of these numbers, in order."""
    if column.is_key:
        key = _KEYS[model.__name__, column.db]
        return lambda numbers: [encode(column, key(prefix, number)) for number in numbers]
    seed = f"{prefix} {model.__name__} {column.db}"
    if column.db in _YEAR_DAYS:
        return _days_of_years(column, encode, random.Random(f"{prefix} {column.db.partition('_')[0]}"))
    pool = _pool(model, column)
    if variant is Variant.CHANGED and column.db in _CHANGING[model.__name__]:
        pool = tuple(f"{value[:-1]}*" if value else "new" for value in pool)
    encoded = [encode(column, value) for value in pool]
    draw = random.Random(seed)
    return lambda numbers: draw.choices(encoded, k=len(numbers))


_YEARS_PER_GROUP = DIVISIONS_PER_GROUP * YEARS_PER_DIVISION
_KEYS: dict[tuple[str, str], Callable[[str, int], str]] = {
    ("Group", "group_id"): lambda prefix, number: f"{prefix}{number:07}",
    ("GroupDivision", "group_id"): lambda prefix, number: f"{prefix}{number // DIVISIONS_PER_GROUP:07}",
    ("GroupDivision", "division_id"): lambda _, number: f"D{number % DIVISIONS_PER_GROUP:02}",
    ("GroupPlanYear", "group_id"): lambda prefix, number: f"{prefix}{number // _YEARS_PER_GROUP:07}",
    ("GroupPlanYear", "division_id"): (
        lambda _, number: f"D{number // YEARS_PER_DIVISION % DIVISIONS_PER_GROUP:02}"
    ),
    ("GroupPlanYear", "plan_year"): lambda _, number: f"CY{FIRST_YEAR + number % YEARS_PER_DIVISION}",
}
# Texts without an index on them, of which each record of a changed file has another value.
_CHANGING = {
    "Group": {"phone", "primary_contact", "account_manager", "notes"},
    "GroupDivision": {"phone", "primary_contact", "notes"},
    "GroupPlanYear": {"plan_type", "ex_code"},
}
_YEAR_DAYS = {
    "from_date": "{}-01-01",
    "thru_date": "{}-12-31",
    "qtr4_from_date": "{}-10-01",
    "qtr4_thru_date": "{}-12-31",
}


def _days_of_years(column: Column, encode: Encode, draw: random.Random) -> Callable[[range], list[str]]:
    """Draw a plan year's day; the two days of its fourth quarter are there together, or neither is."""
    years = range(FIRST_YEAR, FIRST_YEAR + YEARS_PER_DIVISION)
    days = [encode(column, _YEAR_DAYS[column.db].format(year)) for year in years]
    if not column.db.startswith("qtr4"):
        return lambda numbers: [days[number % YEARS_PER_DIVISION] for number in numbers]
    none = encode(column, None)
    return lambda numbers: [
        days[number % YEARS_PER_DIVISION] if kept else none
        for number, kept in zip(numbers, draw.choices((True, False), k=len(numbers)), strict=True)
    ]


@cache
def _pool(model: type[Table], column: Column) -> tuple[str | None, ...]:
    """Return the values a column takes, the empty ones among them."""
    draw = random.Random(f"{model.__name__} {column.db}")
    optional = sum(not each.required for each in writable(model))
    empty = 0.0 if column.required else min(0.9, _EMPTY * len(writable(model)) / optional)
    return tuple(None if draw.random() < empty else _value(column, draw) for _ in range(POOL))


def _value(column: Column, draw: random.Random) -> str:
    if column.kind is Kind.FLAG:
        return draw.choice(("true", "false"))
    if column.kind is Kind.INTEGER:
        return str(draw.randrange(1, 10 ** draw.randrange(1, 6)))
    if column.kind is Kind.NUMBER:
        return f"{draw.randrange(1, 10**7) / 100:.2f}"
    if column.kind is Kind.DAY:
        return str(date(1995, 1, 1) + timedelta(days=draw.randrange(13_000)))
    return _text(column, draw)


def _text(column: Column, draw: random.Random) -> str:
    longest = column.max_length or 300
    if longest < _FREE_TEXT:
        return f"{draw.choice(_WORDS).capitalize()}{draw.randrange(10**6)}"[-min(longest, 12) :]
    words = [draw.choice(_WORDS) for _ in range(draw.randrange(2, 6))]
    text = " ".join(words).capitalize()
    if draw.random() < _AWKWARD:
        text = draw.choice(_AWKWARD_TEXTS).format(*words[:2])
    if column.max_length is None:
        text = f"{text}.\n{' '.join(reversed(words))}" if draw.random() < _AWKWARD else f"{text} since 2019."
    return text[:longest].rstrip()


# --- forms ---------------------------------------------------------------------------------------

_NEEDS_QUOTES = re.compile('[",\r\n]')
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMERAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


def _as_csv(column: Column, value: str | None) -> str:
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value


def _as_json(column: Column, value: str | None) -> str:
    return f'"{column.api}":{_json_value(column, value)}'


def _json_value(column: Column, value: str | None) -> str:
    if value is None:
        return "null"
    if column.kind is Kind.DAY and _ISO_DAY.fullmatch(value):
        return f'"{value}T00:00:00Z"'
    is_literal = (column.kind in (Kind.INTEGER, Kind.NUMBER) and _NUMERAL.fullmatch(value)) or (
        column.kind is Kind.FLAG and value in ("true", "false")
    )
    return value if is_literal else json.dumps(value, ensure_ascii=False)
