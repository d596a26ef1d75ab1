"""The command line of the generator: ``python -m tests.benchmarks.generate TABLE ROWS FILE``."""

import argparse
import os
from pathlib import Path

import django


def main() -> None:
    """Write a large file of made-up records, csv or json as its name ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vbaadmin.settings")
    django.setup()
    # Models can be imported only now.
    from tables.schema.registry import table_named
    from tests.benchmarks.making import Variant, write_file

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.generate", description=main.__doc__)
    parser.add_argument("table", help="groups, divisions, plan-years, …")
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path, help="ends in .csv or .json")
    parser.add_argument("--variant", choices=[str(each) for each in Variant], default="plain")
    given = parser.parse_args()
    write_file(given.file, table_named(given.table), given.rows, Variant(given.variant))


if __name__ == "__main__":
    main()
