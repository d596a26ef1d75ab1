"""Benchmarks run only where the command line asks for them."""

from types import SimpleNamespace

import pytest

from tests.postgres import are_benchmarks_asked_for


@pytest.mark.parametrize(
    ("marks", "paths", "asked_for"),
    [
        ("", [], False),
        ("not browser", [], False),
        ("not bench", ["tests"], False),
        ("bench", [], True),
        ("bench or faults", [], True),
        ("", ["tests/benchmarks"], True),
        ("", ["tests/benchmarks/test_batch.py::test_batch"], True),
        ("", ["tests/unit", "tests/api"], False),
    ],
)
def test_benchmarks_are_asked_for_by_mark_or_path(marks, paths, asked_for):
    config = SimpleNamespace(known_args_namespace=SimpleNamespace(markexpr=marks, file_or_dir=paths))
    assert are_benchmarks_asked_for(config) is asked_for
