"""The ways in which a project would go about files with what Django offers: what ours is measured against."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.utils import timezone

from tables.context import databases
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.write.records import writable

_BATCH = 500  # PostgreSQL takes 65,535 parameters a statement
# Django's fields make values of all other texts by themselves.
_FLAGS = {"true": True, "false": False, "": None}


def bulk_create(database: str, model: type[Table], path: Path, rows: int) -> None:
    """Load the first rows of a csv file by ``bulk_create(update_conflicts=True)``."""
    with databases.using(database), transaction.atomic(using=database):
        records = _read(model, path, rows)
        while some := list(islice(records, _BATCH)):
            now = timezone.now()
            bulk_create_records(model, [{**each, "entry_date": now, "update_date": now} for each in some])


def bulk_create_records(model: type[Table], records: list[dict[str, Any]]) -> None:
    """Create or replace records, a batch at a time."""
    updated = [column.db for column in writable(model) if not column.is_key] + ["update_date"]
    model._default_manager.bulk_create(
        [model(**each) for each in records],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=model.key,
        update_fields=updated,
    )


def save_each(database: str, model: type[Table], path: Path, rows: int) -> None:
    """Load the first rows of a csv file one by one: look for the record, full_clean(), save()."""
    with databases.using(database), transaction.atomic(using=database):
        for values in _read(model, path, rows):
            found = model._default_manager.filter(**{name: values[name] for name in model.key}).first()
            record = found or model()
            for name, value in values.items():
                setattr(record, name, value)
            try:
                record.full_clean()
                with transaction.atomic(using=database):
                    record.save()
            except (ValidationError, DataError):
                continue


def write_csv(database: str, model: type[Table], path: Path) -> None:
    """Dump a table by a queryset and Python's csv writer."""
    names = [column.db for column in writable(model)]
    with databases.using(database), path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(model._default_manager.values_list(*names).iterator())


def _read(model: type[Table], path: Path, rows: int) -> Iterator[dict[str, Any]]:
    columns = by_any_name(model)
    with path.open(newline="", encoding="utf-8") as file:
        for line in islice(csv.DictReader(file), rows):
            yield {columns[name.lower()].db: _FLAGS.get(value, value) for name, value in line.items()}
