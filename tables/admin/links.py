"""The hooks of a table's pages: higher-level apps add links, panels and actions to records and lists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from tables.context.hooks import Hook
from tables.context.users import AnyUser
from tables.schema.models import Table

Link = tuple[str, str]
"""The text and the URL of a link."""


@dataclass(frozen=True)
class RecordPanel:
    """An extra tab of a record's page: a template and its context."""

    title: str
    slug: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """An action on the selected records of a table, for users with a permission."""

    model: type[Table]
    name: str
    text: str
    right: str
    # Takes the table's admin, the request and the selected records, as Django's actions do.
    act: Callable[[Any, HttpRequest, "QuerySet[Any]"], HttpResponse | None]


RECORD_LINKS = Hook[Callable[[Table, AnyUser], Iterable[Link]]]()
RECORD_PANELS = Hook[Callable[[Table, AnyUser], Iterable[RecordPanel]]]()
LIST_LINKS = Hook[Callable[["ModelAdmin[Any]", HttpRequest], Iterable[Link]]]()
LIST_ACTIONS = Hook[Action]()


def links_of(record: Table, user: AnyUser) -> list[Link]:
    """Return the links on a record's page for a user."""
    return [link for links in RECORD_LINKS for link in links(record, user)]


def panels_of(record: Table, user: AnyUser) -> list[RecordPanel]:
    """Return the panels that a user sees before the tabs of a record's form."""
    return [panel for panels in RECORD_PANELS for panel in panels(record, user)]


def list_links_of(model_admin: "ModelAdmin[Any]", request: HttpRequest) -> list[Link]:
    """Return the links above the list of a table."""
    return [link for links in LIST_LINKS for link in links(model_admin, request)]


def actions_of(model: type[Table], user: AnyUser) -> dict[str, tuple[Any, str, str]]:
    """Return the actions that a user may choose in the list of a table, as Django's admin wants them."""
    return {
        each.name: (each.act, each.name, each.text)
        for each in LIST_ACTIONS
        if each.model is model and user.has_perm(each.right)
    }
