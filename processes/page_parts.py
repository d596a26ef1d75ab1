"""The hook of a process's page: other apps add parts to it, which show once the process has ended."""

from collections.abc import Callable, Mapping
from typing import Any

from django.template.loader import render_to_string

from processes.models import VBAProcess
from tables.context.hooks import Hook
from tables.context.users import AnyUser

# A template and its context; None if there is nothing to show.
PagePart = tuple[str, Mapping[str, Any]] | None
PAGE_PARTS = Hook[Callable[[VBAProcess, AnyUser], PagePart]]()


def parts_of(process: VBAProcess, user: AnyUser) -> list[str]:
    """Return the parts of an ended process for a user, as HTML."""
    found = [each for part in PAGE_PARTS if (each := part(process, user)) is not None]
    return [render_to_string(template, dict(context)) for template, context in found]
