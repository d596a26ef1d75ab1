"""Deleting a record: never one that others belong to."""

from typing import Any

from django.db import IntegrityError, router, transaction

from tables import problems
from tables.models import Table


class HasChildren(Exception):
    """The record still has children and cannot be deleted."""


def children_of(record: Table) -> dict[str, int]:
    """Count what belongs to a record, by the name of its kind; kinds without any are left out."""
    counts: dict[str, int] = {}
    for relation in record._meta.related_objects:
        child: Any = relation.related_model
        foreign: Any = relation.field
        pairs = zip(foreign.from_fields, foreign.to_fields, strict=True)
        parent_key = {ours: getattr(record, theirs) for ours, theirs in pairs}
        if count := child._default_manager.filter(**parent_key).count():
            counts[str(child._meta.verbose_name if count == 1 else child._meta.verbose_name_plural)] = count
    return counts


def why_not_deletable(record: Table) -> str | None:
    """Return the reason why a record cannot be deleted (its children), or None where it can be."""
    counts = children_of(record)
    if not counts:
        return None
    return _text(record, " and ".join(f"{count:,} {name}" for name, count in counts.items()))


def delete_record(record: Table) -> None:
    """Delete one record of a mirrored table. Raises HasChildren, whose text says what belongs to it."""
    if reason := why_not_deletable(record):
        raise HasChildren(reason)
    try:
        with transaction.atomic(using=router.db_for_write(type(record))):
            record.delete()
    except IntegrityError:  # a child came in between
        raise HasChildren(_text(record, "records that belong to it")) from None


def _text(record: Table, children: str) -> str:
    values = {name: getattr(record, name) for name in record.key}
    return problems.has_children(type(record), values, children)
