"""IDs for new subscribers, with the prefix and suffix of their group."""

from django.db import connections

from groups.models import Group
from members import sql
from members.models import Subscriber
from tables.context import databases
from tables.write.assigning import next_keys

_LENGTH = 9
_CHUNK, _MOST = 1_000, 100_000


class NoNumberLeft(Exception):
    """All subscriber IDs with the group's prefix and suffix are taken."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def generate_subscriber_id(group: Group | None = None) -> str:
    """Return an unused subscriber_ID of the chosen target database that no one else is given.

    Raises NoNumberLeft.
    """
    prefix, suffix = (
        (group.subscriber_id_prefix or "", group.subscriber_id_suffix or "") if group else ("", "")
    )
    width = _LENGTH - len(prefix) - len(suffix)
    with connections[databases.chosen()].cursor() as cursor:
        if width == _LENGTH:
            return str(next_keys(Subscriber, cursor, 1)[0])
        params = {"prefix": prefix, "suffix": suffix, "numbers": 10**width, "width": width}
        for chunk in (_CHUNK, _MOST):
            cursor.execute(sql.FREE_SUBSCRIBER_ID, {**params, "chunk": chunk})
            if row := cursor.fetchone():
                return str(row[0])
    raise NoNumberLeft
