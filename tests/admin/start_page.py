"""The first page as its tests read it: tiles, and the lists that they lead to."""

import datetime

from django.urls import reverse

from tables.context import databases
from tests.admin.pages import Clerk

DAY = datetime.timedelta(days=1)


class StayingClerk(Clerk):
    """A clerk after whose requests the test still works in their database."""

    def get(self, url, **query):
        answer = super().get(url, **query)
        databases.choose(self.database)
        return answer


def keys(rows):
    """Return the keys of rows, as lists show them."""
    return [" / ".join(map(str, row.key_values())) for row in rows]


def tile(clerk, title, *, part=None):
    """Return the tile of this title, of the page or of a part that is fetched after it."""
    context = clerk.get(reverse(part or "admin:index")).context
    offers = context.get("offers")
    tiles = [*(context.get("tiles") or ()), *([offers] if offers else [])]
    (found,) = [each for each in tiles if title in (each.title, each.text)]
    return found


def list_of(clerk, title, *, part=None):
    """Return the keys in the list that a tile leads to, having checked that they are as many as it says."""
    found = tile(clerk, title, part=part)
    page = clerk.get(found.url)
    assert page.status_code == 200
    assert page.context["cl"].result_count == found.number
    return keys(page.context["cl"].result_list)
