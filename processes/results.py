"""Parts that other apps add to the page of a process that has ended."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser, User
from django.template.loader import render_to_string

from processes.models import VBAProcess

# Returns a template and its context for a process and a user; None where there is nothing to show.
Part = Callable[[VBAProcess, User | AnonymousUser], tuple[str, dict[str, object]] | None]
_parts: list[Part] = []


def register_part(part: Part) -> None:
    """Let the pages of ended processes show what ``part(process, user)`` returns."""
    _parts.append(part)


def parts_of(process: VBAProcess, user: User | AnonymousUser) -> list[str]:
    """Return the parts of an ended process for a user, as HTML."""
    found = [each for part in _parts if (each := part(process, user)) is not None]
    return [render_to_string(template, context) for template, context in found]
