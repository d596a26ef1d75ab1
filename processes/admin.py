"""The admin of processes, their logs and parameters."""

from django.contrib import admin

from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from tables.admin import TableAdmin


@admin.register(VBAProcess)
class VBAProcessAdmin(TableAdmin):
    """Processes, with their parameters and log."""

    icon = "conveyor_belt"
    list_display = (
        "vbaprocess_key",
        "vbaprocess_type",
        "description",
        "process_user",
        "process_start",
        "process_end",
        "process_result",
    )


@admin.register(VBAProcessLog)
class VBAProcessLogAdmin(TableAdmin):
    """Lines of the logs of processes."""

    icon = "receipt_long"
    list_display = ("vbaprocess_key", "vbaprocess_type", "vbaprocesslog_key", "log_type", "log_message")


@admin.register(VBAProcessParameter)
class VBAProcessParameterAdmin(TableAdmin):
    """What processes were asked for."""

    icon = "tune"
    list_display = (
        "vbaprocess_key",
        "vbaprocess_type",
        "vbaprocessparameter_key",
        "parameter_name",
        "parameter_value1",
    )
