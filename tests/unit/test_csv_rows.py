"""Texts in CSV files: what is written without formulas is read back unchanged."""

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from groups.models import GroupDivision
from tables.files.csv.formulas import Defuser
from tables.files.csv.lines import PlainLines
from tables.files.csv.rows import read_rows, stated_delimiter
from tables.schema.column import Column
from tables.schema.columns import columns

NAMED: tuple[Column, ...] = tuple(
    column for column in columns(GroupDivision) if column.db in ("division_id", "name", "notes")
)
# Much of what decides, and anything else; no line break alone, which csv of ours has in quotes.
TEXTS = st.text(st.sampled_from("=\"'+-@\t ;,ax0\n\uff1d"), max_size=7) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12
)
_ESCAPED = re.compile(r"\\(.)")
INNER = st.text(st.sampled_from("=\"'+-;,ax0 "), max_size=7)


def written(values, delimiter):
    """Return a line as COPY writes it, without formulas."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(values)
    return Defuser(NAMED, delimiter).joined([line.getvalue().encode()])


def read(line, delimiter):
    return [values for _, _, values in read_rows(io.BytesIO(b"sep=x is no name\n" + line), delimiter)][1:]


@given(st.tuples(TEXTS, TEXTS, TEXTS), st.sampled_from([",", ";", "\t", "|", "=", "'"]))
def test_every_written_text_is_read_back(values, delimiter):
    found = read(written(("key", *values[1:]), delimiter), delimiter)
    assert found == [["key", *values[1:]]]


@given(st.tuples(TEXTS, TEXTS, TEXTS))
def test_a_line_that_is_copied_unchanged_has_the_values_that_are_read(values):
    line = written(values, ",").decode().removesuffix("\n")
    plain_lines = PlainLines(NAMED, ",")
    plain = plain_lines(line) if "\n" not in line else None
    if plain := plain or plain_lines.of_values(next(csv.reader([line]), [""])):
        values = [_ESCAPED.sub(lambda match: match[1].replace("n", "\n"), each) for each in plain.split("\t")]
        assert read(line.encode() + b"\n", ",") == [values]


@given(INNER, st.booleans())
def test_a_protected_text_keeps_its_value(text, quoted):
    value = '="' + text.replace('"', '""') + '"'
    line = f"key,{value}," if not quoted else "key," + '"' + value.replace('"', '""') + '",'
    if quoted or "," not in text:
        assert read(line.encode() + b"\n", ",") == [["key", text, ""]]


def test_no_line_of_names_states_a_delimiter():
    assert [stated_delimiter(line) for line in ("sep=", "sepal=1", "Sep=ab", "x,sep=;", "sep=_")] == [
        None
    ] * 5
