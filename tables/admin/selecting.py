"""What editing and deleting selected rows share: the posted selection, limits, counts and names."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models.options import Options
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tables.admin.base import Context
from tables.schema.models import Table
from tables.write.selecting import MOST_ROWS, Row

NAMES_SHOWN = 20


def posted_selection(request: HttpRequest) -> Context:
    """Return what a page needs to post the same selection to the same list again."""
    return {
        "list_url": request.get_full_path(),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "checkbox": ACTION_CHECKBOX_NAME,
    }


def is_right_count(
    request: HttpRequest, opts: "Options[Table]", count: int, *, done: str, way: SafeString | str = ""
) -> bool:
    """Return whether this many rows can be processed at once. If not, tell the user, and suggest another
    ``way``."""
    if 0 < count <= MOST_ROWS:
        return True
    if not count:
        messages.warning(request, f"The selected {opts.verbose_name_plural} no longer exist.")
        return False
    text = "{} {} are selected, but at most {} can be {} at once. Nothing was {}. Filter the list{}."
    selected = f"{count:,}", opts.verbose_name_plural, f"{MOST_ROWS:,}"
    messages.error(request, format_html(text, *selected, done, done, way))
    return False


def counted(opts: "Options[Table]", count: int) -> str:
    """Return a number with the name of the records: ``3 groups``."""
    return f"{count:,} {opts.verbose_name if count == 1 else opts.verbose_name_plural}"


def names_of(rows: Sequence[Row]) -> str:
    """Return the keys of the first rows, and how many more there are."""
    names = ", ".join(map(str, rows[:NAMES_SHOWN]))
    more = len(rows) - NAMES_SHOWN
    return f"{names} and {more:,} more" if more > 0 else names
