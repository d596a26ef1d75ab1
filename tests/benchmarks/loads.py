"""A table whose file is loaded, and the contestants of that load."""

import io
from contextlib import redirect_stderr
from dataclasses import dataclass

import pytest
from django.core.management import call_command

from tables.schema.models import Table
from tables.schema.registry import table_name
from tests.benchmarks import naive
from tests.benchmarks.harness import scaled, timed
from tests.benchmarks.house import OURS, THEIRS, copy_file, peak_megabytes

BULK, ROW = "bulk_create", "full_clean + save"


@dataclass(frozen=True)
class Case:
    """A table, how many records its file has, and performance.md's goals as parts of COPY's rate."""

    model: type[Table]
    rows: int
    empty: float
    changed: float = 0.5
    unchanged: float = 0.9
    dump: float = 0.8


class Loads:
    """The contestants of one case."""

    def __init__(self, house, case):
        self.house, self.case = house, case
        self.model, self.rows = case.model, case.rows
        self.plain = house.file(case.model, case.rows)
        house.have_parents(case.model, case.rows)

    def empty(self, database):
        return lambda: self.house.empty(database, self.model)

    def filled(self, database):
        return lambda: self.house.fill(database, self.model, self.plain)

    def ours(self, path, before=None, *options, expected=0):
        return timed(self.rows, lambda: load_table(self.model, path, *options, expected=expected), before)

    def copy(self):
        run = lambda: copy_file(THEIRS, self.model, self.plain)  # noqa: E731
        return timed(self.rows, run, self.empty(THEIRS))

    def naive(self, path, before):
        bulk, each = min(scaled(10_000), self.rows), min(scaled(1_000), self.rows)
        return {
            BULK: timed(bulk, lambda: naive.bulk_create(THEIRS, self.model, path, bulk), before),
            ROW: timed(each, lambda: naive.save_each(THEIRS, self.model, path, each), before),
        }

    def peak(self, path, *options, expected=0):
        """Return what ``manage.py load_table`` takes at most of memory."""
        arguments = [table_name(self.model), str(path), "--database", OURS, *options]
        code, megabytes = peak_megabytes(self.house.folder, "load_table", *arguments)
        assert code == expected
        return megabytes


def load_table(model, path, *options, expected):
    """Load a file by the command, in this process."""
    arguments = ["load_table", table_name(model), str(path), "--database", OURS, *options]
    with redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as ended:
        call_command(*arguments, stdout=io.StringIO(), stderr=io.StringIO())
    assert ended.value.code == expected
