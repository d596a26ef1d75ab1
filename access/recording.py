"""Write the access log, in the control database."""

from django.db import DatabaseError, OperationalError

from access.access_log import AccessEntry
from access.authentication import client_address
from tables.context import databases
from tables.context.actor import SHELL, acting_source, acting_user_in_full
from tables.context.requests import activity_id, current_request, noted, route_of
from tables.schema.sensitive import ShownValues

_LONGEST = {"address": 100, "method": 16, "route": 300, "username": 150}


def record_shown(shown: ShownValues) -> None:
    """Write an entry about sensitive values before they are shown.

    Raises OperationalError (503) if the entry cannot be written: no value is shown without an entry.
    """
    request = current_request()
    facts = {
        "address": client_address(request) if request else "",
        "method": str(request.method) if request else SHELL,
        "route": route_of(request) if request else "",
        "username": acting_user_in_full() or "",
    }
    try:
        AccessEntry.objects.create(
            kind=AccessEntry.SSN_SHOWN,
            source=acting_source(),
            api_key=noted("key"),
            database=databases.chosen(),
            table_name=shown.model._meta.db_table,
            row_key=list(shown.key),
            rows=shown.rows,
            values=shown.values,
            activity=activity_id().strip("-"),
            **{name: value[: _LONGEST[name]] for name, value in facts.items()},
        )
    except DatabaseError as error:
        raise OperationalError("The access log cannot be written.") from error
