"""Installs the history's triggers on every mirrored table of every app."""

import hashlib

from django.conf import settings
from django.db import connections, transaction

from tables.history import sql
from tables.schema.registry import all_tables

# How many months ahead partitions are created. That happens on each migration and each pruning of history.
MONTHS_AHEAD = 24


def install(using: str, **signal: object) -> None:
    """Create or renew the triggers of one target database after a migration, and partitions for coming
    months. Triggers that are up to date stay as they are."""
    if using not in settings.VBA_DATABASES:
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(sql.TABLES)
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute(sql.INSTALLED)
        installed = {(table, trigger): mark for table, trigger, mark in cursor.fetchall()}
        for model in all_tables():
            table = model._meta.db_table
            if table not in there:
                continue
            for name, statement in sql.triggers(model).items():
                mark = hashlib.sha256(statement.encode()).hexdigest()[:16]
                if installed.get((table, name)) != mark:
                    cursor.execute(statement)
                    cursor.execute(sql.mark_trigger(table, name, mark))
    make_partitions(using)


def make_partitions(using: str) -> None:
    """Create the partitions of the coming months."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql.MAKE_PARTITIONS.format(months=MONTHS_AHEAD))
