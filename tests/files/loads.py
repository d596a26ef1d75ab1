"""Loading as operators do it: the command's exit code and words, its reports, and what is then stored."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tables.context.actor import acting_as
from tables.schema.columns import columns
from tests.files.rows import make

FLAGS = ("qtr4_Accum", "qtr4_Deductible", "qtr4_Out_Of_Pocket", "qtr4_Member", "qtr4_Subscriber")
KEY = ("group_ID", "division_ID", "plan_Year")
NO = ("0",) * len(FLAGS)


@dataclass(frozen=True)
class Outcome:
    """What a command has said, and how it ended."""

    code: int
    out: str
    err: str


def run(command, *arguments, database="VBA_Demo"):
    """Run a command to its end."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *map(str, arguments), "--database", database, stdout=out, stderr=err)
    except SystemExit as end:
        return Outcome(end.code, out.getvalue(), err.getvalue())
    raise AssertionError("it did not say how it ended")


def load(path, *options, table="plan-years", database="VBA_Demo"):
    """Load a file."""
    return run("load_table", table, path, *options, database=database)


def counts(read, created=0, updated=0, unchanged=0, refused=0):
    """Return the summary of these counts."""
    return (
        f"{read:,} rows: {created:,} created, {updated:,} updated, {unchanged:,} unchanged, "
        f"{refused:,} refused\n"
    )


def make_divisions(*names, group="G1"):
    """Store a group with divisions, by another user, in the chosen database."""
    with acting_as("setup"):
        make(Group, group_id=group)
        for name in names:
            make(GroupDivision, group_id=group, division_id=name)


def stored(model=GroupPlanYear, *names, database="VBA_Demo"):
    """Return the rows of a table by key: a dict of the named columns, else of all but the stamps."""
    names = names or [column.db for column in columns(model) if not column.is_stamp]
    with databases.using(database):
        return {
            tuple(row[name] for name in model.key): {name: row[name] for name in names}
            for row in model.objects.values(*{*names, *model.key})
        }


def report(path: Path):
    """Return the lines of an errors file as (line, key, column, value, reason)."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file, strict=True)
    assert header == ["line", "key", "column", "value", "reason"]
    return [(int(line[0]), *line[1:]) for line in lines]
