"""Numbers for new subscribers, with the prefix and suffix of their group."""

from django.db import connections

from groups.models import Group
from members.models import Subscriber
from tables.context import databases
from tables.write.assigning import next_keys

_LENGTH = 9
_CHUNK, _MOST = 1_000, 100_000

# The next numbers of the sequence between prefix and suffix, without those that are taken.
_CANDIDATES = """
    SELECT c.key FROM (
        SELECT %(prefix)s::text || lpad((nextval('subscriber_id_seq') %% %(numbers)s)::text, %(width)s, '0')
            || %(suffix)s::text AS key
        FROM generate_series(1, %(chunk)s)
    ) AS c
    WHERE NOT EXISTS (SELECT FROM subscribers AS s WHERE s.subscriber_id = c.key)
    LIMIT 1"""


class NoNumberLeft(Exception):
    """All numbers with the prefix and suffix of the group are taken."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def generate_subscriber_id(group: Group | None = None) -> str:
    """Return a subscriber_ID that is not taken and is given to nobody else, in the chosen target database.

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
            cursor.execute(_CANDIDATES, {**params, "chunk": chunk})
            if row := cursor.fetchone():
                return str(row[0])
    raise NoNumberLeft
