"""Log lines for people, or as JSON for machines. They never repeat the values of a record."""

import datetime
import json
import logging
import traceback
from types import TracebackType
from typing import TypeAlias

# The result of ``sys.exc_info``: an exception, or none.
_Caught: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """Logs an exception's type and traceback, but not its text: PostgreSQL quotes whole rows there, and
    Python the values it could not convert. Facts about the request follow the message."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        facts = getattr(record, "facts", None)
        return f"{line} {' '.join(f'{name}={value}' for name, value in facts.items())}" if facts else line

    def formatException(self, ei: _Caught) -> str:
        """Return the tracebacks of an exception and of its causes, the earliest first."""
        error: BaseException | None = ei[1]
        told: list[str] = []
        while error:
            kind = f"{type(error).__module__}.{type(error).__qualname__}"
            told.insert(0, "".join(traceback.format_tb(error.__traceback__)) + kind)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nwhich led to\n".join(told)


class JsonFormatter(LineFormatter):
    """One JSON object per line: time, level, logger, activityID, message, and the facts of a request."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        told = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "activityID": getattr(record, "activity", "-"),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class WithoutPath(logging.Filter):
    """Removes the path, which may hold people's keys, from Django's messages about failed requests. It drops
    messages without a traceback, because the request's own line has the status."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("django.request"):
            return True
        record.msg, record.args = record.getMessage().partition(":")[0], ()
        return bool(record.exc_info)
