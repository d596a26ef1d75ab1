"""What apps further up add to the pages of tables: links on a record's page to what can be done with it or
seen of it, and actions on the records that are selected in a list."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse

from tables.schema.models import Table

# Returns pairs of text and address for a record and a user.
Links = Callable[[Any, Any], Iterable[tuple[str, str]]]
_registered: list[Links] = []


def register_links(links: Links) -> None:
    """Let the pages of records show what ``links(record, user)`` yields."""
    _registered.append(links)


_of_lists: list[Links] = []


def register_list_links(links: Links) -> None:
    """Let the lists of tables show what ``links(admin, request)`` yields."""
    _of_lists.append(links)


def list_links_of(model_admin: Any, request: HttpRequest) -> list[tuple[str, str]]:
    """Return the links above the list of a table."""
    return [link for links in _of_lists for link in links(model_admin, request)]


def links_of(record: Any, user: Any) -> list[tuple[str, str]]:
    """Return the links of a record for a user."""
    return [link for links in _registered for link in links(record, user)]


@dataclass(frozen=True)
class RecordPanel:
    """A tab of a record's page with something to look at: a template and what it needs."""

    title: str
    slug: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


# Returns panels for a record and a user.
Panels = Callable[[Any, Any], Iterable[RecordPanel]]
_panels: list[Panels] = []


def register_panels(panels: Panels) -> None:
    """Let the pages of records show what ``panels(record, user)`` yields, before the tabs of their form."""
    _panels.append(panels)


def panels_of(record: Any, user: Any) -> list[RecordPanel]:
    """Return the panels of a record for a user."""
    return [panel for panels in _panels for panel in panels(record, user)]


@dataclass(frozen=True)
class Action:
    """Something to be done with the selected records of a table, by those who hold a right."""

    model: type[Table]
    name: str
    text: str
    right: str
    # Takes the table's admin, the request and the selected records, as Django's actions do.
    act: Callable[[Any, HttpRequest, Any], HttpResponse | None]


_actions: list[Action] = []


def register_action(action: Action) -> None:
    """Offer an action in the list of its table."""
    _actions.append(action)


def actions_of(model: type[Table], user: Any) -> dict[str, tuple[Any, str, str]]:
    """Return the actions that a user may choose in the list of a table, as Django's admin wants them."""
    return {
        each.name: (each.act, each.name, each.text)
        for each in _actions
        if each.model is model and user.has_perm(each.right)
    }
