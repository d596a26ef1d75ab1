"""Deletes one record or many, but never one that has children."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from django.db import IntegrityError, connections, router, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from tables.context import databases
from tables.schema import problems
from tables.schema.column import Value
from tables.schema.django_private import delete_at_once
from tables.schema.models import ParentKey, Table
from tables.write.owners import hold_owners_of
from tables.write.selecting import Row, as_rows, digest_of, selected
from tables.write.sql.locks import wait_for_other_loads


class HasChildren(Exception):
    """The record still has children and cannot be deleted."""


@dataclass(frozen=True)
class Deletion:
    """The outcome for the selected rows: what was deleted if it was ``kept``, else what would be deleted.

    ``digest`` identifies which rows go and which stay.
    """

    deletable: list[Row]
    staying: list[Row]
    digest: str
    kept: bool


def children_of(record: Table) -> dict[str, int]:
    """Count a record's children by the name of their table. Tables without any are left out."""
    counts: dict[str, int] = {}
    for relation in record._meta.related_objects:
        child, foreign = relation.related_model, relation.field
        pairs = zip(foreign.from_fields, foreign.to_fields, strict=True)
        parent_key = {ours: getattr(record, str(theirs)) for ours, theirs in pairs}
        if count := child._default_manager.filter(**parent_key).count():
            counts[str(child._meta.verbose_name if count == 1 else child._meta.verbose_name_plural)] = count
    return counts


def why_not_deletable(record: Table) -> str | None:
    """Return why a record cannot be deleted (its children), or None if it can."""
    counts = children_of(record)
    if not counts:
        return None
    return _text(record, " and ".join(f"{count:,} {name}" for name, count in counts.items()))


def delete_record(record: Table) -> None:
    """Delete one record of a mirrored table. Raises HasChildren, whose text names the children."""
    if reason := why_not_deletable(record):
        raise HasChildren(reason)
    try:
        with transaction.atomic(using=router.db_for_write(type(record))):
            record.delete()
    except IntegrityError:  # A child was added after the check.
        raise HasChildren(_text(record, "other records that belong to it")) from None


def delete_rows(rows: "QuerySet[Table]", *, previewed: str = "") -> Deletion:
    """Delete the rows that have no children, if the digest equals ``previewed``.

    Otherwise return what would happen, as a call without ``previewed`` always does. Raises
    django.db.OperationalError if a load, a process or another user has locked the rows.
    """
    model: type[Table] = rows.model
    using = databases.chosen()
    with transaction.atomic(using=using):
        found = selected(rows)
        if previewed:
            with connections[using].cursor() as cursor:
                cursor.execute(wait_for_other_loads(model))
            hold_owners_of(found)
            # Rows locked like this cannot get children.
            found = found.select_for_update()
        held = as_rows(found)
        parents = _with_children(model, [row.pk for row in held])
        deletable = [row for row in held if row.pk not in parents]
        staying = [row for row in held if row.pk in parents]
        digest = digest_of(model._meta.label, deletable, staying)
        if kept := digest == previewed:
            going = model._default_manager.using(using).filter(pk__in=[row.pk for row in deletable])
            delete_at_once(going)
    return Deletion(deletable, staying, digest, kept)


def _with_children(model: type[Table], pks: Collection[Value]) -> set[Value]:
    """Return which of the rows have children of any kind."""
    has_child = Q()
    for child, parent in _keys_to(model):
        pairs = zip(parent.columns, parent.parent_columns, strict=True)
        same_key = {ours: OuterRef(theirs) for ours, theirs in pairs}
        has_child |= Q(Exists(child._default_manager.filter(**same_key)))
    if not has_child:
        return set()
    rows = model._default_manager.using(databases.chosen()).filter(has_child, pk__in=pks)
    return set(rows.values_list("pk", flat=True))


@cache
def _keys_to(model: type[Table]) -> list[tuple[type[Model], ParentKey]]:
    """Return the models whose rows belong to rows of ``model``, each with its foreign key."""
    return [
        (child, constraint)
        for child in model._meta.apps.get_models()
        for constraint in child._meta.constraints
        if isinstance(constraint, ParentKey) and constraint.parent_model(child) is model
    ]


def _text(record: Table, children: str) -> str:
    values = {name: getattr(record, name) for name in record.key}
    return problems.has_children(type(record), values, children)
