"""Records of JSON files: elements of arrays and lines of ndjson, also broken ones, at any size."""

import contextlib
import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tables.files.json.records import read_array, read_lines
from tables.files.source import MAX_RECORD_BYTES, FileProblem


def elements(content):
    return list(read_array(io.BytesIO(content)))


def problem_with(content, read=read_array):
    with pytest.raises(FileProblem) as caught:
        list(read(io.BytesIO(content)))
    return str(caught.value)


class Endless(io.RawIOBase):
    """A stream that repeats its content for ever, or so many times, without holding it."""

    def __init__(self, start, content, times=10**9):
        self._next, self._content, self._times = start, content, times

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._next and self._times:
            self._times -= 1
            self._next = self._content
        count = min(len(buffer), len(self._next))
        buffer[:count] = self._next[:count]
        self._next = self._next[count:]
        return count


# --- arrays ---


def test_elements_are_numbered_from_one_and_kept_byte_by_byte():
    content = b' \n[ {"group_ID": "G1", "paid":1.50},\n\t{ "group_ID":"\\u00e9" }\r\n, {}]\n'
    assert elements(content) == [
        (1, b'{"group_ID": "G1", "paid":1.50}'),
        (2, b'{ "group_ID":"\\u00e9" }'),
        (3, b"{}"),
    ]


@pytest.mark.parametrize("content", [b"[]", b" [ \n ] ", b"[" + b" " * 3_000_000 + b"]"])
def test_an_empty_array_has_no_elements(content):
    assert elements(content) == []


plain_json = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
any_json = st.recursive(
    plain_json | st.text('ab"\\[]{},: \n\u00e9🌲'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('a"\\]}'), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.lists(any_json), st.sampled_from([None, 1]), st.booleans(), st.booleans())
def test_any_array_is_cut_into_what_it_was_made_of(values, indent, ascii_only, with_broken_one):
    texts = [json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode() for value in values]
    if with_broken_one:  # then nothing comes from msgspec
        texts.append(b'{"a" nul, "b": "},{"}')
    assert [raw for _, raw in elements(b"[" + b",\n".join(texts) + b"]")] == texts


@pytest.mark.parametrize("size", [10, 2_000, 300_000, 1_500_000])
@pytest.mark.parametrize("breaker", ["", '],{[ } \\" ,'])
def test_records_may_lie_across_the_blocks_that_are_read(size, breaker):
    records = [json.dumps({"name": breaker + "x" * (size + n), "n": n}).encode() for n in range(8)] * 3
    assert [raw for _, raw in elements(b"[" + b" , ".join(records) + b"]")] == records


def test_broken_records_are_handed_on_by_themselves():
    broken = [
        b'{"a": tru}',
        b'{"a" 1}',
        b"{'a': 1}",
        b'{"a": "\xff"}',
        b'{"a": "\n"}',
        b"{,}",
        b"1 2",
        b'"x"',
        b"nul",
    ]
    good = b'{"group_ID": "G1"}'
    content = b"[" + b",".join([good, *broken, good]) + b"]"
    assert [raw for _, raw in elements(content)] == [good, *broken, good]


def test_deeply_nested_records_are_handed_on():
    deep = b"[" * 200_000 + b"]" * 200_000
    assert [raw for _, raw in elements(b"[{}," + deep + b",{}]")] == [b"{}", deep, b"{}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"data": []}', "a JSON object instead of an array"),
        (b'"text"', "not a JSON array"),
        (b"Group_ID,Name", "not a JSON array"),
        (b"", "not a JSON array"),
        (b'[{"a": 1}, ]', "Record 2, at byte offset 11: A record is missing before the ]."),
        (b'[{"a": 1},, {"a": 2}]', "Record 2, at byte offset 10: A record is missing before the ,."),
        (b'[{"a": 1} {"a": 2}]', "Record 1 is followed by neither a comma nor ], at byte offset 10."),
        (b'[{"a": 1}}, {"a": 2}]', "Record 1 is followed by neither a comma nor ], at byte offset 9."),
        (b'[{"a": [1}, {"a": 2}]', "Record 1, at byte offset 1: The } at byte offset 9 has no opening"),
        (b'[{"a": 1}', "truncated: there is no ] after record 1"),
        (b'[{"a": 1},', "Record 2, at byte offset 10: The file is truncated"),
        (b"[", "Record 1, at byte offset 1: The file is truncated"),
        (b'[{"a": 1}, {"a": "G', "Record 2, at byte offset 11: The file is truncated"),
        (b'[{"a": 1}, {"a": {"b', "Record 2, at byte offset 11: The file is truncated"),
        (b'[{"a": 1}, nul', "Record 2, at byte offset 11: The file is truncated"),
        (
            b'[{"a": 1}, {"a": "open}, {"a": 2}]',
            "Record 2, at byte offset 11: The file is truncated, or a quotation",
        ),
        (b'[{"a": 1}] [', "There is more text after the end of the array, at byte offset 11."),
        (b'[] {"a": 1}', "There is more text after the end of the array, at byte offset 3."),
    ],
)
def test_what_is_not_an_array_is_reported_by_record_and_byte(content, expected):
    assert expected in problem_with(content)


def test_bytes_are_counted_over_the_whole_file():
    start = b"[" + b'{"a": 1},' * 500_000
    assert f"Record 500001, at byte offset {len(start)}: A record is missing" in problem_with(start + b"]")


def test_records_before_the_break_are_handed_on_first():
    rows = read_array(io.BytesIO(b'[{"a": 1}, {"a": 2'))
    assert next(rows) == (1, b'{"a": 1}')
    with pytest.raises(FileProblem):
        next(rows)


# --- ndjson ---


def test_lines_are_numbered_as_an_editor_shows_them_and_blank_ones_skipped():
    content = b'{"a": 1}\r\n\n \t\r\n {"a": 2} \nnot json\n{"a": 3}'
    assert list(read_lines(io.BytesIO(content))) == [
        (1, b'{"a": 1}'),
        (4, b'{"a": 2}'),
        (5, b"not json"),
        (6, b'{"a": 3}'),
    ]


@pytest.mark.parametrize("size", [10, 300_000, 1_500_000])
def test_lines_may_lie_across_the_blocks_that_are_read(size):
    records = [json.dumps({"name": "x" * (size + n)}).encode() for n in range(30)]
    assert [raw for _, raw in read_lines(io.BytesIO(b"\n".join(records)))] == records


# --- sizes ---


@pytest.mark.parametrize(
    ("read", "start", "content"),
    [
        (read_array, b"[", b'{"a": "some text", "b": [1, 2]}, ' * 1000),
        (read_array, b"[", b'{"a": "%s", "b": nul}, ' % (b"x" * 1000) * 300),
        (read_array, b"[", b'{"a": "' + b"x" * 200_000 + b'"}, '),
        (read_lines, b"", b'{"a": "some text", "b": 1}\n' * 1000),
    ],
)
def test_memory_does_not_grow_with_the_file(read, start, content):
    tracemalloc.start()
    stream, count = io.BufferedReader(Endless(start, content, 10_000_000 // len(content))), 0
    with contextlib.suppress(FileProblem):  # The array does not end.
        for count, _ in enumerate(read(stream), 1):  # noqa: B007 - looked at below
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count >= 10_000_000 // len(content) - 1
    assert peak < 4_000_000


@pytest.mark.parametrize(
    ("read", "start", "content"),
    [
        (read_array, b'[{"a": "', b"x" * 100_000),
        (read_array, b"[", b'{"%s": ' % (b"a" * 1000) * 100),
        (read_array, b"[", b"1" * 100_000),
        (read_array, b'[{"a": "open}, ', b'{"a": "b"}, ' * 10_000),
        (read_lines, b"", b"x" * 100_000),
    ],
)
def test_a_record_that_does_not_end_is_refused(read, start, content):
    stream = io.BufferedReader(Endless(start, content))
    with pytest.raises(FileProblem, match=f"{MAX_RECORD_BYTES:,}"):
        list(read(stream))
