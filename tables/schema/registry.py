"""All mirrored tables, by the names that commands use: ``groups``, ``divisions``, ``plan-years``."""

from django.apps import apps
from django.utils.text import slugify

from tables.schema.columns import parents
from tables.schema.models import Table


class UnknownTable(LookupError):
    """There is no table of this name."""


def table_name(model: type[Table]) -> str:
    """Return the table's name in commands: its plural with hyphens."""
    return slugify(str(model._meta.verbose_name_plural))


def all_tables() -> list[type[Table]]:
    """Return every mirrored table, app by app, parents before their children."""
    ordered: list[type[Table]] = []

    def take(model: type[Table]) -> None:
        if model not in ordered:
            for parent in parents(model):
                take(parent.parent_model(model))
            ordered.append(model)

    for model in apps.get_models():
        if issubclass(model, Table):
            take(model)
    return ordered


def table_names() -> list[str]:
    """Return the tables' names in commands, parents before their children."""
    return [table_name(model) for model in all_tables()]


def table_named(name: str) -> type[Table]:
    """Return the table with this name in commands. Raises UnknownTable, whose text lists all names."""
    tables = {table_name(model): model for model in all_tables()}
    try:
        return tables[name.strip().lower()]
    except KeyError:
        raise UnknownTable(f"There is no table '{name}'. Choose one of: {', '.join(tables)}.") from None
