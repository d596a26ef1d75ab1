"""The admin of processes, their logs and parameters."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from processes.admin_pages import ProcessPagesMixin, StateFilter
from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from tables.admin.table_admin import TableAdmin

# The queue is internal to the worker. Users look at processes.
for _model in (ProcrastinateJob, ProcrastinateEvent):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(VBAProcess)
class VBAProcessAdmin(ProcessPagesMixin, TableAdmin):
    """Processes, with their parameters and log."""

    icon = "conveyor_belt"
    # Users cannot edit what the worker runs, not even by file.
    takes_files = False
    actions = ["delete_selected"]
    list_display = (
        "vbaprocess_key",
        "vbaprocess_type",
        "process_result",
        "description",
        "process_user",
        "process_start",
        "process_end",
    )

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [StateFilter, *super().get_list_filter(request)]

    def get_ordering(self, request: HttpRequest) -> tuple[str]:
        """Show the latest first."""
        return ("-vbaprocess_key",)


@admin.register(VBAProcessLog)
class VBAProcessLogAdmin(TableAdmin):
    """The lines of process logs."""

    icon = "receipt_long"
    list_display = ("vbaprocess_key", "vbaprocess_type", "vbaprocesslog_key", "log_type", "log_message")


@admin.register(VBAProcessParameter)
class VBAProcessParameterAdmin(TableAdmin):
    """The parameters of processes."""

    icon = "tune"
    list_display = (
        "vbaprocess_key",
        "vbaprocess_type",
        "vbaprocessparameter_key",
        "parameter_name",
        "parameter_value1",
    )
