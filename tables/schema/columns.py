"""What a model declares about its columns, sections, parents and rules, read once and cached."""

from functools import cache

from tables.schema.column import Column, kind_of
from tables.schema.models import ParentKey, Rule, Section, Table


class UnknownColumn(LookupError):
    """The table has no column of this name."""


@cache
def sections(model: type[Table]) -> dict[str, tuple[Column, ...]]:
    """Return the model's columns by section title, in the order of ``model.tabs``, stamps last."""
    marks = sorted(
        {mark for base in model.__mro__ for mark in vars(base).values() if isinstance(mark, Section)},
        key=lambda mark: mark.position,
    )
    stamped = ("Stamps",) if model.entry_date is not None else ()
    found: dict[str, list[Column]] = {title: [] for title in (*model.tabs, *stamped)}
    for field in model._meta.local_concrete_fields:
        if field.column == "id":
            continue
        title = [mark.title for mark in marks if mark.position < field.creation_counter][-1]
        found[title].append(Column(field, kind_of(field), field.name in model.key))
    return {title: tuple(columns) for title, columns in found.items()}


@cache
def columns(model: type[Table]) -> tuple[Column, ...]:
    """Return all columns of a model: the key first, then section by section, stamps last."""
    every = [column for group in sections(model).values() for column in group]
    return (*key_columns(model), *(column for column in every if not column.is_key))


@cache
def key_columns(model: type[Table]) -> tuple[Column, ...]:
    """Return the columns of the natural key, in its order."""
    by_name = {column.db: column for group in sections(model).values() for column in group}
    return tuple(by_name[name] for name in model.key)


def assigned_column(model: type[Table]) -> Column | None:
    """Return the key column that the server assigns if a record has no value for it, or None."""
    return next((column for column in key_columns(model) if column.is_assigned), None)


@cache
def stamps(model: type[Table]) -> tuple[Column, ...]:
    """Return the columns that the server fills: entry date and user, update date and user."""
    return tuple(column for column in columns(model) if column.is_stamp)


@cache
def by_any_name(model: type[Table]) -> dict[str, Column]:
    """Return the columns by lowercase name. API, published and database names are the same in lowercase."""
    return {column.db: column for column in columns(model)}


def find_column(model: type[Table], name: str) -> Column:
    """Return the column of this API, published or database name, in any case. Raises UnknownColumn."""
    try:
        return by_any_name(model)[name.strip().lower()]
    except KeyError:
        raise UnknownColumn(name) from None


def parents(model: type[Table]) -> list[ParentKey]:
    """Return the model's composite foreign keys."""
    return [each for each in model._meta.constraints if isinstance(each, ParentKey)]


def rules(model: type[Table]) -> list[Rule]:
    """Return the model's rules about the columns of one row."""
    return [each for each in model._meta.constraints if isinstance(each, Rule)]
