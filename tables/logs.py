"""Log lines, which never tell what a record holds."""

import logging
import traceback
from typing import Any


class LineFormatter(logging.Formatter):
    """Tells of an exception its kind and where it came from, but not its text: PostgreSQL quotes whole rows
    in it, Python the values it could not convert."""

    def formatException(self, ei: Any) -> str:
        """Return the tracebacks of an exception and of those that led to it, first things first."""
        error: BaseException | None = ei[1]
        told: list[str] = []
        while error:
            kind = f"{type(error).__module__}.{type(error).__qualname__}"
            told.insert(0, "".join(traceback.format_tb(error.__traceback__)) + kind)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nwhich led to\n".join(told)
