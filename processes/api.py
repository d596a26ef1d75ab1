"""The REST operations of processes, their logs and parameters."""

from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from tables.api import TableViewSet


class VBAProcessViewSet(TableViewSet):
    """``/vbaprocesses``"""

    model = VBAProcess


class VBAProcessLogViewSet(TableViewSet):
    """``/vbaprocesses/{key}/types/{type}/logs``, all lines on one page"""

    model = VBAProcessLog
    all_on_one_page = True


class VBAProcessParameterViewSet(TableViewSet):
    """``/vbaprocesses/{key}/types/{type}/parameters``"""

    model = VBAProcessParameter
