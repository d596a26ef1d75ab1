"""Links from a number on a page to the list of the people it counts."""

import datetime

from django import template
from django.template import Context
from django.utils.formats import localize
from django.utils.html import format_html

from enrollment.pages.enrolled import People
from enrollment.pages.people_pages import may_list_people, people_url

register = template.Library()


@register.simple_tag(takes_context=True)
def enrolled(
    context: Context,
    count: int,
    group: str,
    *,
    as_of: datetime.date | None = None,
    division: str | None = None,
    contract: datetime.date | None = None,
    members: bool = False,
) -> str:
    """Show a number of the summary with a link to the people it counts. Without ``as_of``: at any time."""
    if not may_list_people(context["request"].user):
        return localize(count)
    people = People(group, str(division or ""), contract, as_of or None, members)
    return format_html('<a href="{}">{}</a>', people_url(people), localize(count))
